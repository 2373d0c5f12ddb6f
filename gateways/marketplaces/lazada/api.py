"""One seller's signed calls to Lazada."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core import clock
from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import connect, json_object, measured, send
from gateways.marketplaces.lazada.refusals import refusal
from gateways.marketplaces.lazada.signature import sign
from gateways.marketplaces.sessions import Session
from gateways.marketplaces.slips import fetch_pdf
from gateways.ports import Tokens, TokenStore

REFRESH = "/auth/token/refresh"
EARLY = timedelta(minutes=10)
"""A token is taken for over a little before its time."""


@dataclass(frozen=True)
class LazadaAccount:
    """An app of Lazada's open platform; the seller who has let it in is known by the token."""

    base_url: str
    auth_url: str
    app_key: str
    app_secret: str = field(repr=False)
    timeout_seconds: float


class LazadaApi:
    """Calls for one seller. Every one may raise the errors of `gateways.errors`; `about` is what the log says."""

    def __init__(self, account: LazadaAccount, tokens: TokenStore) -> None:
        self._account = account
        self._http = connect(account.base_url)
        self._session = Session(tokens, self._refresh)

    @property
    def base_url(self) -> str:
        return self._account.base_url

    def get(self, path: str, about: str, **params: str) -> dict[str, Any]:
        """The whole answer: some calls have `data`, others `result`."""
        return self._call("GET", path, about, params, {})

    def post(self, path: str, about: str, **form: str) -> dict[str, Any]:
        return self._call("POST", path, about, {}, form)

    def upload(self, path: str, about: str, content: bytes) -> dict[str, Any]:
        return self._call(
            "POST", path, about, {}, {}, files={"image": (f"{about}.jpg", content, "image/jpeg")}
        )

    def download(self, url: str) -> bytes:
        """A PDF that stands at an address of its own, for whoever knows it."""
        with measured("lazada", "download", ""):
            return fetch_pdf(self._http, self._account.base_url, url, self._account.timeout_seconds)

    def _call(
        self, method: str, path: str, about: str, params: dict[str, str], form: dict[str, str], **content: Any
    ) -> dict[str, Any]:
        url = f"{self._account.base_url}{path}"

        def ask(access: str) -> dict[str, Any]:
            signed = self._signed(path, {**params, "access_token": access}, form)
            return self._ask(method, url, path, about, signed, form, **content)

        return self._session.call(ask)

    def _signed(self, path: str, params: dict[str, str], form: dict[str, str]) -> dict[str, str]:
        """The query, with a signature over it and the form."""
        timestamp = str(int(clock.now().timestamp() * 1000))
        query = {**params, "app_key": self._account.app_key, "timestamp": timestamp, "sign_method": "sha256"}
        return {**query, "sign": sign(self._account.app_secret, path, {**query, **form})}

    def _refresh(self, old: Tokens) -> Tokens:
        form = {"refresh_token": old.refresh}
        asked = clock.now()
        url = f"{self._account.auth_url}{REFRESH}"
        answer = self._ask("POST", url, REFRESH, "", self._signed(REFRESH, {}, form), form)
        try:
            life = timedelta(seconds=int(answer["expires_in"]))
            return Tokens(str(answer["access_token"]), str(answer["refresh_token"]), asked + life - EARLY)
        except (KeyError, ValueError, TypeError) as error:
            raise GatewayUnavailable("a token answer without tokens") from error

    def _ask(
        self,
        method: str,
        url: str,
        path: str,
        about: str,
        params: dict[str, str],
        form: dict[str, str],
        **content: Any,
    ) -> dict[str, Any]:
        with measured("lazada", path.strip("/"), about):
            if form:
                content["data"] = form
            timeout = self._account.timeout_seconds
            response = send(self._http, method, url, timeout, params=params, **content)
            answer = json_object(response)
            if "code" not in answer:
                raise GatewayUnavailable(f"HTTP {response.status_code} that is not Lazada's")
            if str(answer["code"]) != "0":
                raise refusal(answer)
            return answer
