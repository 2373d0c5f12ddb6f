"""When to ask a floor for orders, settlements or categories, and how far it has been read."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import now
from models import FloorCursor, PollSubject
from models.bulk import among
from services.events import CategoryPollDue, FloorPollDue, SettlementPollDue, record, record_all

EVERY = {
    PollSubject.ORDERS: timedelta(seconds=30),
    PollSubject.SETTLEMENTS: timedelta(minutes=10),
    PollSubject.CATEGORIES: timedelta(days=1),
}
"""Buyers wait for an answer; floors pay out once a day or more seldom, and change their categories now and then."""
DUE = {
    PollSubject.ORDERS: FloorPollDue,
    PollSubject.SETTLEMENTS: SettlementPollDue,
    PollSubject.CATEGORIES: CategoryPollDue,
}
LONGEST_PAUSE = {
    PollSubject.ORDERS: timedelta(minutes=10),
    PollSubject.SETTLEMENTS: timedelta(hours=3),
    PollSubject.CATEGORIES: timedelta(hours=1),
}
MOST_DOUBLINGS = 5


def claim_due_floors(session: Session, subject: PollSubject, marketplaces: Collection[str]) -> list[str]:
    """Record that those of `marketplaces` are to be asked for `subject` whose time has come. One is due again in a
    while even if its poll is lost."""
    if not marketplaces:
        return []
    first = {"subject": subject, "next_poll_at": now(), "failures": 0}
    rows = [first | {"marketplace": name} for name in sorted(marketplaces)]
    session.execute(upsert(FloorCursor).values(rows).on_conflict_do_nothing())
    due = (
        select(FloorCursor.marketplace)
        .where(
            FloorCursor.subject == subject,
            among(FloorCursor.marketplace, list(marketplaces)),
            FloorCursor.next_poll_at <= func.now(),
        )
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(
        update(FloorCursor)
        .where(FloorCursor.subject == subject, FloorCursor.marketplace.in_(due.scalar_subquery()))
        .values(next_poll_at=func.now() + min(EVERY[subject] * 3, LONGEST_PAUSE[subject]))
        .returning(FloorCursor.marketplace)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, [DUE[subject](name) for name in claimed])
    return list(claimed)


def ask_now(session: Session, subject: PollSubject, marketplace: str) -> None:
    """Somebody waits for it: have the floor read at once."""
    take_cursor(session, subject, marketplace).next_poll_at = now() + LONGEST_PAUSE[subject]
    record(session, DUE[subject](marketplace))


def ask_soon(session: Session, subject: PollSubject, marketplace: str) -> None:
    """What was read may be out of date: the clock has it read when it next looks, however often this is said."""
    due_later = (FloorCursor.next_poll_at > func.now(), FloorCursor.failures == 0)
    session.execute(
        update(FloorCursor)
        .where(FloorCursor.subject == subject, FloorCursor.marketplace == marketplace, *due_later)
        .values(next_poll_at=func.now()),
        execution_options={"synchronize_session": False},
    )


def take_cursor(session: Session, subject: PollSubject, marketplace: str) -> FloorCursor:
    """How far the floor has been read, kept from everybody else until the commit: one reader at a time stores
    what it tells."""
    first = {
        "marketplace": marketplace,
        "subject": subject,
        "next_poll_at": now() + EVERY[subject],
        "failures": 0,
    }
    session.execute(upsert(FloorCursor).values(first).on_conflict_do_nothing())
    query = _of(subject, marketplace).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def read_cursor(session: Session, subject: PollSubject, marketplace: str) -> str | None:
    """Where to read on; None where nothing has been read."""
    row = session.scalar(_of(subject, marketplace).execution_options(populate_existing=True))
    return row.cursor if row else None


def record_read(session: Session, subject: PollSubject, marketplace: str) -> None:
    """There is no more now."""
    row = take_cursor(session, subject, marketplace)
    row.next_poll_at, row.failures, row.problem = now() + EVERY[subject], 0, None


def record_unread(
    session: Session, subject: PollSubject, marketplace: str, problem: str, wait: float | None
) -> None:
    """It did not answer: ask later, twice as long after each time; after `wait` seconds, where it said so."""
    row = take_cursor(session, subject, marketplace)
    pause = min(EVERY[subject] * 2 ** min(row.failures, MOST_DOUBLINGS), LONGEST_PAUSE[subject])
    row.next_poll_at = now() + max(pause, timedelta(seconds=wait or 0))
    row.failures += 1
    row.problem = problem


def _of(subject: PollSubject, marketplace: str) -> Select[FloorCursor]:
    return select(FloorCursor).where(FloorCursor.subject == subject, FloorCursor.marketplace == marketplace)
