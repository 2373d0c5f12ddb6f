"""One connection to the REST API of a django-oscar shop."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import connect, json_answer, measured, send
from gateways.marketplaces.oscar.refusals import refusal


class NotThere(GatewayUnavailable):
    """The shop has nothing of that number or SKU."""


class OscarApi:
    """Calls with an account's token. Paths are below `/api/`; the shop's own links are never followed: behind a
    proxy they may name an address that only the proxy knows."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float) -> None:
        self._url = f"{base_url}/api"
        self._timeout = timeout_seconds
        self._session = connect(base_url)
        self._session.headers["Authorization"] = f"Token {token}"

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        sku: str = "",
        order: str = "",
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> Any:
        """What the shop answers. Raises NotThere and the errors of `gateways.errors`."""
        with measured("oscar", operation, sku, **({"order": order} if order else {})):
            response = send(
                self._session,
                method,
                f"{self._url}/{path}",
                self._timeout,
                json=body,
                params=params,
                allow_redirects=False,  # a POST would be sent on as a GET
            )
            answer = json_answer(response)
            if response.status_code == requests.codes.not_found:
                raise NotThere(f"{path} is not there")
            if not response.ok:
                raise refusal(response.status_code, answer)
            return answer

    def list(self, operation: str, path: str, *, sku: str = "", order: str = "") -> list[Any]:
        """All of a list, whether or not the shop gives it page by page."""
        answer = self.call(operation, "GET", path, sku=sku, order=order)
        items = _items(answer)
        while isinstance(answer, dict) and answer.get("next"):
            params = dict(parse_qsl(urlsplit(answer["next"]).query))
            answer = self.call(operation, "GET", path, sku=sku, order=order, params=params)
            items += _items(answer)
        return items


def _items(answer: Any) -> list[Any]:
    found = answer.get("results") if isinstance(answer, dict) else answer
    if not isinstance(found, list):
        raise GatewayUnavailable("an answer without a list")
    return found
