"""One shop's signed calls to TikTok Shop."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from core import clock
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.base import connect, json_object, measured, send
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, Session
from gateways.marketplaces.slips import fetch_pdf
from gateways.marketplaces.tiktok.refusals import refusal
from gateways.marketplaces.tiktok.signature import sign
from gateways.ports import Tokens, TokenStore

REFRESH = "/api/v2/token/refresh"
EARLY = timedelta(minutes=10)
"""A token is taken for over a little before its time."""


@dataclass(frozen=True)
class TiktokAccount:
    """An app of TikTok Shop's partner centre and the shop that has let it in, by its cipher."""

    base_url: str
    auth_url: str
    app_key: str
    app_secret: str = field(repr=False)
    shop_cipher: str
    timeout_seconds: float


class TiktokApi:
    """Calls for one shop. Every one may raise the errors of `gateways.errors`; `about` is what the log says of it."""

    def __init__(self, account: TiktokAccount, tokens: TokenStore) -> None:
        self._account = account
        self._http = connect(account.base_url)
        self._session = Session(tokens, self._refresh)

    @property
    def base_url(self) -> str:
        return self._account.base_url

    def get(self, path: str, about: str, **params: str) -> Any:
        return self._call("GET", path, about, params, b"")

    def send(self, method: str, path: str, about: str, body: dict[str, Any], **params: str) -> Any:
        """The very bytes that are signed are sent."""
        return self._call(method, path, about, params, json.dumps(body).encode())

    def upload(self, path: str, about: str, content: bytes) -> Any:
        """Files belong to the app's user, not to one shop."""
        form = {
            "files": {"data": (f"{about}.jpg", content, "image/jpeg")},
            "data": {"use_case": "MAIN_IMAGE"},
        }
        signed = self._signed(path, {}, b"")
        return self._session.call(lambda access: self._ask("POST", path, about, signed, access, **form))

    def download(self, url: str) -> bytes:
        """A PDF that stands at an address of its own, for whoever knows it."""
        with measured("tiktok", "download", ""):
            return fetch_pdf(self._http, self._account.base_url, url, self._account.timeout_seconds)

    def _call(self, method: str, path: str, about: str, params: dict[str, str], body: bytes) -> Any:
        given = {"shop_cipher": self._account.shop_cipher, **params}
        content: dict[str, Any] = {"data": body} if body else {}

        def ask(access: str) -> Any:
            return self._ask(method, path, about, self._signed(path, given, body), access, **content)

        return self._session.call(ask)

    def _signed(self, path: str, params: dict[str, str], body: bytes) -> dict[str, str]:
        timestamp = str(int(clock.now().timestamp()))
        given = {**params, "app_key": self._account.app_key, "timestamp": timestamp}
        return {**given, "sign": sign(self._account.app_secret, path, given, body)}

    def _ask(
        self, method: str, path: str, about: str, params: dict[str, str], access: str, **content: Any
    ) -> Any:
        """What stands under `data`."""
        headers = {"x-tts-access-token": access}
        if "files" not in content:
            headers["content-type"] = "application/json"
        url = f"{self._account.base_url}{path}"
        with measured("tiktok", _operation(path), about):
            timeout = self._account.timeout_seconds
            response = send(self._http, method, url, timeout, params=params, headers=headers, **content)
            return _data(response)

    def _refresh(self, old: Tokens) -> Tokens:
        """TikTok Shop has the secret and the token in the query, over TLS. What it refuses is for a person."""
        account = self._account
        params = {
            "app_key": account.app_key,
            "app_secret": account.app_secret,
            "refresh_token": old.refresh,
            "grant_type": "refresh_token",
        }
        with measured("tiktok", "refresh_token", ""):
            url = f"{account.auth_url}{REFRESH}"
            response = send(self._http, "GET", url, account.timeout_seconds, params=params)
            try:
                data = _data(response)
            except (GatewayUnavailable, GatewayThrottled, KeyRefused):
                raise
            except GatewayRejected as error:
                raise LeaveRevoked(str(error)) from error
        try:
            until = datetime.fromtimestamp(int(data["access_token_expire_in"]), UTC)
            return Tokens(str(data["access_token"]), str(data["refresh_token"]), until - EARLY)
        except (KeyError, ValueError, TypeError) as error:
            raise GatewayUnavailable("a token answer without tokens") from error


def _data(response: requests.Response) -> Any:
    answer = json_object(response)
    code = answer.get("code")
    if not isinstance(code, int):
        raise GatewayUnavailable(f"HTTP {response.status_code} that is not TikTok Shop's")
    if code:
        raise refusal(code, str(answer.get("message", "")))
    return answer.get("data") or {}


def _operation(path: str) -> str:
    """The path without what names one thing."""
    return "/".join(part for part in path.strip("/").split("/") if not part.isdecimal())
