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
OPEN_POLLS_EVERY = timedelta(hours=6)
EXPIRY_GRACE = timedelta(minutes=2)
"""How long after its expiry a request waits for a notice that is still under way."""
LAST_POLL = timedelta(days=3)
"""After the expiry."""


def next_poll(
    status: PaymentStatus, created_at: datetime, expires_at: datetime, moment: datetime
) -> datetime | None:
    """Every 20 s while an open request is younger than 10 minutes; then at 10, 20, 40 … minutes of age, an open one
    at least every six hours, and once as its time runs out. Up to three days after that, also where it is paid, since
    a second transfer may come unannounced. None from then on."""
    age, mark, over = moment - created_at, FIRST_POLLS_UNTIL, expires_at + EXPIRY_GRACE
    if status in OPEN and age < FIRST_POLLS_UNTIL:
        return moment + FIRST_POLLS_EVERY
    while mark <= age:
        mark *= 2
    due = created_at + mark
    if status in OPEN:
        due = min(due, moment + OPEN_POLLS_EVERY)
    if moment < over:
        due = min(due, over)
    return due if due <= expires_at + LAST_POLL else None


def claim_due_polls(session: Session, limit: int) -> Sequence[UUID]:
    """Record a `PaymentPollDue` for requests whose time has come. Several sweepers may run: each request is
    taken by one, and is due again in a while even if its poll is lost or meets silence."""
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
