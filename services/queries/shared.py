"""Payments that several stalls share: none has one of them for itself, each has what its requests were matched with."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Subquery, case, func, select, true
from sqlalchemy.orm import Session

from models import Payment, PaymentMatch, PaymentRequest, Stall
from services.access import Actor, visible_money


def shared_parts() -> Subquery:
    """Rows to be added to the payments: one for each stall with its part (`amount`, in đồng), and one for no stall that
    takes all of them away there. A payment counts once at every stall, and at no stall where something is left. Few:
    they have an index of their own, so each is looked up by itself."""
    amount, is_all = func.sum(PaymentMatch.amount), func.grouping(PaymentRequest.stall_id) == 1
    parts = (
        select(
            PaymentRequest.stall_id,
            case((is_all, -amount), else_=amount).label("amount"),
            case((~is_all, 1), (amount == Payment.amount, -1), else_=0).label("payments"),
        )
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(PaymentMatch.payment_id == Payment.id, PaymentRequest.stall_id.is_not(None))
        .group_by(func.rollup(PaymentRequest.stall_id))
        .correlate(Payment)
        .lateral()
    )
    facts = (
        Payment.market_id,
        Payment.channel_id,
        Payment.occurred_at,
        Payment.business_day,
        Payment.bank_day,
    )
    return select(*facts, *parts.c).join(parts, true()).where(Payment.shared).subquery("shared_parts")


def parts_of(
    session: Session, actor: Actor, stall_id: UUID | None = None, payments: Iterable[Payment] | None = None
) -> dict[UUID, int]:
    """By payment that several stalls share, of `payments` or of all: how much of it is this stall's, or where none is
    named the person's own stalls', in đồng."""
    stalls = actor.stalls if stall_id is None else {stall_id}
    ids = None if payments is None else [payment.id for payment in payments if payment.shared]
    if not stalls or ids == []:
        return {}
    markets = select(Stall.market_id).where(Stall.id.in_(stalls))
    query = (
        select(Payment.id, func.sum(PaymentMatch.amount))
        .join(PaymentMatch, PaymentMatch.payment_id == Payment.id)
        .join(PaymentRequest, PaymentRequest.id == PaymentMatch.payment_request_id)
        .where(
            Payment.shared,
            Payment.market_id.in_(markets),
            *([] if ids is None else [Payment.id.in_(ids)]),
            PaymentRequest.stall_id.in_(stalls),
            visible_money(actor, PaymentRequest),
        )
        .group_by(Payment.id)
    )
    return {payment_id: int(amount) for payment_id, amount in session.execute(query)}
