"""Reference codes that nothing bears yet."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.reference_codes import ReferenceKind, new_reference
from models import FeeInvoice, PaymentRequest, Stall

BEARERS = {
    ReferenceKind.PAYMENT_REQUEST: PaymentRequest.reference,
    ReferenceKind.STALL: Stall.reference,
    ReferenceKind.FEE_INVOICE: FeeInvoice.reference,
}


def unused_references(session: Session, kind: ReferenceKind, count: int) -> list[str]:
    """`count` different codes that no row bears. There are 3 × 10¹⁰ of a kind: among a million that were issued,
    one new code in 30,000 stands already, and nobody at a stall should have to hear of it."""
    column, found = BEARERS[kind], set[str]()
    while len(found) < count:
        drawn = {new_reference(kind) for _ in range(count - len(found))}
        found |= drawn - set(session.scalars(select(column).where(column.in_(drawn))))
    return list(found)


def unused_reference(session: Session, kind: ReferenceKind) -> str:
    """One of them."""
    return unused_references(session, kind, 1)[0]
