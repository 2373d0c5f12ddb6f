"""One signed-in connection to a Vendure server's admin API."""

import re
from typing import Any, NamedTuple

import requests

from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import json_object, measured, send
from gateways.marketplaces.vendure import wire
from gateways.marketplaces.vendure.refusals import SignInNeeded, error_result, refusal

_OPERATION = re.compile(r"(?:query|mutation) (\w+)")


class _Answer(NamedTuple):
    data: dict[str, Any]
    token: str | None


class VendureApi:
    """Calls with a bearer token; signs in without one, and again when the server no longer knows it."""

    def __init__(self, base_url: str, username: str, password: str, timeout_seconds: float) -> None:
        self._url = f"{base_url}/admin-api"
        self._credentials = {"username": username, "password": password}
        self._timeout = timeout_seconds
        self._session = requests.Session()
        self._signed_in = False

    def call(self, document: str, sku: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The `data` that the server answers. Raises the errors of `gateways.errors`."""
        if self._signed_in:
            try:
                return self._ask(document, sku, variables).data
            except SignInNeeded:
                self._signed_in = False
        self._sign_in(sku)
        return self._ask(document, sku, variables).data

    def _sign_in(self, sku: str) -> None:
        """A server that keeps its sessions in cookies gives no token; the HTTP session keeps the cookie."""
        self._session.headers.pop("Authorization", None)
        token = self._ask(wire.LOGIN, sku, self._credentials).token
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._signed_in = True

    def _ask(self, document: str, sku: str, variables: dict[str, Any]) -> _Answer:
        operation = _OPERATION.findall(document)[0]
        with measured("vendure", operation, sku):
            body = {"query": document, "variables": variables}
            response = send(self._session, "POST", self._url, self._timeout, json=body)
            data = _data(json_object(response))
            return _Answer(data, response.headers.get("vendure-auth-token"))


def _data(answer: dict[str, Any]) -> dict[str, Any]:
    """Vendure refuses in `errors`, or with an ErrorResult in the place of what was asked."""
    if answer.get("errors"):
        raise refusal(answer["errors"])
    data = answer.get("data")
    if not isinstance(data, dict):
        raise GatewayUnavailable("an answer without data")
    for result in data.values():
        if isinstance(result, dict) and "errorCode" in result:
            raise error_result(result)
    return data
