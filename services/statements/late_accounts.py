"""Money that was told of before anybody said to which virtual account it came: it lies in suspense, and is that
account's stall's now, unless its note names a request or another stall, or a person has decided, or is deciding."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.reference_codes import find_references
from models import (
    AccountKind,
    ExceptionStatus,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Stall,
)
from models.bulk import among
from services.events import StallPaymentReceived, record_all
from services.holdings import in_suspense
from services.journal import Account, Booking, book
from services.unclaimed import UNDECIDED

TOLD_BEFORE = """
SELECT DISTINCT ON (l.payment_id) l.payment_id, v.stall_id, s.codes
FROM staged s
JOIN virtual_accounts v ON v.id = s.virtual_account_id
JOIN statement_lines l ON l.id = s.same_as_id
    OR (s.repeated AND l.account_id = s.account_id AND l.identity = s.identity AND NOT l.repeated)
WHERE l.payment_id IS NOT NULL
ORDER BY l.payment_id, s.number
"""


def hand_over(session: Session) -> None:
    """Give the stalls of the batch's notices (`staging`) what others told of before them; the turns at these stalls
    have been taken."""
    told = {row.payment_id: row for row in session.execute(sql(TOLD_BEFORE))}
    waiting = _waiting(session, list(told)) if told else []
    free = in_suspense(session, [payment.id for payment, _ in waiting]) if waiting else {}
    codes = {payment.id: {*told[payment.id].codes, *find_references(payment.memo)} for payment, _ in waiting}
    named = _named(session, set().union(*codes.values()))
    stalls = _stalls(session, {told[payment.id].stall_id for payment, _ in waiting})
    given = []
    for payment, exception in waiting:
        stall = stalls[told[payment.id].stall_id]
        others = codes[payment.id] & named - {stall.reference}
        if free.get(payment.id) == payment.amount and payment.market_id == stall.market_id and not others:
            payment.stall_id, exception.status = stall.id, ExceptionStatus.RESOLVED
            given.append((payment, stall))
    session.flush()
    book(session, [_booking(payment, stall) for payment, stall in given])
    record_all(session, [_event(payment, stall) for payment, stall in given])


def _waiting(
    session: Session, payment_ids: Sequence[UUID]
) -> Sequence[Row[Payment, ReconciliationException]]:
    query = (
        select(Payment, ReconciliationException)
        .join(ReconciliationException, UNDECIDED)
        .where(among(Payment.id, payment_ids))
        .order_by(ReconciliationException.id)
        .with_for_update(of=ReconciliationException, skip_locked=True, key_share=True)
    )
    return session.execute(query).all()


def _stalls(session: Session, stall_ids: set[UUID]) -> dict[UUID, Stall]:
    query = select(Stall).where(among(Stall.id, stall_ids))
    return {stall.id: stall for stall in session.scalars(query)} if stall_ids else {}


def _named(session: Session, codes: set[str]) -> set[str]:
    """Those of `codes` that are a request's or a stall's."""
    requests = select(PaymentRequest.reference).where(PaymentRequest.reference.in_(codes))
    stalls = select(Stall.reference).where(Stall.reference.in_(codes))
    return set(session.scalars(requests.union(stalls))) if codes else set()


def _event(payment: Payment, stall: Stall) -> StallPaymentReceived:
    return StallPaymentReceived(stall.market_id, stall.id, payment.id, payment.amount)


def _booking(payment: Payment, stall: Stall) -> Booking:
    return Booking(
        key=f"payment:{payment.id}:{AccountKind.SELLER}",
        debit=Account(payment.market_id, AccountKind.SUSPENSE),
        credit=Account(payment.market_id, AccountKind.SELLER, stall.seller_id),
        amount=payment.amount,
        business_day=payment.business_day,
        payment_id=payment.id,
        stall_id=stall.id,
    )
