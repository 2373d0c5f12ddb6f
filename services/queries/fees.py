"""Reading fees, each person's own: invoices, who is in arrears, what was paid for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from core.errors import NotFound
from core.vietqr import encode, note_for
from models import (
    AuditEntry,
    FeeAccount,
    FeeInvoice,
    FeeInvoiceRequest,
    FeePayment,
    FeeReminder,
    FeeStatus,
    PaymentRequest,
    Seller,
    Stall,
    User,
)
from models.fees import OWED
from services.access import Actor, own_tickets, require, visible_fee_invoices
from services.queries.markets import get_managed_market
from services.queries.paging import DEFAULT_LIMIT, Order, Page, given, page_of

FEE_ACCOUNT_SET = "fee_account.set"
"""In the audit trail, about the market."""
MOST_CHANGES = 20


@dataclass(frozen=True)
class PeriodTotals:
    """What a market asked for a period and what came, in đồng; cancelled invoices do not count."""

    count: int
    paid_count: int
    amount: int
    amount_paid: int


@dataclass(frozen=True)
class Arrears:
    """What one seller owes a market beyond its time: `invoices` of them, the oldest due on `since`."""

    seller: Seller
    amount: int
    invoices: int
    since: date


def get_fee_invoice(
    session: Session, actor: Actor, invoice_id: UUID, *, lock: bool = False, to_change: bool = False
) -> FeeInvoice:
    """An invoice within sight, with its market, stall and seller; locked where asked for. `to_change` demands
    its market's manager. Raises NotFound, Forbidden."""
    query = (
        select(FeeInvoice).where(FeeInvoice.id == invoice_id, visible_fee_invoices(actor)).options(*_SHOWN)
    )
    if lock or to_change:
        query = query.with_for_update(of=FeeInvoice).execution_options(populate_existing=True)
    invoice = session.scalar(query)
    if invoice is None:
        raise NotFound()
    require(not to_change or actor.is_administrator or invoice.market_id in actor.markets)
    return invoice


_SHOWN = (joinedload(FeeInvoice.market), joinedload(FeeInvoice.stall), joinedload(FeeInvoice.seller))


