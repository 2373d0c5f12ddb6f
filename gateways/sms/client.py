"""An SmsGateway over HTTP. A message that may have been sent is sent again with its key, never without."""

import time

import requests
import structlog

from gateways.errors import GatewayError, GatewayUnavailable
from gateways.sms.wire import read_answer, sign, write_message

CALL_EVENT = "sms_call"

_log = structlog.get_logger()


class HttpSmsGateway:
    """One provider's account; safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        secret: str,
        timeout_seconds: float,
        session: requests.Session | None = None,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/v1/messages"
        self._client_id = client_id
        self._secret = secret
        self._timeout = timeout_seconds
        self._session = session or requests.Session()

    def send(self, phone: str, text: str, key: str) -> str:
        """The message's id, the same again for the same `key`. Raises GatewayRejected where the number or the
        text is refused."""
        started, outcome = time.monotonic(), "ok"
        try:
            return read_answer(self._post(write_message(phone, text), key))
        except GatewayError as problem:
            outcome = type(problem).__name__
            raise
        finally:
            seconds = round(time.monotonic() - started, 4)
            _log.info(CALL_EVENT, operation="send", key=key, outcome=outcome, seconds=seconds)

    def _post(self, body: bytes, key: str) -> requests.Response:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Client-Id": self._client_id,
            "X-Timestamp": timestamp,
            "X-Idempotency-Key": key,
            "X-Signature": sign(body, key, timestamp, self._secret),
        }
        try:
            return self._session.post(
                self._url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException as problem:
            raise GatewayUnavailable(f"SMS: no answer: {type(problem).__name__}") from problem
