"""What was decided about exceptions, by whom, and what became of it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models import Bank, FeeInvoice, PaymentRequest, Refund, Resolution, User


@dataclass(frozen=True)
class Decided:
    """A decision in the words of a page; `request_reference` is the request's or the fee's; `refund` where money goes
    back by it, to an account at `refund_bank`."""

    resolution: Resolution
    refund: Refund | None
    request_reference: str | None
    decided_by: str
    approved_by: str | None
    undone_by: str | None
    refund_bank: str | None


def list_resolutions(session: Session, exception_id: UUID) -> list[Decided]:
    """For an exception that the person was shown already, the newest first."""
    decider, approver, undoer = aliased(User), aliased(User), aliased(User)
    named = func.coalesce(PaymentRequest.reference, FeeInvoice.reference)
    query = (
        select(Resolution, Refund, named, decider.name, approver.name, undoer.name, Bank.short_name)
        .join(decider, decider.id == Resolution.decided_by)
        .outerjoin(approver, approver.id == Resolution.approved_by)
        .outerjoin(undoer, undoer.id == Resolution.undone_by)
        .outerjoin(Refund, Refund.resolution_id == Resolution.id)
        .outerjoin(Bank, Bank.bin == Refund.bin)
        .outerjoin(PaymentRequest, PaymentRequest.id == Resolution.payment_request_id)
        .outerjoin(FeeInvoice, FeeInvoice.id == Resolution.fee_invoice_id)
        .where(Resolution.exception_id == exception_id)
        .order_by(Resolution.created_at.desc(), Resolution.id.desc())
    )
    return [Decided(*row) for row in session.execute(query)]


def refund_by(session: Session, resolution_id: UUID) -> Refund | None:
    return session.scalar(select(Refund).where(Refund.resolution_id == resolution_id))
