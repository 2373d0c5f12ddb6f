"""Jobs on stall fees: credit invoices with the money that came, write to those who are late."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from models import FeeReminder
from services.fee_payments import settle_fee_payments
from services.fee_reminders import prepare_reminder
from workers.deliveries import StoredEvent
from workers.jobs.alerts import SendNotice
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
    run_call("send_fee_reminder", event_id, SendNotice(FeeReminder, "reminder_id", prepare_reminder))
