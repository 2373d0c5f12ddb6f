"""`POST /webhooks/{provider}/{channel_id}`: the shortest way from a notice to its row.

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
from sqlalchemy.orm import Session

from core.clock import now
from core.crypto import blind_index, seal
from gateways.formats import COLLECTORS, FORMATS
from gateways.notices import NoticeForged, NoticeMalformed, NoticeStale
from gateways.ports import Notice, NoticeFormat, PostedNotice
from services.channels import note_forged
from services.inbox import Arrival
from web.webhooks.channels import ChannelKeys
from web.webhooks.forgeries import Forgeries
from web.webhooks.gathering import Gatherer
from web.webhooks.writer import REFUSALS, ArrivalWriter

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PREFIX = "/webhooks/"
LARGEST_BODY = 64 * 1024
TAKEN = {"success": True}
"""What every provider so far wants to hear, with a 200, lest it sends the notice again."""

NOTICES = Counter("chophien_webhook_notices", "Notices by what was answered", ["outcome"])
SECONDS = Histogram("chophien_webhook_seconds", "From the first byte to the answer")

log = structlog.get_logger()


class Refused(Exception):
    """What to answer instead of 200."""

    def __init__(self, status: int, outcome: str, title: str, retry_after: int | None = None) -> None:
        super().__init__(outcome)
        self.status, self.outcome, self.title, self.retry_after = status, outcome, title, retry_after


class NoticeIntake:
    """WSGI: takes notices of the providers in `FORMATS`, hands everything else on."""

    def __init__(self, following: Application, engine: Engine) -> None:
        self._following = following
        self._engine = engine
        self._keys = ChannelKeys(engine)
        self._forgeries = Forgeries()
        self._gatherer: Gatherer[Arrival] = Gatherer(ArrivalWriter(engine).write, REFUSALS)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._following(environ, start_response)
        provider, _, channel = path.removeprefix(PREFIX).partition("/")
        if provider not in FORMATS:
            return self._following(environ, start_response)
        began = time.perf_counter()
        try:
            outcome = self._take(environ, FORMATS[provider], channel)
        except Refused as refused:
            return refuse(start_response, refused, channel)
        except SQLAlchemyError as error:
            log.error("webhook_not_stored", channel_id=channel, exc_info=error)
            return refuse(start_response, Refused(503, "unavailable", "Try again", 5), channel)
        finally:
            SECONDS.observe(time.perf_counter() - began)
        return _answer(start_response, "200 OK", "application/json", TAKEN, outcome)

    def _take(self, environ: Environ, how: NoticeFormat, channel: str) -> str:
        if environ["REQUEST_METHOD"] != "POST":
            raise Refused(405, "wrong_method", "Only POST")
        channel_id = _channel_id(channel)
        notice = self._read(environ, how, channel_id)
        if notice.ignored:
            return notice.ignored
        self._gatherer.put(Arrival(how.name, f"{channel_id}:{notice.key}", channel_id, _body(notice)))
        return "stored"

    def _read(self, environ: Environ, how: NoticeFormat, channel_id: UUID) -> Notice:
        post = PostedNotice(read_body(environ), headers_of(environ), now())
        keys = self._keys.of(how.name, channel_id)
        try:
            try:
                return how.read(post, keys)
            except NoticeStale:
                raise
            except NoticeForged:
                return how.read(post, self._keys.of(how.name, channel_id, refused=True))
        except NoticeMalformed as problem:
            raise Refused(400, "malformed", f"Not a notice: {problem}") from None
        except NoticeForged as problem:
            wait = self._forgeries.count(environ.get("REMOTE_ADDR", ""))
            if wait:
                raise Refused(429, "throttled", "Too many forged notices", wait) from None
            if isinstance(problem, NoticeStale):
                raise Refused(401, "stale", "Signed too long ago, or in the future") from None
            self._note_forged(how, channel_id)
            raise Refused(401, "forged", "The signature is not this channel's") from None

    def _note_forged(self, how: NoticeFormat, channel_id: UUID) -> None:
        """Of a collector's own trial the channel's page says that the key is wrong."""
        if how.name in COLLECTORS:
            with Session(self._engine) as session, session.begin():
                note_forged(session, channel_id)


def _channel_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused(404, "unknown_channel", "No such channel") from None


def read_body(environ: Environ) -> bytes:
    told = environ.get("CONTENT_LENGTH") or None
    if told and not told.isdecimal():
        raise Refused(400, "malformed", "Content-Length is no number")
    if told and int(told) > LARGEST_BODY:
        raise Refused(413, "too_large", "Larger than 64 kB")
    body: bytes = environ["wsgi.input"].read(int(told) if told else LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise Refused(413, "too_large", "Larger than 64 kB")
    return body


def headers_of(environ: Environ) -> dict[str, str]:
    return {
        name[len("HTTP_") :].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _body(notice: Notice) -> dict[str, Any]:
    """What is kept of a notice: the payer's name and account only sealed, for a refund; a person's own account only
    so that it can be recognised."""
    body = dict(notice.kept)
    if notice.payer:
        body["payer"] = seal(json.dumps(notice.payer)).decode()
    if notice.accounts:
        body["accounts"] = [blind_index("account_number", number).hex() for number in notice.accounts]
    return body


def refuse(start_response: StartResponse, refused: Refused, channel: str) -> Iterable[bytes]:
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
