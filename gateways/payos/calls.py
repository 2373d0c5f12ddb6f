"""One call of payOS's API: sent once, measured, its answer read; whatever it is about."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
import structlog
from requests.adapters import HTTPAdapter

from gateways.errors import GatewayError, GatewayUnavailable

CALL_EVENT = "payos_call"
CONNECTIONS = 16

Read = Callable[[requests.Response], dict[str, Any]]

_log = structlog.get_logger()


class PayosAccount:
    """One channel's payOS account; safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        api_key: str,
        checksum_key: str,
        timeout_seconds: float,
        session: requests.Session | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"x-client-id": client_id.encode(), "x-api-key": api_key.encode()}
        self._checksum_key = checksum_key
        self._timeout = timeout_seconds
        self._session = session or pooled_session()

    def _ask(
        self,
        operation: str,
        method: str,
        path: str,
        read: Read,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **subject: object,
    ) -> dict[str, Any]:
        """`subject` is what the log says the call is about: ids only."""
        started, outcome = time.monotonic(), "ok"
        try:
            return read(self._send(method, path, body, headers or {}))
        except GatewayError as problem:
            outcome = type(problem).__name__
            raise
        finally:
            seconds = round(time.monotonic() - started, 4)
            _log.info(CALL_EVENT, operation=operation, **subject, outcome=outcome, seconds=seconds)

    def _send(
        self, method: str, path: str, body: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> requests.Response:
        try:
            return self._session.request(
                method,
                self._base_url + path,
                json=body,
                headers={**self._headers, **headers},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as problem:
            raise GatewayUnavailable(f"payOS did not answer: {type(problem).__name__}") from problem


def pooled_session() -> requests.Session:
    """A session that keeps its connections and repeats nothing by itself."""
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS, max_retries=0))
    return session
