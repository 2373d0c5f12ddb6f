"""Asking for fees: a month's of every stall at once, a day's ticket, and taking one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, NotFound, text
from core.ids import new_id
from core.periods import first_day, is_month, next_month
from core.reference_codes import ReferenceKind
from models import FeeInvoice, FeeStatus, Stall
from models.fees import OWED
from services import audit
from services.access import Actor
from services.events import FeeInvoicesIssued, record
from services.fee_requests import withdraw_requests
from services.fee_rules import Charge, charge_day, charge_stall, due_date
from services.fee_tariffs import tariffs_on
from services.open_stalls import require_open
from services.people import get_seller
from services.queries.fees import get_fee_invoice
from services.queries.markets import get_managed_market
from services.queries.stalls import ONE_DAY, in_walking_order, open_within
from services.references import unused_references
from services.storing import store
from services.turns import take_markets_turn

LONGEST_AHEAD = timedelta(days=62)
"""A year mistyped is not to ask a whole market for money."""


@dataclass(frozen=True)
class Issued:
    """`issued` now, `existing` from before; `left_out` are the numbers of stalls that no tariff fits, or whose
    area is not known."""

    period: str
    issued: int
    existing: int
    total: int
    left_out: list[str]


def issue_invoices(
    session: Session, actor: Actor, market_id: UUID, period: str, due_on: date | None = None
) -> Issued:
    """Ask every stall of the market for a month's fee, by the tariffs of the month's first day; from the month on in
    which it was opened, up to the one in which it was closed. Asking again asks only stalls that were not asked
    before; one whose invoice was cancelled is left alone, unless only because the stall was closed.

    Raises InvalidInput for a month or a due date that cannot be, NotFound, Forbidden.
    """
    get_managed_market(session, actor, market_id)
    take_markets_turn(session, market_id)
    begins = _begins(period, month=True)
    due = _due(period, due_on)
    tariffs = tariffs_on(session, market_id, begins)
    if not tariffs:
        raise InvalidInput.of("period", text("Chợ chưa có biểu phí cho kỳ này"))
    stalls, existing = _stalls_to_ask(session, market_id, period)
    charges = {stall.id: charge_stall(tariffs, stall.row, stall.area_m2) for stall in stalls}
    rows = [
        _row(market_id, stall.seller_id, period, charge, due, actor, stall.id)
        for stall in stalls
        if (charge := charges[stall.id])
    ]
    issued = _store(session, _listed_in_this_order(rows))
    if issued:
        record(session, FeeInvoicesIssued(market_id, period, len(issued)))
        audit.note(session, actor, "fee_invoices.issued", market_id, period=period, count=len(issued))
    left_out = [stall.number for stall in stalls if charges[stall.id] is None]
    return Issued(period, len(issued), existing, sum(issued), left_out)


def _stalls_to_ask(session: Session, market_id: UUID, period: str) -> tuple[list[Stall], int]:
    """The stalls of this month that were never asked for it, as one walks past them; and how many were."""
    asked = exists().where(
        FeeInvoice.stall_id == Stall.id, FeeInvoice.period == period, ~FeeInvoice.called_off
    )
    first, after = (date.fromisoformat(f"{month}-01") for month in (period, next_month(period)))
    stalls = select(Stall, asked.label("asked")).where(
        Stall.market_id == market_id, or_(open_within(first, after - ONE_DAY), asked)
    )
    rows = session.execute(stalls.order_by(*in_walking_order())).all()
    waiting = [stall for stall, was_asked in rows if not was_asked]
    return waiting, len(rows) - len(waiting)


def _listed_in_this_order(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Lists show the newest first, and of one moment the greatest id."""
    ids = sorted((row["id"] for row in rows), reverse=True)
    return [row | {"id": id} for row, id in zip(rows, ids, strict=True)]


