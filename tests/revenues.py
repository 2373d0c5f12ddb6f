"""The clock's adding up of what sellers took."""

from sqlalchemy.orm import Session

from services import journal_seals, revenues
from services.queries.thresholds import years_watched


def keep_revenues(session: Session, most: int = revenues.ENTRIES_AT_ONCE) -> None:
    """Seal what is booked, and add it up, so many entries at a time."""
    end = journal_seals.settled_end(session)
    session.commit()
    journal_seals.seal_journal(session, end or 0)
    session.commit()
    while revenues.count_entries(session, most):
        session.commit()
    for year in years_watched():
        revenues.count_orders(session, year)
    session.commit()
    session.expire_all()
