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
SOON = timedelta(seconds=3)
"""A floor that says again and again that there is news is asked no more often."""
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


def take_hint(session: Session, marketplace: str) -> bool:
    """A floor says that it has news of orders: it is to be asked at once, or soon where it was asked just now. However
    many hints come before somebody begins to read, they ask once; False where one had come already."""
    _store_first(session, PollSubject.ORDERS, marketplace)
    hinted = (
        update(FloorCursor)
        .where(
            FloorCursor.subject == PollSubject.ORDERS,
            FloorCursor.marketplace == marketplace,
            FloorCursor.hinted_at.is_(None),
        )
        .values(hinted_at=func.now())
        .returning(FloorCursor)
        .execution_options(populate_existing=True)
    )
    row = session.scalars(hinted).one_or_none()
    if row is None:
        return False
    if row.begun_at is not None and row.begun_at > now() - SOON:
        row.next_poll_at = min(row.next_poll_at, now() + SOON)
    else:
        row.next_poll_at = now() + EVERY[PollSubject.ORDERS] * 3
        record_all(session, [FloorPollDue(marketplace)])
    session.flush()
    return True


def record_begun(session: Session, subject: PollSubject, marketplace: str) -> None:
    """Somebody begins to read: what the floor hinted at until now is found by that."""
    session.execute(
        update(FloorCursor)
        .where(FloorCursor.subject == subject, FloorCursor.marketplace == marketplace)
        .values(begun_at=func.now(), hinted_at=None)
        .execution_options(synchronize_session=False)
    )


def take_cursor(session: Session, subject: PollSubject, marketplace: str) -> FloorCursor:
    """How far the floor has been read, kept from everybody else until the commit: one reader at a time stores
    what it tells."""
    _store_first(session, subject, marketplace)
    query = _of(subject, marketplace).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _store_first(session: Session, subject: PollSubject, marketplace: str) -> None:
    first = {
        "marketplace": marketplace,
        "subject": subject,
        "next_poll_at": now() + EVERY[subject],
        "failures": 0,
    }
    session.execute(upsert(FloorCursor).values(first).on_conflict_do_nothing())


def read_cursor(session: Session, subject: PollSubject, marketplace: str) -> str | None:
    """Where to read on; None where nothing has been read."""
    row = session.scalar(_of(subject, marketplace).execution_options(populate_existing=True))
    return row.cursor if row else None


def record_read(session: Session, subject: PollSubject, marketplace: str) -> None:
    """There is no more now, unless the floor has said meanwhile that there is."""
    row = take_cursor(session, subject, marketplace)
    pause = SOON if row.hinted_at else EVERY[subject]
    row.next_poll_at, row.failures, row.problem = now() + pause, 0, None


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
