"""Cash that was noted at a stall. Counter-notes stand beside what they take back, never by themselves."""

from datetime import date
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from models import CashNote
from services.access import Actor, visible_cash_notes
from services.queries.markets import get_stall_with_money
from services.queries.paging import DEFAULT_LIMIT, Order, Page, given, in_days, page_of

NET_AMOUNT = case((CashNote.voids_id.is_(None), CashNote.amount), else_=-CashNote.amount)
"""What a row adds to a sum: a counter-note takes away."""


def list_cash_notes(
    session: Session,
    actor: Actor,
    stall_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[CashNote]:
    """The stall's notes, the latest first, also those taken back. Raises NotFound, Forbidden."""
    stall = get_stall_with_money(session, actor, stall_id)
    query = (
        select(CashNote)
        .where(
            *given(CashNote.stall_id, stall.id),
            CashNote.voids_id.is_(None),
            visible_cash_notes(actor),
            *in_days(CashNote.occurred_at, since, until),
        )
        .options(joinedload(CashNote.counter))
    )
    return page_of(session, query, Order(CashNote.occurred_at, CashNote.id), limit, cursor)


def cash_of_day(session: Session, actor: Actor, stall_id: UUID, day: date) -> int:
    """What was noted at the stall on one day and not taken back, in đồng."""
    query = select(func.coalesce(func.sum(NET_AMOUNT), 0)).where(
        CashNote.stall_id == stall_id, CashNote.business_day == day, visible_cash_notes(actor)
    )
    return int(session.execute(query).scalar_one())
