"""Money that came before what asked for it: an orphan whose order code names a request now is that request's.

Its channel's word decides, as everywhere, unless a person has decided about the orphan, or is deciding right now.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from gateways.ports import Transfer
from models import Payment, PaymentRequest, ReconciliationException
from models.bulk import among
from models.payments import UNCLAIMED
from services.holdings import in_suspense
from services.matching import AskedFor, ChannelTransfer
from services.received import DECIDED, NAMES
from services.statements.told import Claim

UNDECIDED = and_(
    ReconciliationException.payment_id == Payment.id,
    *(sql(f"reconciliation_exceptions.{condition}") for condition in UNCLAIMED.split(" AND ")),
    ~DECIDED,
)


def with_unclaimed(requests: ColumnElement[bool]) -> Select[UUID]:
    """Which of these requests an orphan names."""
    query = select(PaymentRequest.id).distinct().join(Payment, NAMES)
    return query.join(ReconciliationException, UNDECIDED).where(requests)


def list_unclaimed(session: Session, asked: Mapping[tuple[UUID, int], AskedFor]) -> list[Claim]:
    """The orphans that name these requests, which are locked; the whole of each still lies in suspense."""
    if not asked:
        return []
    query = (
        select(Payment, ReconciliationException.id)
        .join(PaymentRequest, NAMES)
        .join(ReconciliationException, UNDECIDED)
        .where(among(PaymentRequest.id, [request.id for request in asked.values()]))
        .order_by(ReconciliationException.id)
        .with_for_update(of=ReconciliationException, skip_locked=True, key_share=True)
    )
    found = session.execute(query).all()
    free = in_suspense(session, [payment.id for payment, _ in found]) if found else {}
    return [
        Claim(payment.id, exception_id, _as_told(payment))
        for payment, exception_id in found
        if free.get(payment.id) == payment.amount
    ]


def _as_told(payment: Payment) -> ChannelTransfer:
    assert payment.order_code is not None
    transfer = Transfer(
        payment.order_code,
        payment.account_number,
        payment.reference,
        payment.amount,
        payment.occurred_at,
        payment.memo,
    )
    return ChannelTransfer(payment.channel_id, transfer)
