"""Closing a stall whose seller leaves the market, so that its number can be given to the next; and taking that back.

The stall stays with all that ever happened at it. What is under way goes on: open requests can be paid until they
end, money that comes by the old QR is taken in, fees that are owed stay owed. Only what is for later is called off.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, text
from core.periods import month_of
from models import FeeInvoice, PaymentRequest, Stall
from models.fees import OWED
from models.payment_states import OPEN
from services import audit
from services.access import Actor
from services.events import StallClosed, StallReopened, record
from services.fees import cancel_invoice
from services.open_stalls import read_in_turn
from services.queries.fees import count_owed_by_stall
from services.queries.markets import get_managed_stall
from services.storing import store
from services.turns import take_markets_turn

CLOSED = text("Quầy đã đóng")
"""Why a fee for later is not asked for any more."""


@dataclass(frozen=True)
class UnderWay:
    """What of a stall goes on when it is closed today: requests that can still be paid, fees that are owed. `later`
    are fees of months to come, which are called off."""

    requests: int
    owed: int
    later: int


def what_is_under_way(session: Session, stall: Stall) -> UnderWay:
    """Of a stall that the person manages."""
    requests = select(func.count()).where(
        PaymentRequest.stall_id == stall.id,
        PaymentRequest.status.in_(OPEN),
        PaymentRequest.expires_at > now(),
    )
    later = len(session.scalars(_fees_after(stall.id, business_day(now()))).all())
    owed = count_owed_by_stall(session, stall) - later
    return UnderWay(session.execute(requests).scalar_one(), owed, later)


def close_stall(session: Session, actor: Actor, stall_id: UUID, closed_on: date | None = None) -> Stall:
    """Close it: `closed_on`, today where none is said, was its last business day. One that is closed already stays as
    it is.

    Raises InvalidInput (field `closed_on`) for a day before it was opened or to come, NotFound, Forbidden.
    """
    stall = get_managed_stall(session, actor, stall_id)
    take_markets_turn(session, stall.market_id)
    read_in_turn(session, stall)
    if stall.closed_on:
        return stall
    stall.closed_on = _last_day(stall, closed_on)
    store(session)
    for invoice_id in session.scalars(_fees_after(stall.id, stall.closed_on)).all():
        cancel_invoice(session, actor, invoice_id, CLOSED).called_off = True
    day = stall.closed_on.isoformat()
    record(session, StallClosed(stall.market_id, stall.id, day))
    audit.note(session, actor, "stall.closed", stall.id, closed_on=day)
    return stall


def reopen_stall(session: Session, actor: Actor, stall_id: UUID) -> Stall:
    """It was closed by mistake; one that is open stays as it is. Fees that were called off then are asked for when
    their month's are asked for again.

    Raises Conflict once its number is another stall's, NotFound, Forbidden.
    """
    stall = get_managed_stall(session, actor, stall_id)
    read_in_turn(session, stall)
    if stall.closed_on is None:
        return stall
    stall.closed_on = None
    try:
        store(session)
    except InvalidInput:
        raise Conflict(text("Số quầy này đã giao cho người khác, không mở lại được")) from None
    record(session, StallReopened(stall.market_id, stall.id))
    audit.note(session, actor, "stall.reopened", stall.id)
    return stall


def fees_called_off(session: Session, stall_id: UUID) -> bool:
    """Whether a month is left without its fee because the stall was closed."""
    asked = aliased(FeeInvoice)
    same = (asked.stall_id == FeeInvoice.stall_id) & (asked.period == FeeInvoice.period)
    query = select(FeeInvoice.id).where(
        FeeInvoice.stall_id == stall_id, FeeInvoice.called_off, ~exists().where(same, ~asked.called_off)
    )
    return session.scalar(query.limit(1)) is not None


def number_taken(session: Session, stall: Stall) -> Stall | None:
    """The open stall that has a closed one's number now."""
    query = select(Stall).where(
        Stall.market_id == stall.market_id, Stall.number == stall.number, Stall.closed_on.is_(None)
    )
    return session.scalar(query)


def _last_day(stall: Stall, asked: date | None) -> date:
    opened, today = business_day(stall.created_at), business_day(now())
    day = asked or today
    if not opened <= day <= today:
        raise InvalidInput.of(
            "closed_on", text("Từ ngày mở quầy (%(day)s) đến hôm nay", day=f"{opened:%d/%m/%Y}")
        )
    return day


def _fees_after(stall_id: UUID, day: date) -> Select[UUID]:
    """Fees of months that begin after `day`, for which nothing has come."""
    return select(FeeInvoice.id).where(
        FeeInvoice.stall_id == stall_id,
        FeeInvoice.period > month_of(day),
        FeeInvoice.status.in_(OWED),
        FeeInvoice.amount_paid == 0,
    )
