"""When to ask a channel what it knows: webhooks may be lost, so nothing waits for them alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models import PaymentRequest, PaymentStatus
from models.payment_states import OPEN
from services.events import PaymentPollDue, record_all

FIRST_POLLS_EVERY = timedelta(seconds=20)
FIRST_POLLS_UNTIL = timedelta(minutes=10)
LAST_POLL = timedelta(days=3)


def next_poll(status: PaymentStatus, created_at: datetime, moment: datetime) -> datetime | None:
    """Every 20 s while an open request is younger than 10 minutes; then at 10, 20, 40 … minutes of age, up to
    three days — also once it is paid, since a second transfer may come unannounced. None after that."""
    age = moment - created_at
    if status in OPEN and age < FIRST_POLLS_UNTIL:
        return moment + FIRST_POLLS_EVERY
    pause = FIRST_POLLS_UNTIL
    while pause <= age:
        pause *= 2
    return created_at + pause if pause <= LAST_POLL else None


def claim_due_polls(session: Session, limit: int = 500) -> Sequence[UUID]:
    """Record a `PaymentPollDue` for requests whose time has come. Several sweepers may run: each request is
    taken by one, and is due again in a while even if its poll is lost."""
    due = (
        select(PaymentRequest.id)
        .where(PaymentRequest.next_poll_at <= func.now())
        .order_by(PaymentRequest.next_poll_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(
        update(PaymentRequest)
        .where(PaymentRequest.id.in_(due.scalar_subquery()))
        .values(next_poll_at=func.now() + FIRST_POLLS_EVERY * 3)
        .returning(PaymentRequest.id)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, [PaymentPollDue(request_id) for request_id in claimed])
    return claimed
