"""Cash that a stallholder notes, so that the stall's books know more than the transfers.

A note made offline is sent with an id of its own and stored once. It is never changed or deleted: a mistake
is taken back by a counter-note, on the day of the mistake, so that the sum of that day is right.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import InvalidInput, NotFound, text
from core.ids import new_id
from models import AccountKind, CashNote, Stall
from services import audit
from services.access import Actor, require, visible_cash_notes
from services.journal import Account, Booking, book
from services.open_stalls import require_open
from services.queries.markets import get_stall_with_money
from services.storing import find_stored, store

CLOCKS_DIFFER = timedelta(minutes=10)
LONGEST_OFFLINE = timedelta(days=366)


def note_cash(
    session: Session,
    actor: Actor,
    stall_id: UUID,
    amount: int,
    note: str | None = None,
    occurred_at: datetime | None = None,
    id: UUID | None = None,
) -> tuple[CashNote, bool]:
    """Cash that came in at the own stall; False where `id` is stored already.

    Raises InvalidInput (field `occurred_at`) for a time to come or long gone, StallNotOpen where the stall is closed,
    unless it came in and was noted offline before; NotFound, Forbidden.
    """
    stall = _own_stall(session, actor, stall_id)
    if stored := find_stored(session, CashNote, id):
        if (stored.stall_id, stored.seller_id) != (stall.id, stall.seller_id) or stored.voids_id:
            raise NotFound()
        return stored, False
    moment = occurred_at or now()
    if not now() - LONGEST_OFFLINE <= moment <= now() + CLOCKS_DIFFER:
        raise InvalidInput.of("occurred_at", text("Thời điểm phải trong một năm trở lại đây"))
    require_open(stall, business_day(occurred_at) if occurred_at else None)
    noted = CashNote(
        id=id or new_id(),
        market_id=stall.market_id,
        stall_id=stall.id,
        seller_id=stall.seller_id,
        amount=amount,
        note=note,
        occurred_at=moment,
        business_day=business_day(moment),
        noted_by=actor.user_id,
    )
    store(session, noted)
    book(session, [_booking(noted)])
    return noted, True


def void_cash_note(session: Session, actor: Actor, note_id: UUID) -> CashNote:
    """Take a note back by its counter-note; one that was taken back already stays as it is.

    Raises NotFound, Forbidden.
    """
    noted = session.scalar(
        select(CashNote)
        .where(CashNote.id == note_id, CashNote.voids_id.is_(None), visible_cash_notes(actor))
        .with_for_update()
    )
    if noted is None:
        raise NotFound()
    _own_stall(session, actor, noted.stall_id)
    if session.scalar(select(CashNote.id).where(CashNote.voids_id == noted.id)) is None:
        counter = _counter_of(noted, actor)
        store(session, counter)
        book(session, [_booking(counter)])
        audit.note(session, actor, "cash_note.voided", noted.id, amount=noted.amount)
        session.expire(noted, ["counter"])
    return noted


def _own_stall(session: Session, actor: Actor, stall_id: UUID) -> Stall:
    """A manager sees a stall's cash, but only its holder says what came in."""
    stall = get_stall_with_money(session, actor, stall_id)
    require(actor.is_administrator or stall.id in actor.stalls)
    return stall


def _counter_of(noted: CashNote, actor: Actor) -> CashNote:
    return CashNote(
        id=new_id(),
        market_id=noted.market_id,
        stall_id=noted.stall_id,
        seller_id=noted.seller_id,
        amount=noted.amount,
        occurred_at=noted.occurred_at,
        business_day=noted.business_day,
        noted_by=actor.user_id,
        voids_id=noted.id,
    )


def _booking(noted: CashNote) -> Booking:
    """Into the seller's cash out of what is the seller's; a counter-note the other way round."""
    cash = Account(noted.market_id, AccountKind.CASH, noted.seller_id)
    seller = Account(noted.market_id, AccountKind.SELLER, noted.seller_id)
    return Booking(
        key=f"cash-note:{noted.id}",
        debit=seller if noted.voids_id else cash,
        credit=cash if noted.voids_id else seller,
        amount=noted.amount,
        business_day=noted.business_day,
        stall_id=noted.stall_id,
    )
