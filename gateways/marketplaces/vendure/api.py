"""One signed-in connection to a Vendure server's admin API."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import connect, json_object, measured, send
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
        self._session = connect(base_url)
        self._signed_in = False

    def call(self, document: str, sku: str, variables: dict[str, Any], order: str = "") -> dict[str, Any]:
        """The `data` that the server answers. Raises the errors of `gateways.errors`."""
        about = {"order": order} if order else {}
        return self._signed(lambda: self._ask(document, sku, about, json=_body(document, variables)), sku)

    def upload(self, name: str, content: bytes, sku: str) -> str:
        """The number of a new picture (the multipart form of GraphQL)."""
        operations = json.dumps(_body(wire.CREATE_ASSET, {"input": {"file": None}}))
        parts = {
            "operations": (None, operations),
            "map": (None, '{"0": ["variables.input.file"]}'),
            "0": (name, content, "image/jpeg"),
        }
        # Servers refuse forms without this header: a page of others could send them.
        headers = {"Apollo-Require-Preflight": "true"}
        data = self._signed(lambda: self._ask(wire.CREATE_ASSET, sku, {}, files=parts, headers=headers), sku)
        (made,) = data["createAssets"]
        if "errorCode" in made:
            raise error_result(made)
        number: str = made["id"]
        return number

    def _signed(self, ask: Callable[[], "_Answer"], sku: str) -> dict[str, Any]:
        if self._signed_in:
            try:
                return ask().data
            except SignInNeeded:
                self._signed_in = False
        self._sign_in(sku)
        return ask().data

    def _sign_in(self, sku: str) -> None:
        """A server that keeps its sessions in cookies gives no token; the HTTP session keeps the cookie."""
        self._session.headers.pop("Authorization", None)
        token = self._ask(wire.LOGIN, sku, {}, json=_body(wire.LOGIN, self._credentials)).token
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._signed_in = True

    def _ask(self, document: str, sku: str, about: dict[str, str], **request: Any) -> _Answer:
        operation = _OPERATION.findall(document)[0]
        with measured("vendure", operation, sku, **about):
            response = send(self._session, "POST", self._url, self._timeout, **request)
            data = _data(json_object(response))
            return _Answer(data, response.headers.get("vendure-auth-token"))


def _body(document: str, variables: dict[str, Any]) -> dict[str, Any]:
    return {"query": document, "variables": variables}


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
