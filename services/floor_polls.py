"""When to ask a floor for orders, and how far it has been read."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import now
from models import FloorCursor
from models.bulk import among
from services.events import FloorPollDue, record_all

EVERY = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_DOUBLINGS = 5


def claim_due_floors(session: Session, marketplaces: Collection[str]) -> list[str]:
    """Record a `FloorPollDue` for those of `marketplaces` whose time has come. One is due again in a while even
    if its poll is lost."""
    if not marketplaces:
        return []
    rows = [{"marketplace": name, "next_poll_at": now(), "failures": 0} for name in sorted(marketplaces)]
    session.execute(upsert(FloorCursor).values(rows).on_conflict_do_nothing())
    due = (
        select(FloorCursor.marketplace)
        .where(among(FloorCursor.marketplace, list(marketplaces)), FloorCursor.next_poll_at <= func.now())
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(
        update(FloorCursor)
        .where(FloorCursor.marketplace.in_(due.scalar_subquery()))
        .values(next_poll_at=func.now() + EVERY * 3)
        .returning(FloorCursor.marketplace)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, [FloorPollDue(name) for name in claimed])
    return list(claimed)


def take_cursor(session: Session, marketplace: str) -> FloorCursor:
    """How far the floor has been read, kept from everybody else until the commit: one reader at a time stores
    what it tells."""
    first = {"marketplace": marketplace, "next_poll_at": now() + EVERY, "failures": 0}
    session.execute(upsert(FloorCursor).values(first).on_conflict_do_nothing())
    query = select(FloorCursor).where(FloorCursor.marketplace == marketplace).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def read_cursor(session: Session, marketplace: str) -> str | None:
    """Where to read on; None where nothing has been read."""
    return session.scalar(select(FloorCursor.cursor).where(FloorCursor.marketplace == marketplace))


def record_read(session: Session, marketplace: str) -> None:
    """There is no more now."""
    row = take_cursor(session, marketplace)
    row.next_poll_at, row.failures, row.problem = now() + EVERY, 0, None


def record_unread(session: Session, marketplace: str, problem: str, wait: float | None) -> None:
    """It did not answer: ask later, twice as long after each time; after `wait` seconds, where it said so."""
    row = take_cursor(session, marketplace)
    pause = min(EVERY * 2 ** min(row.failures, MOST_DOUBLINGS), LONGEST_PAUSE)
    row.next_poll_at = now() + max(pause, timedelta(seconds=wait or 0))
    row.failures += 1
    row.problem = problem
