"""How often labels are scanned: gathered in memory and written down together, so that no view waits for a row.

Who scanned is nowhere kept. What a process that is killed had gathered in its last seconds is lost; it is a figure of
interest, not of money.
"""

import atexit
import re
from collections import Counter
from threading import Lock, Timer
from uuid import UUID

import structlog
from flask import Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.lots import count_scans

SECONDS = 5.0
ROBOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|externalhit|facebookcatalog|preview|headless|lighthouse|monitor|scanner"
    r"|curl|wget|python|java/|go-http|okhttp|node|axios|httpclient|libwww",
    re.IGNORECASE,
)
"""By what they call themselves. An app's own browser (Zalo, Facebook) is a person who scanned in it."""

log = structlog.get_logger()


def by_a_person(request: Request) -> bool:
    """Somebody looks at it: no robot, and no browser that only fetches ahead."""
    agent = request.headers.get("User-Agent", "")
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    return bool(agent) and not ahead and not ROBOTS.search(agent)


class ScanTally:
    """Counts in one process; every SECONDS, where anything was counted, one UPDATE."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: Counter[UUID] = Counter()
        self._timer: Timer | None = None
        self._lock = Lock()
        atexit.register(self.flush)

    def add(self, lot_id: UUID) -> None:
        with self._lock:
            self._seen[lot_id] += 1
            if self._timer is None:
                self._timer = Timer(SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write down what was counted; where that fails, with the next."""
        with self._lock:
            seen, self._seen, self._timer = self._seen, Counter(), None
        if not seen:
            return
        try:
            with Session(self._engine) as session, session.begin():
                count_scans(session, seen)
        except SQLAlchemyError as error:
            log.warning("scans_not_stored", error=type(error).__name__)
            with self._lock:
                self._seen.update(seen)
