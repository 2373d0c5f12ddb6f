"""What came for a request, and the bank did not take back: by its own order code, and by what a person tied to it."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, false, func, not_, select, union_all
from sqlalchemy.orm import Session, aliased

from models import (
    ExceptionKind,
    Payment,
    PaymentMatch,
    PaymentRequest,
    ReconciliationException,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
)
from models.bulk import among
from services.holdings import reversal_stands

DECIDED = (
    select(Resolution.id)
    .join(ReconciliationException, ReconciliationException.id == Resolution.exception_id)
    .where(
        ReconciliationException.payment_id == Payment.id,
        ReconciliationException.kind == ExceptionKind.ORPHAN,
        ReconciliationException.payment_request_id.is_(None),
        Resolution.status == ResolutionStatus.DONE,
        Resolution.action != ResolutionAction.UNDO,
    )
    .correlate(Payment)
    .exists()
)
"""A person has said what becomes of it as of money that nothing asked for: also of what was taken apart."""
NAMES = and_(
    Payment.order_code == PaymentRequest.order_code,
    Payment.channel_id == PaymentRequest.channel_id,
    Payment.market_id == PaymentRequest.market_id,
)
NAMED = and_(NAMES, not_(DECIDED))
"""The transfer itself says which request it is for, and no person has said otherwise."""


_OTHER = aliased(PaymentMatch)
_COUNTS_WHOLE = and_(
    NAMED,
    ~exists().where(
        _OTHER.payment_request_id == PaymentRequest.id,
        reversal_stands(_OTHER.payment_id, since=Payment.created_at),
    ),
)
"""What was too much before the bank took other money back is with the desk: it counts by what of it is tied."""


class Received(NamedTuple):
    """Đồng in all, and of those what moved before the request expired."""

    paid: int
    in_time: int


def received_for(session: Session, request_ids: Iterable[UUID]) -> dict[UUID, Received]:
    """By request; those for which nothing came are left out."""
    ids = list(request_ids)
    if not ids:
        return {}
    timely = Payment.occurred_at <= PaymentRequest.expires_at
    stays = ~reversal_stands(Payment.id)
    named = (
        select(PaymentRequest.id.label("id"), Payment.amount.label("amount"), timely.label("timely"))
        .join(Payment, _COUNTS_WHOLE)
        .where(among(PaymentRequest.id, ids), stays)
    )
    tied = (
        select(PaymentRequest.id, PaymentMatch.amount, timely)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .join(Payment, Payment.id == PaymentMatch.payment_id)
        .where(among(PaymentRequest.id, ids), stays, not_(func.coalesce(_COUNTS_WHOLE, false())))
    )
    money = union_all(named, tied).subquery()
    in_time = func.coalesce(func.sum(money.c.amount).filter(money.c.timely), 0)
    query = select(money.c.id, func.sum(money.c.amount), in_time).group_by(money.c.id)
    return {row[0]: Received(int(row[1]), int(row[2])) for row in session.execute(query)}
