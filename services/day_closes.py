"""The day's close: a manager signs a business day's figures off, or opens it again for a reason.

The figures of the moment are kept with the signature. What comes for the day afterwards changes nothing of that: it
shows as a difference, in all and by stall, until the day is opened again and signed anew.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, text
from core.ids import new_id
from models import CloseAct, DayClose
from services.access import Actor
from services.close_chain import chain
from services.queries.day_closes import DayFigures, DayState, get_day
from services.storing import store


def sign_day(session: Session, actor: Actor, market_id: UUID, day: date, note: str | None = None) -> DayState:
    """Sign `day` off with its figures as they are now. Signing twice what has not changed is once.

    Raises InvalidInput for a day to come, or where something is left open without a note; Conflict where it stands
    signed with other figures: it must be opened again first.
    """
    state = get_day(session, actor, market_id, day)
    if day > business_day(now()):
        raise InvalidInput.of("day", text("Chưa đến ngày này"))
    if state.signed is not None:
        if not (state.difference or state.changed_stalls):
            return state
        raise Conflict(text("Ngày này đã chốt mà số liệu nay đã khác. Hãy mở lại rồi chốt lần nữa."))
    if state.figures.open_count and not note:
        raise InvalidInput.of("note", text("Còn khoản chưa khớp: hãy ghi vì sao vẫn chốt"))
    return _act(session, actor, market_id, state, CloseAct.SIGNED, note, state.figures)


def reopen_day(session: Session, actor: Actor, market_id: UUID, day: date, reason: str) -> DayState:
    """Open a signed day again; its earlier signature stays. Raises Conflict where it is not signed."""
    state = get_day(session, actor, market_id, day)
    if state.signed is None:
        raise Conflict(text("Ngày này chưa chốt"))
    return _act(session, actor, market_id, state, CloseAct.REOPENED, reason)


def _act(
    session: Session,
    actor: Actor,
    market_id: UUID,
    state: DayState,
    act: CloseAct,
    note: str | None,
    figures: DayFigures | None = None,
) -> DayState:
    """Of two people who act at once, the table lets one; the other hears of a Conflict."""
    row = DayClose(
        id=new_id(),
        market_id=market_id,
        day=state.day,
        version=state.version + 1,
        act=act,
        figures=figures.as_signed() if figures else None,
        note=note,
        by_user_id=actor.user_id,
    )
    chain(session, row)
    store(session, row)
    return get_day(session, actor, market_id, state.day)
