"""A floor that is read page by page, whatever it is asked for: its cursor is stored with each page, and one that does
not answer is asked again at its next poll, which comes later each time."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Protocol, TypeVar

import structlog
from sqlalchemy.orm import Session

from gateways.errors import GatewayError
from models import PollSubject
from services import floor_accounts, floor_polls
from workers.deliveries import StoredEvent
from workers.runtime import describe

READ_SECONDS = 30.0

log = structlog.get_logger()


class Paged(Protocol):
    @property
    def cursor(self) -> str: ...


P = TypeVar("P", bound=Paged)


class FloorPoll(ABC, Generic[P]):
    """The steps of a poll (`workers.runtime.Stepwise`)."""

    subject: ClassVar[PollSubject]
    again: str | None = None
    """Why the page that was taken is to be read once more."""

    @abstractmethod
    def read(self) -> P:
        """Ask the floor, with no transaction open."""

    @abstractmethod
    def take(self, session: Session, page: P) -> None:
        """Store the page and its cursor."""

    @abstractmethod
    def goes_on(self, page: P) -> bool:
        """Whether the floor has more to tell now."""

    def begin(self, session: Session, event: StoredEvent) -> bool:
        self.marketplace = event.payload["marketplace"]
        floor_polls.record_begun(session, self.subject, self.marketplace)
        self.cursor = floor_polls.read_cursor(session, self.subject, self.marketplace)
        return floor_accounts.paused_for(session, self.marketplace) is None

    def fetch(self) -> None:
        self.page: P | None = None
        self.error: GatewayError | None = None
        try:
            self.page = self.read()
        except GatewayError as error:
            self.error = error

    def step(self, session: Session) -> bool:
        if self.page is None:
            self._note_silence(session)
            return False
        floor_accounts.note_success(session, self.marketplace)
        self.take(session, self.page)
        if self.again:
            self._note_unread(session, self.again, None)
            return False
        # A floor whose cursor stands still has no more to tell, whatever it repeats.
        more = self.goes_on(self.page) and self.page.cursor != self.cursor
        self.cursor = self.page.cursor
        if not more:
            floor_polls.record_read(session, self.subject, self.marketplace)
        return more

    def _note_silence(self, session: Session) -> None:
        words = describe(self.error) if self.error else ""
        wait = self.error.retry_after if self.error else None
        self._note_unread(session, words, wait)

    def _note_unread(self, session: Session, words: str, wait: float | None) -> None:
        log.warning("floor_not_read", marketplace=self.marketplace, subject=self.subject, error=words)
        floor_polls.record_unread(session, self.subject, self.marketplace, words, wait)

    def give_up(self, session: Session, event: StoredEvent) -> None:
        """The dead letter says so; the next poll tries again."""
