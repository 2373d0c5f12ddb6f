"""The product's interface as a phone with a bad network uses it: asked again, with the same key, until it answers."""

import threading
import time
from typing import Any
from uuid import uuid4

import requests

PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 0.3
ANSWER_SECONDS = 15.0


class Unanswered(Exception):
    """It did not answer in all that time, or refused."""


class Refused(Unanswered):
    """It answered that this cannot be."""


class Api:
    """Safe to share: each thread has connections of its own."""

    def __init__(self, url: str, phone: str, password: str) -> None:
        self._base = f"{url}/api/v1"
        self._local = threading.local()
        self._token = ""
        self._token = self.post("/tokens", {"phone": phone, "password": password})["token"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def get(self, path: str, **query: Any) -> Any:
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The same key each time, so that asking twice does not do it twice."""
        return self._ask("POST", path, json=body, headers={"Idempotency-Key": uuid4().hex})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._ask("PUT", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """A change that may be asked for again: it says what is to be, not by how much."""
        return self._ask("PATCH", path, json=body)

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Any:
        """A file, with the `id` that makes a second try no second file."""
        return self._ask("POST", path, data=fields, files={"file": (name, content, "text/csv")})

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = self._http.request(
                    method,
                    self._base + path,
                    headers={**self.headers, **(headers or {})},
                    timeout=ANSWER_SECONDS,
                    **more,
                )
            except requests.RequestException:
                time.sleep(PAUSE_SECONDS)
                continue
            if answer.ok:
                return answer.json()
            if answer.status_code < 500 and answer.status_code != 429:
                raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
            time.sleep(float(answer.headers.get("Retry-After", PAUSE_SECONDS)))
        raise Unanswered(f"{method} {path}: not within {PATIENCE_SECONDS:.0f} s")

    @property
    def _http(self) -> requests.Session:
        if not hasattr(self._local, "http"):
            self._local.http = requests.Session()
        found: requests.Session = self._local.http
        return found
