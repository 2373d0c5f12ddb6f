"""One shop's signed calls to Shopee."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from core import clock
from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import connect, json_object, measured, send
from gateways.marketplaces.sessions import Session
from gateways.marketplaces.shopee.refusals import refusal_of
from gateways.marketplaces.shopee.signature import sign
from gateways.marketplaces.slips import pdf
from gateways.ports import Tokens, TokenStore

REFRESH = "/api/v2/auth/access_token/get"
EARLY = timedelta(minutes=2)
"""A token is taken for over a little before its time."""


@dataclass(frozen=True)
class ShopeeAccount:
    """A partner's app and the shop that has let it in."""

    base_url: str
    partner_id: int
    partner_key: str = field(repr=False)
    shop_id: int
    timeout_seconds: float


def _answer(response: requests.Response) -> dict[str, Any]:
    """What Shopee said, where that is no refusal."""
    answer = json_object(response)
    if answer.get("error"):
        raise refusal_of(answer)
    if not response.ok or "error" not in answer:
        raise GatewayUnavailable(f"HTTP {response.status_code} that is not Shopee's")
    return answer


def _response(response: requests.Response) -> Any:
    return _answer(response).get("response")


def _file(response: requests.Response) -> bytes:
    """What is refused comes as JSON all the same."""
    if response.content.lstrip().startswith(b"{"):
        _answer(response)
    return pdf(response.content)


class ShopeeApi:
    """Calls for one shop. Every one may raise the errors of `gateways.errors`; `about` is what the log says of it."""

    def __init__(self, account: ShopeeAccount, tokens: TokenStore) -> None:
        self._account = account
        self._http = connect(account.base_url)
        self._session = Session(tokens, self._refresh)

    @property
    def base_url(self) -> str:
        return self._account.base_url

    @property
    def shop_id(self) -> int:
        return self._account.shop_id

    def get(self, path: str, about: str, **params: Any) -> Any:
        return self._call("GET", path, about, params)

    def post(self, path: str, about: str, **body: Any) -> Any:
        return self._call("POST", path, about, {}, json=body)

    def upload(self, path: str, about: str, content: bytes) -> Any:
        return self._call("POST", path, about, {}, files={"image": (f"{about}.jpg", content, "image/jpeg")})

    def download(self, path: str, about: str, **body: Any) -> bytes:
        """A PDF."""
        content: bytes = self._call("POST", path, about, {}, _file, json=body)
        return content

    def _call(
        self,
        method: str,
        path: str,
        about: str,
        params: dict[str, Any],
        read: Callable[[requests.Response], Any] = _response,
        **request: Any,
    ) -> Any:
        def ask(access: str) -> Any:
            signed = self._signed(path, access, self._account.shop_id)
            own = {"access_token": access, "shop_id": self._account.shop_id}
            return self._ask(method, path, about, {**signed, **own, **params}, read, **request)

        return self._session.call(ask)

    def _refresh(self, old: Tokens) -> Tokens:
        account = self._account
        body = {
            "refresh_token": old.refresh,
            "partner_id": account.partner_id,
            "shop_id": account.shop_id,
        }
        asked = clock.now()
        answer = self._ask("POST", REFRESH, "", self._signed(REFRESH), _answer, json=body)
        try:
            life = timedelta(seconds=int(answer["expire_in"]))
            return Tokens(str(answer["access_token"]), str(answer["refresh_token"]), asked + life - EARLY)
        except (KeyError, ValueError, TypeError) as error:
            raise GatewayUnavailable("a token answer without tokens") from error

    def _signed(self, path: str, *of_shop: object) -> dict[str, Any]:
        timestamp = int(clock.now().timestamp())
        account = self._account
        signature = sign(account.partner_key, account.partner_id, path, timestamp, *of_shop)
        return {"partner_id": account.partner_id, "timestamp": timestamp, "sign": signature}

    def _ask(
        self,
        method: str,
        path: str,
        about: str,
        params: dict[str, Any],
        read: Callable[[requests.Response], Any],
        **request: Any,
    ) -> Any:
        url = f"{self._account.base_url}{path}"
        with measured("shopee", path.rpartition("/")[2], about):
            return read(
                send(self._http, method, url, self._account.timeout_seconds, params=params, **request)
            )
