"""The job that fetches the labels of an order's parcels from its floor."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gateways.errors import Problem
from gateways.labels import ParcelLabel
from services import floor_accounts, order_labels
from services.order_labels import LabelTask
from workers.deliveries import StoredEvent
from workers.floors import printing
from workers.runtime import TryLater, run_call


def fetch_order_labels(event_id: int) -> None:
    """As long as the floor needs to print them."""
    run_call("fetch_order_labels", event_id, FetchLabels(), tireless=True)


class FetchLabels:
    def prepare(self, session: Session, event: StoredEvent) -> LabelTask | None:
        task = order_labels.prepare_labels(session, UUID(event.payload["order_id"]))
        if task and (pause := floor_accounts.paused_for(session, task.marketplace)):
            raise TryLater(pause.total_seconds())
        return task

    def call(self, task: LabelTask) -> Sequence[ParcelLabel] | None:
        with printing(task.marketplace) as desk:
            return desk.fetch_labels(task.external_id)

    def finish(self, session: Session, task: LabelTask, result: Sequence[ParcelLabel] | None) -> None:
        floor_accounts.note_success(session, task.marketplace)
        order_labels.record_labels(session, task, result)

    def reject(self, session: Session, task: LabelTask, problems: Sequence[Problem]) -> None:
        order_labels.record_refused(session, task, problems)

    def postpone(self, session: Session, task: LabelTask, problem: Problem, until: datetime | None) -> None:
        """Its page says that it waits; only what is given up needs a person."""
        if until is None:
            order_labels.record_refused(session, task, [problem])
