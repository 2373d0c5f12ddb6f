"""Making floors equal to listings: a call a listing and floor, since floors refuse one by one; several at a time, since
they are slow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import GatewayError, Problem
from gateways.marketplaces.ours import SkuHeld
from gateways.marketplaces.steps import PartlyRefused
from gateways.ports import FloorListing, Standing
from services import drift, floor_accounts, floor_catalogue, publishing, sheet_floors
from services.drift import CheckTask
from services.marketplaces import SHEET_FLOORS
from services.publishing import PublicationBusy, PublicationTask
from workers.database import engine, transaction
from workers.deliveries import StoredEvent
from workers.floors import visiting
from workers.lanes import run_calls
from workers.runtime import TryLater

BUSY_SECONDS = 5.0


def publish_listing(event_ids: Sequence[int]) -> None:
    """Make floors show (or no longer show) the newest versions of listings."""
    run_calls("publish_listing", event_ids, PublishListing, tireless=True)


def rehearse() -> None:
    """What each forked worker would else do first, in each of its threads."""
    with Session(engine()) as session:  # without a commit
        floor_accounts.condition_of(session, "")
        publishing.rehearse(session)


class PublishListing:
    def __init__(self) -> None:
        self._more: dict[str, Any] = {}
        """What else is known of a refusal."""
        self._stock_told = False

    def prepare(self, session: Session, event: StoredEvent) -> PublicationTask | None:
        publication_id = UUID(event.payload["publication_id"])
        if event.payload["marketplace"] in SHEET_FLOORS:
            sheet_floors.keep_back(session, publication_id)
            return None
        pause, self._was_failing, why = floor_accounts.condition_of(session, event.payload["marketplace"])
        if pause:
            publishing.hold_publication(session, publication_id, why, now() + pause)
            raise TryLater(pause.total_seconds())
        again = event.attempts > 0
        try:
            return publishing.begin_publication(session, publication_id, read_photo, again)
        except PublicationBusy as busy:
            wait = (busy.next_attempt_at - now()).total_seconds() if busy.next_attempt_at else BUSY_SECONDS
            raise TryLater(max(wait, 0.0)) from None

    def call(self, task: PublicationTask) -> FloorListing | None:
        try:
            with visiting(task.marketplace) as floor:
                if task.offer:
                    return floor.publish(task.offer)
                floor.withdraw(task.ours)
                return None
        except GatewayError as error:
            self._stock_told = error.stock_told
            if isinstance(error, PartlyRefused):
                self._more = {"stands": error.stands, "price_told": error.price_told}
            if isinstance(error, SkuHeld):
                self._more = {"held_external_id": error.external_id}
            raise

    def finish(self, session: Session, task: PublicationTask, result: FloorListing | None) -> None:
        if self._was_failing:
            floor_accounts.note_success(session, task.marketplace)
        publishing.finish_publication(session, task, result)

    def reject(self, session: Session, task: PublicationTask, problems: Sequence[Problem]) -> None:
        publishing.reject_publication(session, task, problems, stock_told=self._stock_told, **self._more)
        floor_catalogue.doubt_catalogue(session, task.marketplace, problems)

    def postpone(
        self, session: Session, task: PublicationTask, problem: Problem, until: datetime | None
    ) -> None:
        publishing.postpone_publication(session, task, problem, until, stock_told=self._stock_told)

    def give_up(self, session: Session, event: StoredEvent, problem: Problem) -> None:
        publishing.fail_publication(session, UUID(event.payload["publication_id"]), problem)


def read_photo(photo_id: UUID) -> bytes:
    """What a floor is given where it does not have the photo."""
    with transaction() as session:
        return publishing.photo_content(session, photo_id)


def check_publication(event_ids: Sequence[int]) -> None:
    """Ask floors what they show, and publish again where that is something else."""
    run_calls("check_publication", event_ids, CheckPublication)


class CheckPublication:
    def prepare(self, session: Session, event: StoredEvent) -> CheckTask | None:
        self._was_failing = wait_while_paused(session, event)
        return drift.begin_check(session, UUID(event.payload["publication_id"]))

    def call(self, task: CheckTask) -> Standing | None:
        with visiting(task.marketplace) as floor:
            return floor.read(task.ours)

    def finish(self, session: Session, task: CheckTask, result: Standing | None) -> None:
        if self._was_failing:
            floor_accounts.note_success(session, task.marketplace)
        drift.finish_check(session, task, result)

    def reject(self, session: Session, task: CheckTask, problems: Sequence[Problem]) -> None:
        """A floor that may not be read says so again when it is published to."""

    def postpone(self, session: Session, task: CheckTask, problem: Problem, until: datetime | None) -> None:
        """What stands on the listing stays: nothing is known to be wrong with it."""


def wait_while_paused(session: Session, event: StoredEvent) -> bool:
    """Whether the floor's last calls failed. Raises TryLater while it is left alone."""
    pause, is_failing, _ = floor_accounts.condition_of(session, event.payload["marketplace"])
    if pause:
        raise TryLater(pause.total_seconds())
    return is_failing
