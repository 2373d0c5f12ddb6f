"""Stalls that have stood there for a while, and are closed."""

from datetime import date, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Stall
from services.stall_closing import close_stall
from tests.builders import anybody

TODAY = business_day(now())
YESTERDAY = TODAY - timedelta(days=1)


def stood_for(session: Session, *stalls: Stall, days: int = 100) -> None:
    """They were opened so many days ago."""
    ids = [stall.id for stall in stalls]
    session.execute(update(Stall).where(Stall.id.in_(ids)).values(created_at=now() - timedelta(days=days)))
    session.commit()
    for stall in stalls:
        session.refresh(stall)


def closed(session: Session, stall: Stall, day: date = TODAY) -> Stall:
    """It was opened long ago, and `day` was its last."""
    stood_for(session, stall)
    close_stall(session, anybody(session), stall.id, day)
    session.commit()
    return stall
