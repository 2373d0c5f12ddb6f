"""A stall that was closed takes nothing new; what was begun there goes on, and what comes all the same is taken in."""

from datetime import date

from sqlalchemy.orm import Session

from core.errors import Conflict, Text, text
from models import Stall


class StallNotOpen(Conflict):
    """Its seller has left the market, or was given another number."""

    title = text("Quầy đã đóng")


def say_closed(stall: Stall) -> Text:
    return text(
        "Quầy %(number)s đã đóng ngày %(day)s", number=stall.number, day=f"{stall.closed_on:%d/%m/%Y}"
    )


def require_open(stall: Stall, on: date | None = None) -> None:
    """Open now, or `on` a business day that is over. Raises StallNotOpen."""
    if stall.closed_on and (on is None or on > stall.closed_on):
        raise StallNotOpen(say_closed(stall))


def take_open(session: Session, stall: Stall) -> None:
    """The turn at an open stall (`services.turns`): until the commit nobody closes it. Raises StallNotOpen."""
    read_in_turn(session, stall)
    require_open(stall)


def read_in_turn(session: Session, stall: Stall) -> None:
    """The turn at a stall, and whether it is closed as that is then."""
    session.refresh(stall, ["closed_on"], with_for_update={"key_share": True})
