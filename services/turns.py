"""Taking turns at a stall: whoever changes what its screen shows takes the stall first, until the commit.

So a stall's events are committed in the order of their numbers, which its screen resumes by; and since the
stall is always taken before its requests, no two wait for each other.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from models import Market, Payment, PaymentRequest, ReconciliationException, Stall
from models.bulk import among


def take_turn(session: Session, stall_id: UUID | None) -> None:
    """A market's own request has no stall, and no screen to wait for."""
    _take(session, Stall.id == stall_id)


def take_turns(session: Session, requests: ColumnElement[bool]) -> None:
    """At every stall of these payment requests."""
    _take(session, Stall.id.in_(select(PaymentRequest.stall_id).where(requests)))


def take_turns_of_sellers(session: Session, seller_ids: Collection[UUID]) -> None:
    """At every stall of these sellers."""
    _take(session, among(Stall.seller_id, list(seller_ids)))


def take_markets_turn(session: Session, market_id: UUID) -> None:
    """Who asks a market's stalls for fees and who closes one of them wait for each other; taken before any stall."""
    session.execute(select(Market.id).where(Market.id == market_id).with_for_update(key_share=True))


def take_money(session: Session, payment_id: UUID) -> None:
    """All exceptions of a payment, and then the payment: whoever decides about the same money waits here."""
    about = ReconciliationException.payment_id == payment_id
    query = select(ReconciliationException.id).where(about).order_by(ReconciliationException.id)
    session.execute(query.with_for_update(key_share=True))
    session.get(Payment, payment_id, with_for_update={"key_share": True}, populate_existing=True)


def _take(session: Session, stalls: ColumnElement[bool]) -> None:
    session.execute(select(Stall.id).where(stalls).order_by(Stall.id).with_for_update(key_share=True))


def read_alone(session: Session, account_ids: Iterable[UUID]) -> None:
    """Who tells of one account (or channel) by lines does so after the other: what one tells, the next may repeat."""
    session.execute(select(func.pg_advisory_xact_lock(_numbers(account_ids))))


def tell_beside_statements(session: Session, channel_ids: Iterable[UUID]) -> None:
    """Notices and polls of a channel go side by side, but not while its statement is read: a line whose note names
    nothing shares no request with them, and the same transfer would be stored twice. Taken before any stall."""
    session.execute(select(func.pg_advisory_xact_lock_shared(_numbers(channel_ids))))


def _numbers(ids: Iterable[UUID]) -> ColumnElement[int]:
    """What PostgreSQL keeps such locks by, in one order for all."""
    numbers = literal(sorted(id.int % 2**63 for id in ids), ARRAY(BigInteger))
    return func.unnest(numbers).column_valued("number")