def list_fee_invoices(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    stall_id: UUID | None = None,
    seller_id: UUID | None = None,
    period: str | None = None,
    status: FeeStatus | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[FeeInvoice]:
    """Invoices within sight, the newest first."""
    query = (
        select(FeeInvoice)
        .where(
            visible_fee_invoices(actor),
            *given(FeeInvoice.market_id, market_id),
            *given(FeeInvoice.stall_id, stall_id),
            *given(FeeInvoice.seller_id, seller_id),
            *given(FeeInvoice.period, period),
            *given(FeeInvoice.status, status),
        )
        .options(*_SHOWN)
    )
    return page_of(session, query, Order(FeeInvoice.created_at, FeeInvoice.id), limit, cursor)


def list_own_tickets(session: Session, actor: Actor, cursor: str | None = None) -> Page[FeeInvoice]:
    """The person's own tickets for days without a stall, the newest first."""
    query = select(FeeInvoice).where(own_tickets(actor)).options(*_SHOWN)
    return page_of(session, query, Order(FeeInvoice.created_at, FeeInvoice.id), DEFAULT_LIMIT, cursor)


def count_own_tickets(session: Session, actor: Actor) -> tuple[int, int]:
    """How many there are, and how many of them are still to be paid."""
    query = select(func.count(), func.count().filter(FeeInvoice.status.in_(OWED))).where(own_tickets(actor))
    total, owed = session.execute(query).one()
    return total, owed


def period_totals(session: Session, actor: Actor, market_id: UUID, period: str) -> PeriodTotals:
    """The sums of one month, or of one day's tickets."""
    get_managed_market(session, actor, market_id)
    query = select(
        func.count(),
        func.count().filter(FeeInvoice.status == FeeStatus.PAID),
        func.coalesce(func.sum(FeeInvoice.amount), 0),
        func.coalesce(func.sum(FeeInvoice.amount_paid), 0),
    ).where(
        FeeInvoice.market_id == market_id,
        FeeInvoice.period == period,
        FeeInvoice.status != FeeStatus.CANCELLED,
    )
    return PeriodTotals(*(int(number) for number in session.execute(query).one()))


def list_arrears(session: Session, actor: Actor, market_id: UUID) -> list[Arrears]:
    """Who owes a market what is overdue, the largest sum first."""
    get_managed_market(session, actor, market_id)
    owed = func.sum(FeeInvoice.amount - FeeInvoice.amount_paid)
    query = (
        select(Seller, owed, func.count(), func.min(FeeInvoice.due_on))
        .join(FeeInvoice, FeeInvoice.seller_id == Seller.id)
        .where(FeeInvoice.market_id == market_id, FeeInvoice.status == FeeStatus.OVERDUE)
        .group_by(Seller.id)
        .order_by(owed.desc(), Seller.id)
    )
    return [
        Arrears(seller, int(amount), count, since) for seller, amount, count, since in session.execute(query)
    ]


def list_fee_payments(session: Session, invoice_id: UUID) -> Sequence[FeePayment]:
    """What was paid for an invoice, in its order; also cash that was noted by mistake."""
    query = select(FeePayment).where(FeePayment.invoice_id == invoice_id)
    return session.scalars(query.order_by(FeePayment.created_at, FeePayment.id)).all()


def list_fee_reminders(session: Session, invoice_id: UUID) -> Sequence[FeeReminder]:
    query = select(FeeReminder).where(FeeReminder.invoice_id == invoice_id)
    return session.scalars(query.order_by(FeeReminder.created_at, FeeReminder.id)).all()


def count_owed_by_stall(session: Session, stall: Stall) -> int:
    """How many fees the stall's seller has still to pay for it."""
    query = select(func.count()).where(
        FeeInvoice.stall_id == stall.id,
        FeeInvoice.seller_id == stall.seller_id,
        FeeInvoice.status.in_(OWED),
    )
    return session.execute(query).scalar_one()


def fee_payload(session: Session, invoice: FeeInvoice) -> str | None:
    """The VietQR of what remains, to the market's own account; None where nothing does, or it has no account."""
    account = session.get(FeeAccount, invoice.market_id)
    if account is None or not invoice.remaining:
        return None
    place = f"{invoice.period} {invoice.stall.number}" if invoice.stall else invoice.period
    note = note_for(invoice.reference, f"PHI {place}")
    return encode(account.bin, account.account_number, amount=invoice.remaining, note=note)


def count_stalls(session: Session, market_id: UUID) -> int:
    """The open ones, by which a market's class goes."""
    open_now = select(func.count()).where(Stall.market_id == market_id, Stall.closed_on.is_(None))
    return session.execute(open_now).scalar_one()


def get_invoice_of_request(session: Session, actor: Actor, request_id: UUID) -> FeeInvoice:
    """The invoice that a market's own payment request is for. Raises NotFound."""
    link = session.get(FeeInvoiceRequest, request_id)
    if link is None:
        raise NotFound()
    return get_fee_invoice(session, actor, link.invoice_id)


def latest_request(session: Session, invoice_id: UUID) -> PaymentRequest | None:
    """The payment request that was made last for an invoice."""
    return session.scalar(
        select(PaymentRequest)
        .join(FeeInvoiceRequest)
        .where(FeeInvoiceRequest.invoice_id == invoice_id)
        .order_by(PaymentRequest.created_at.desc(), PaymentRequest.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class FeeAccountChange:
    """Who set the market's account when: from which bank and masked number to which; of changes that were made before
    this was kept, nobody knows. `changed` are names of fields."""

    at: datetime
    by: str | None
    changed: Sequence[str]
    old_bin: str | None = None
    old_account: str | None = None
    new_bin: str | None = None
    new_account: str | None = None


def list_fee_account_changes(session: Session, market_id: UUID) -> list[FeeAccountChange]:
    """The newest first. The market was found within sight."""
    query = (
        select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.subject_id == market_id, AuditEntry.action == FEE_ACCOUNT_SET)
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        .limit(MOST_CHANGES)
    )
    return [_fee_account_change(entry, name) for entry, name in session.execute(query)]


def _fee_account_change(entry: AuditEntry, by: str | None) -> FeeAccountChange:
    told = {name: value for name, value in entry.facts.items() if name != "changed"}
    changed = entry.facts.get("changed", "").split(",")
    return FeeAccountChange(entry.created_at, by, changed, **told)


def get_fee_account(session: Session, market_id: UUID) -> FeeAccount | None:
    """The market's own account; its number is sealed."""
    return session.get(FeeAccount, market_id)
