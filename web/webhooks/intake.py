"""`POST /webhooks/payos/{channel_id}`: the shortest way from a notice to its row.

It stands before Flask, since everything a form needs (session, language, form token) would cost more than
the work itself. A notice is answered only after its row and its event are committed.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from core.crypto import seal
from gateways.payos.webhook import NoticeForged, NoticeMalformed, PayosNotice, read_notice
from services.inbox import PAYOS, Arrival
from web.webhooks.channels import ChannelKeys
from web.webhooks.forgeries import Forgeries
from web.webhooks.gathering import Gatherer
from web.webhooks.writer import ArrivalWriter

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PREFIX = "/webhooks/payos/"
LARGEST_BODY = 64 * 1024
PAYER_FIELDS = frozenset(
    {"counterAccountBankId", "counterAccountBankName", "counterAccountName", "counterAccountNumber"}
)

NOTICES = Counter("chophien_webhook_notices", "Notices by what was answered", ["outcome"])
SECONDS = Histogram("chophien_webhook_seconds", "From the first byte to the answer")

log = structlog.get_logger()


class Refused(Exception):
    """What to answer instead of 200."""

    def __init__(self, status: int, outcome: str, title: str, retry_after: int | None = None) -> None:
        super().__init__(outcome)
        self.status, self.outcome, self.title, self.retry_after = status, outcome, title, retry_after


class PayosIntake:
    """WSGI: takes payOS notices, hands everything else on."""

    def __init__(self, following: Application, engine: Engine) -> None:
        self._following = following
        self._keys = ChannelKeys(engine)
        self._forgeries = Forgeries()
        self._gatherer: Gatherer[Arrival] = Gatherer(ArrivalWriter(engine).write)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._following(environ, start_response)
        began = time.perf_counter()
        channel = path.removeprefix(PREFIX)
        try:
            outcome = self._take(environ, channel)
        except Refused as refused:
            return _refuse(start_response, refused, channel)
        except SQLAlchemyError as error:
            log.error("webhook_not_stored", channel_id=channel, exc_info=error)
            return _refuse(start_response, Refused(503, "unavailable", "Try again", 5), channel)
        finally:
            SECONDS.observe(time.perf_counter() - began)
        return _answer(start_response, "200 OK", "application/json", {"success": True}, outcome)

    def _take(self, environ: Environ, channel: str) -> str:
        if environ["REQUEST_METHOD"] != "POST":
            raise Refused(405, "wrong_method", "Only POST")
        channel_id = _channel_id(channel)
        notice = self._read(environ, channel_id)
        if not notice.is_payment:
            return "no_payment"
        self._gatherer.put(Arrival(PAYOS, f"{channel_id}:{notice.key}", channel_id, _body(notice)))
        return "stored"

    def _read(self, environ: Environ, channel_id: UUID) -> PayosNotice:
        body = _read_body(environ)
        keys = self._keys.of(channel_id)
        try:
            try:
                return read_notice(body, keys)
            except NoticeForged:
                return read_notice(body, self._keys.of(channel_id, refused=True))
        except NoticeMalformed as problem:
            raise Refused(400, "malformed", f"Not a payOS notice: {problem}") from None
        except NoticeForged:
            wait = self._forgeries.count(environ.get("REMOTE_ADDR", ""))
            if wait:
                raise Refused(429, "throttled", "Too many forged notices", wait) from None
            raise Refused(401, "forged", "The signature is not this channel's") from None


def _channel_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused(404, "unknown_channel", "No such channel") from None


def _read_body(environ: Environ) -> bytes:
    told = environ.get("CONTENT_LENGTH") or None
    if told and not told.isdecimal():
        raise Refused(400, "malformed", "Content-Length is no number")
    if told and int(told) > LARGEST_BODY:
        raise Refused(413, "too_large", "Larger than 64 kB")
    body: bytes = environ["wsgi.input"].read(int(told) if told else LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise Refused(413, "too_large", "Larger than 64 kB")
    return body


def _body(notice: PayosNotice) -> dict[str, Any]:
    """What is kept of a notice: the payer's name and account only sealed, for a refund."""
    kept = {name: value for name, value in notice.data.items() if name not in PAYER_FIELDS}
    payer = {name: notice.data[name] for name in PAYER_FIELDS if notice.data.get(name)}
    return kept | ({"payer": seal(json.dumps(payer)).decode()} if payer else {})


def _refuse(start_response: StartResponse, refused: Refused, channel: str) -> Iterable[bytes]:
    log.warning("webhook_refused", channel_id=channel[:36], outcome=refused.outcome)
    problem = {"type": "about:blank", "title": refused.title, "status": refused.status}
    headers = [("Retry-After", str(refused.retry_after))] if refused.retry_after else []
    status = f"{refused.status} {refused.outcome}"
    return _answer(start_response, status, "application/problem+json", problem, refused.outcome, headers)


def _answer(
    start_response: StartResponse,
    status: str,
    content_type: str,
    body: dict[str, Any],
    outcome: str,
    headers: Iterable[tuple[str, str]] = (),
) -> Iterable[bytes]:
    NOTICES.labels(outcome).inc()
    content = json.dumps(body).encode()
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(content))), *headers])
    return [content]
