"""One connection to a Medusa server's admin API."""

from collections.abc import Callable
from typing import Any

import requests

from gateways.errors import GatewayUnavailable
from gateways.marketplaces.base import connect, json_object, measured, send
from gateways.marketplaces.medusa.refusals import SignInNeeded, refusal


class MedusaApi:
    """Calls with a secret API key, or as a person: then it signs in, and again when the token has run out."""

    def __init__(
        self, base_url: str, api_key: str, email: str, password: str, timeout_seconds: float
    ) -> None:
        self._url = base_url
        self._credentials = {"email": email, "password": password}
        self._timeout = timeout_seconds
        self._session = connect(base_url)
        self._has_key = bool(api_key)
        if api_key:
            self._session.auth = (api_key, "")
        self._signed_in = False

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        sku: str = "",
        order: str = "",
        body: dict[str, Any] | None = None,
        params: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What the server answers. Raises the errors of `gateways.errors`."""
        about = {"order": order} if order else {}
        return self._signed(
            lambda: self._ask(operation, method, f"admin/{path}", sku, about, json=body, params=params), sku
        )

    def upload(self, name: str, content: bytes, sku: str) -> str:
        """The address of a new picture."""
        files = {"files": (name, content, "image/jpeg")}
        made = self._signed(lambda: self._ask("upload", "POST", "admin/uploads", sku, {}, files=files), sku)
        url: str = made["files"][0]["url"]
        return url

    def _signed(self, ask: Callable[[], dict[str, Any]], sku: str) -> dict[str, Any]:
        if self._has_key:
            return ask()
        if self._signed_in:
            try:
                return ask()
            except SignInNeeded:
                self._signed_in = False
        self._sign_in(sku)
        return ask()

    def _sign_in(self, sku: str) -> None:
        self._session.headers.pop("Authorization", None)
        answer = self._ask("login", "POST", "auth/user/emailpass", sku, {}, json=self._credentials)
        if "token" not in answer:
            raise GatewayUnavailable("a sign-in without a token")
        self._session.headers["Authorization"] = f"Bearer {answer['token']}"
        self._signed_in = True

    def _ask(
        self, operation: str, method: str, path: str, sku: str, about: dict[str, str], **request: Any
    ) -> dict[str, Any]:
        with measured("medusa", operation, sku, **about):
            response = send(
                self._session,
                method,
                f"{self._url}/{path}",
                self._timeout,
                allow_redirects=False,  # a POST would be sent on as a GET
                **request,
            )
            answer = json_object(response)
            if response.status_code != requests.codes.ok:
                raise refusal(response.status_code, answer)
            return answer
