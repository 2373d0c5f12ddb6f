"""Making floors equal to listings: one job a listing and floor, since floors are slow and refuse one by one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gateways.errors import Problem
from gateways.ports import FloorListing
from services import publishing
from services.publishing import PublicationBusy, PublicationTask
from workers.deliveries import StoredEvent
from workers.providers import floor
from workers.runtime import TryLater, run_call

BUSY_SECONDS = 5.0


def publish_listing(event_id: int) -> None:
    """Make one floor show (or no longer show) the newest version of a listing."""
    run_call("publish_listing", event_id, PublishListing())


class PublishListing:
    def prepare(self, session: Session, event: StoredEvent) -> PublicationTask | None:
        try:
            return publishing.begin_publication(session, UUID(event.payload["publication_id"]))
        except PublicationBusy:
            raise TryLater(BUSY_SECONDS) from None

    def call(self, task: PublicationTask) -> FloorListing | None:
        if task.offer:
            return floor(task.marketplace).publish(task.offer)
        floor(task.marketplace).withdraw(task.sku)
        return None

    def finish(self, session: Session, task: PublicationTask, result: FloorListing | None) -> None:
        publishing.finish_publication(session, task, result)

    def reject(self, session: Session, task: PublicationTask, problems: Sequence[Problem]) -> None:
        publishing.reject_publication(session, task, problems)

    def postpone(
        self, session: Session, task: PublicationTask, problem: Problem, until: datetime | None
    ) -> None:
        publishing.postpone_publication(session, task, problem, until)
