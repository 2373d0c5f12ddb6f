"""Jobs on stall fees: credit invoices with the money that came, write to those who are late."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gateways.errors import Problem
from services import fee_reminders
from services.fee_payments import settle_fee_payments
from services.fee_reminders import Reminder
from workers.deliveries import StoredEvent
from workers.providers import sms_gateway
from workers.runtime import run_batch, run_call

log = structlog.get_logger()


def settle_fee_invoices(event_ids: list[int]) -> None:
    """Find out which of the payments were for fees, by request or by the code in their notes."""
    run_batch("settle_fee_invoices", event_ids, _settle)


def _settle(session: Session, events: Sequence[StoredEvent]) -> None:
    paid = settle_fee_payments(session, [UUID(event.payload["payment_id"]) for event in events])
    if paid:
        log.info("fees_settled", payments=len(events), fees=paid)


def send_fee_reminder(event_id: int) -> None:
    """Write one SMS."""
    run_call("send_fee_reminder", event_id, SendReminder())


class SendReminder:
    def prepare(self, session: Session, event: StoredEvent) -> Reminder | None:
        return fee_reminders.prepare_reminder(session, UUID(event.payload["reminder_id"]))

    def call(self, task: Reminder) -> str:
        return sms_gateway().send(task.phone, task.text, task.key)

    def finish(self, session: Session, task: Reminder, result: str | None) -> None:
        fee_reminders.record_sent(session, task.id, result)

    def reject(self, session: Session, task: Reminder, problems: Sequence[Problem]) -> None:
        problem = "; ".join(problem.text for problem in problems)
        fee_reminders.record_unsent(session, task.id, problem, final=True)

    def postpone(self, session: Session, task: Reminder, problem: Problem, until: datetime | None) -> None:
        fee_reminders.record_unsent(session, task.id, problem.text, final=until is None)
