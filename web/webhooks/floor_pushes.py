"""`POST /webhooks/floors/{floor}`: a floor says that it has news of orders.

It stands before Flask, like notices of money. A genuine push is a hint and no more: the floor is asked at once what
the news is. Nothing in its body is read, kept or logged.
"""

from collections.abc import Iterable

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import now
from core.config import Config
from core.floor_config import FloorConfig
from gateways.ports import PostedNotice
from gateways.pushes import PUSHES, is_genuine, is_trial
from services.floor_polls import take_hint
from web.webhooks.forgeries import Forgeries
from web.webhooks.intake import (
    NOTICES,
    PREFIX,
    Application,
    Environ,
    Refused,
    StartResponse,
    headers_of,
    read_body,
    refuse,
)

FLOORS = f"{PREFIX}floors/"

log = structlog.get_logger()


class FloorPushes:
    """WSGI: takes pushes of the floors in `PUSHES` that are connected, hands everything else on."""

    def __init__(self, following: Application, engine: Engine, settings: Config) -> None:
        self._following = following
        self._engine = engine
        self._settings = settings
        self._forgeries = Forgeries()
        self._hints = Forgeries()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        if not path.startswith(FLOORS):
            return self._following(environ, start_response)
        name = path.removeprefix(FLOORS)
        try:
            outcome = self._take(environ, name)
        except Refused as refused:
            return refuse(start_response, refused, f"floors/{name}")
        except SQLAlchemyError as error:
            log.error("push_not_taken", marketplace=name, exc_info=error)
            return refuse(start_response, Refused(503, "unavailable", "Try again", 5), f"floors/{name}")
        NOTICES.labels(outcome).inc()
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    def _take(self, environ: Environ, name: str) -> str:
        floor = self._connected(name)
        if environ["REQUEST_METHOD"] != "POST":
            raise Refused(405, "wrong_method", "Only POST")
        post = PostedNotice(read_body(environ), headers_of(environ), now())
        if is_trial(name, post):
            return "trial"
        if not is_genuine(name, post, f"{self._settings.base_url}{FLOORS}{name}", floor):
            if wait := self._forgeries.count(environ.get("REMOTE_ADDR", "")):
                raise Refused(429, "throttled", "Too many forged pushes", wait)
            raise Refused(401, "forged", "The signature is not this floor's")
        if self._hints.count(name):
            return "hint_spared"
        with Session(self._engine) as session, session.begin():
            return "hint" if take_hint(session, name) else "hint_known"

    def _connected(self, name: str) -> FloorConfig:
        floor = getattr(self._settings, name) if name in PUSHES else None
        if not isinstance(floor, FloorConfig) or floor.url is None:
            raise Refused(404, "unknown_floor", "No such floor")
        return floor
