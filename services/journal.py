"""The double-entry journal: every đồng that came through a channel is in exactly one other account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.ids import new_id
from models import AccountKind, JournalAccount, JournalEntry
from models.bulk import insert_rows


class Account(NamedTuple):
    """An account by what it is for; `owner_id` is its channel or seller, None for suspense."""

    market_id: UUID
    kind: AccountKind
    owner_id: UUID | None = None


@dataclass(frozen=True)
class Booking:
    """`amount` đồng out of `credit` into `debit`; `key` says what is booked, once for ever."""

    key: str
    debit: Account
    credit: Account
    amount: int
    business_day: date
    payment_id: UUID | None = None
    stall_id: UUID | None = None


def book(session: Session, bookings: Sequence[Booking]) -> None:
    """Write `bookings` in two statements; one whose key is in the journal already changes nothing."""
    if not bookings:
        return
    accounts = _accounts(session, {a for booking in bookings for a in (booking.debit, booking.credit)})
    rows = [
        {
            "id": new_id(),
            "key": booking.key,
            "market_id": booking.debit.market_id,
            "stall_id": booking.stall_id,
            "payment_id": booking.payment_id,
            "debit_account_id": accounts[booking.debit],
            "credit_account_id": accounts[booking.credit],
            "amount": booking.amount,
            "business_day": booking.business_day,
        }
        for booking in bookings
    ]
    session.execute(insert_rows(JournalEntry, rows).on_conflict_do_nothing(index_elements=["key"]))


def book_back(session: Session, key: str, day: date) -> None:
    """Write the counter-entry of what was booked under `key`; never booked, or written already, it changes nothing."""
    entry = session.scalar(select(JournalEntry).where(JournalEntry.key == key))
    if entry is None:
        return
    row = {
        "id": new_id(),
        "key": f"{key}:undone",
        "market_id": entry.market_id,
        "stall_id": entry.stall_id,
        "payment_id": entry.payment_id,
        "debit_account_id": entry.credit_account_id,
        "credit_account_id": entry.debit_account_id,
        "amount": entry.amount,
        "business_day": day,
    }
    session.execute(upsert(JournalEntry).values(row).on_conflict_do_nothing(index_elements=["key"]))


def _accounts(session: Session, wanted: set[Account]) -> dict[Account, UUID]:
    """The ids of `wanted`, opening those that are new."""
    found = _find(session, wanted)
    missing = sorted(wanted - found.keys(), key=str)
    if missing:
        rows = [{"id": new_id(), **account._asdict()} for account in missing]
        session.execute(upsert(JournalAccount).on_conflict_do_nothing(), rows)
        found |= _find(session, missing)
    return found


def _find(session: Session, wanted: Iterable[Account]) -> dict[Account, UUID]:
    columns = (JournalAccount.market_id, JournalAccount.kind, JournalAccount.owner_id)
    owned = [account for account in wanted if account.owner_id]
    markets = {account.market_id for account in wanted if account.owner_id is None}
    query = select(*columns, JournalAccount.id).where(
        tuple_(*columns).in_(owned)
        | (JournalAccount.owner_id.is_(None) & JournalAccount.market_id.in_(markets))
    )
    return {Account(*row[:3]): row[3] for row in session.execute(query)}