def _store(session: Session, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    """The amounts of those that are new: of two people who issue at once, one does."""
    if not rows:
        return []
    references = unused_references(session, ReferenceKind.FEE_INVOICE, len(rows))
    named = [{**row, "reference": reference} for row, reference in zip(rows, references, strict=True)]
    statement = upsert(FeeInvoice).on_conflict_do_nothing().returning(FeeInvoice.amount)
    return session.scalars(statement, named).all()


def issue_ticket(
    session: Session, actor: Actor, market_id: UUID, period: str, seller_id: UUID
) -> tuple[FeeInvoice, bool]:
    """A day's ticket of a seller without a stall; False where the seller has it already.

    Raises InvalidInput for no day, no daily rate or an unknown seller, NotFound, Forbidden.
    """
    get_managed_market(session, actor, market_id)
    begins = _begins(period, month=False)
    try:
        seller = get_seller(session, actor, seller_id)
    except NotFound:
        raise InvalidInput.of("seller_id", text("Không có người bán này")) from None
    charge = charge_day(tariffs_on(session, market_id, begins))
    if charge is None:
        raise InvalidInput.of("period", text("Chợ chưa có giá vé ngày cho ngày này"))
    row = _row(market_id, seller.id, period, charge, _due(period, None), actor)
    new = bool(_store(session, [row]))
    ticket = select(FeeInvoice).where(
        FeeInvoice.market_id == market_id,
        FeeInvoice.stall_id.is_(None),
        FeeInvoice.seller_id == seller.id,
        FeeInvoice.period == period,
        FeeInvoice.status != FeeStatus.CANCELLED,
    )
    return session.scalars(ticket).one(), new


def cancel_invoice(session: Session, actor: Actor, invoice_id: UUID, reason: str) -> FeeInvoice:
    """Ask for it no more. Raises Conflict once money has come for it."""
    invoice = get_fee_invoice(session, actor, invoice_id, to_change=True)
    if invoice.status is FeeStatus.CANCELLED:
        return invoice
    if invoice.status not in OWED or invoice.amount_paid:
        raise Conflict(text("Phí này đã có người trả, không hủy được"))
    invoice.status = FeeStatus.CANCELLED
    invoice.cancel_reason = reason
    withdraw_requests(session, invoice.id)
    audit.note(session, actor, "fee_invoice.cancelled", invoice.id, reason=reason)
    store(session)
    return invoice


def issue_anew(session: Session, actor: Actor, invoice_id: UUID) -> FeeInvoice:
    """Another invoice in the place of a cancelled one, by the stall and the tariffs as they are now.

    Raises Conflict where it is not cancelled, another stands in its place, or no tariff fits; StallNotOpen where the
    stall was closed before its time.
    """
    take_markets_turn(session, get_fee_invoice(session, actor, invoice_id).market_id)
    old = get_fee_invoice(session, actor, invoice_id, to_change=True)
    if old.status is not FeeStatus.CANCELLED:
        raise Conflict(text("Chỉ lập lại được phí đã hủy"))
    if old.stall:
        require_open(old.stall, _begins(old.period, month=True))
    charge = _charge_again(session, old)
    if charge is None:
        raise Conflict(text("Không có biểu phí nào hợp với quầy này"))
    seller_id = old.stall.seller_id if old.stall else old.seller_id
    row = _row(old.market_id, seller_id, old.period, charge, _due(old.period, None), actor, old.stall_id)
    if not _store(session, [row]):
        raise Conflict(text("Kỳ này đã có phí khác"))
    return session.get_one(FeeInvoice, row["id"])


def _charge_again(session: Session, old: FeeInvoice) -> Charge | None:
    tariffs = tariffs_on(session, old.market_id, _begins(old.period, month=is_month(old.period)))
    return charge_stall(tariffs, old.stall.row, old.stall.area_m2) if old.stall else charge_day(tariffs)


def _row(
    market_id: UUID,
    seller_id: UUID,
    period: str,
    charge: Charge,
    due_on: date,
    actor: Actor,
    stall_id: UUID | None = None,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "market_id": market_id,
        "stall_id": stall_id,
        "seller_id": seller_id,
        "period": period,
        "amount": charge.amount,
        "basis": charge.basis,
        "due_on": due_on,
        "issued_by": actor.user_id,
    }


def _begins(period: str, *, month: bool) -> date:
    begins = first_day(period)
    if begins is None or is_month(period) is not month:
        example = text("Kỳ phí là tháng, ví dụ 2026-11") if month else text("Ngày chưa đúng")
        raise InvalidInput.of("period", example)
    if begins > business_day(now()) + LONGEST_AHEAD:
        raise InvalidInput.of("period", text("Chỉ lập phí trước được hai tháng"))
    return begins


def _due(period: str, asked: date | None) -> date:
    begins = first_day(period)
    if asked and begins and asked < begins:
        raise InvalidInput.of("due_on", text("Hạn nộp phải từ ngày đầu kỳ trở đi"))
    return asked or due_date(period)
