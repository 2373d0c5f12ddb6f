"""One shop's calls, signed in by its key and secret over TLS."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from core.errors import text
from gateways.errors import GatewayShut, GatewayUnavailable, Problem
from gateways.marketplaces.base import connect, measured, send
from gateways.marketplaces.woocommerce.refusals import refusal

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
NOT_SECURE = Problem(None, "not_secure", text("Địa chỉ cửa hàng phải bắt đầu bằng https://"))


@dataclass(frozen=True)
class WooAccount:
    """A shop and a key of its REST API with the right to read and write."""

    base_url: str
    key: str
    secret: str = field(repr=False)
    timeout_seconds: float


class WooApi:
    """Calls of one shop. Every one may raise the errors of `gateways.errors`; `about` is what the log says of it."""

    def __init__(self, account: WooAccount) -> None:
        self._account = account
        self._http = connect(account.base_url)
        self._http.auth = (account.key, account.secret)

    def get(self, path: str, about: str, **params: Any) -> Any:
        return self._ask("GET", path, about, params=params)

    def list(self, path: str, about: str, **params: Any) -> list[Any]:
        """Raises GatewayUnavailable where the shop tells no list: what is not found would be made anew."""
        found = self.get(path, about, **params)
        if not isinstance(found, list):
            raise GatewayUnavailable(f"{path} is no list")
        return found

    def post(self, path: str, about: str, body: dict[str, Any]) -> Any:
        return self._ask("POST", path, about, json=body)

    def put(self, path: str, about: str, body: dict[str, Any]) -> Any:
        return self._ask("PUT", path, about, json=body)

    def _ask(self, method: str, path: str, about: str, **request: Any) -> Any:
        """The secret goes over TLS, or nowhere beyond this machine."""
        address = urlsplit(self._account.base_url)
        if address.scheme != "https" and address.hostname not in LOOPBACK:
            raise GatewayShut("the shop's address is not https", (NOT_SECURE,))
        operation = f"{method.lower()} {path.partition('/')[0]}"
        with measured("woocommerce", operation, about):
            url = f"{self._account.base_url}/wp-json/wc/v3/{path}"
            response = send(self._http, method, url, self._account.timeout_seconds, **request)
            return _read(response)


def _read(response: requests.Response) -> Any:
    """Lists and objects both occur. Raises GatewayUnavailable where another speaks for the shop."""
    try:
        answer = response.json()
    except requests.JSONDecodeError as error:
        raise GatewayUnavailable(f"HTTP {response.status_code} without JSON") from error
    if response.ok and isinstance(answer, list | dict) and not _is_error(answer):
        return answer
    if _is_error(answer):
        raise refusal(response.status_code, answer)
    raise GatewayUnavailable(f"HTTP {response.status_code} that is not WooCommerce's")


def _is_error(answer: Any) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("code"), str) and "data" in answer
