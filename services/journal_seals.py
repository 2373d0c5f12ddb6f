"""The journal's hash chain: seals over its entries, so that a past that was changed behind our back is seen.

Entries are written in floods by several workers, so they are not chained one by one: once a minute everything
that was committed since is sealed in one go. A seal's hash covers the hash before it, every field of its entries and,
from version 2 on, whose their accounts are. Older seals hold as they were made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from core.hash_chain import BEGINNING, link
from models import JournalAccount, JournalEntry, JournalSeal

VERSION = 2
"""Of new seals."""
MOST_ENTRIES = 100_000
"""In one seal: where it is broken, this is how closely the damage is known."""
AT_ONCE = 5_000
PATIENCE = "500ms"
SEALED = (
    JournalEntry.number,
    JournalEntry.id,
    JournalEntry.key,
    JournalEntry.market_id,
    JournalEntry.stall_id,
    JournalEntry.payment_id,
    JournalEntry.debit_account_id,
    JournalEntry.credit_account_id,
    JournalEntry.amount,
    JournalEntry.business_day,
    func.to_char(func.timezone("UTC", JournalEntry.created_at), "YYYY-MM-DD HH24:MI:SS.US"),
)


@dataclass(frozen=True)
class Damage:
    """Seal `number`, over the entries `first` to `last`, does not hold: `problem` says why."""

    number: int
    first: int
    last: int
    problem: str


@dataclass(frozen=True)
class Chain:
    """What `verify_journal` found: the newest seal's hash (hex) is worth keeping elsewhere, since nobody here can
    tell that seals were cut off the end. `unsealed` entries are too new to be sealed."""

    seals: int
    entries: int
    unsealed: int
    head: str
    damages: Sequence[Damage]


def settled_end(session: Session) -> int | None:
    """The number up to which no entry is still on its way; None where there is none yet.

    Numbers are given before the commit, so a lower one may appear after a higher. The lock waits for those who are
    writing, for a moment holds off new ones, and goes with the transaction: commit at once. Raises OperationalError
    where somebody writes for longer than PATIENCE; nobody is to be held up for a seal.
    """
    session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    session.execute(text("LOCK TABLE journal_entries IN SHARE MODE"))
    return session.scalar(select(func.max(JournalEntry.number)))


def seal_journal(session: Session, end: int) -> int:
    """Seal what was written up to entry number `end` (see `settled_end`); how many entries that were."""
    session.execute(text("LOCK TABLE journal_seals IN EXCLUSIVE MODE"))
    newest = session.scalars(select(JournalSeal).order_by(JournalSeal.number.desc()).limit(1)).first()
    number, previous, after = (newest.number, newest.hash, newest.last_entry) if newest else (0, BEGINNING, 0)
    total = 0
    while after < end:
        numbers = (
            select(JournalEntry.number)
            .where(_between(after + 1, end))
            .order_by(JournalEntry.number)
            .limit(MOST_ENTRIES)
            .subquery()
        )
        first, last = session.execute(select(func.min(numbers.c.number), func.max(numbers.c.number))).one()
        if first is None:
            break
        entries, digest = _hash(session, VERSION, previous, first, last)
        number += 1
        session.add(
            JournalSeal(
                number=number,
                version=VERSION,
                first_entry=first,
                last_entry=last,
                entries=entries,
                previous_hash=previous,
                hash=digest,
            )
        )
        session.flush()
        previous, after, total = digest, last, total + entries
    return total


def head(session: Session) -> str:
    """The newest seal's hash (hex)."""
    newest = select(JournalSeal.hash).order_by(JournalSeal.number.desc()).limit(1)
    return (session.scalar(newest) or BEGINNING).hex()


def was_head(session: Session, kept: str) -> bool:
    """Whether a hash (hex) that somebody kept is a seal's still: else that seal was changed, or cut off the end."""
    try:
        hashed = bytes.fromhex(kept)
    except ValueError:
        return False
    return hashed == BEGINNING or bool(session.scalar(select(exists().where(JournalSeal.hash == hashed))))


def verify_journal(session: Session) -> Chain:
    """Walk the whole chain, in a stream. Every seal is judged by what it says itself, so that one damage does not
    hide the next."""
    damages: list[Damage] = []
    number, entries, previous, after = 0, 0, BEGINNING, 0
    for seal in session.scalars(select(JournalSeal).order_by(JournalSeal.number)):
        found = _problem(session, seal, number, previous, after)
        damages += [Damage(seal.number, seal.first_entry, seal.last_entry, found)] if found else []
        number, entries, previous, after = seal.number, entries + seal.entries, seal.hash, seal.last_entry
    unsealed = session.scalar(select(func.count()).where(JournalEntry.number > after)) or 0
    return Chain(number, entries, unsealed, previous.hex(), damages)


def _problem(session: Session, seal: JournalSeal, number: int, previous: bytes, after: int) -> str | None:
    if seal.number != number + 1:
        return f"seals {number + 1} to {seal.number - 1} are missing"
    if seal.previous_hash != previous:
        return "the seal before it is another than it was"
    if stray := session.scalar(select(func.count()).where(_between(after + 1, seal.first_entry - 1))):
        return f"{stray} entries were put in before it"
    entries, digest = _hash(session, seal.version, previous, seal.first_entry, seal.last_entry)
    if entries != seal.entries:
        missing = seal.entries - entries
        return f"{missing} entries were taken out" if missing > 0 else f"{-missing} entries were put in"
    return None if digest == seal.hash else "an entry, one of its accounts, or the seal was changed"


def _hash(session: Session, version: int, previous: bytes, first: int, last: int) -> tuple[int, bytes]:
    query = _entries(version).where(_between(first, last)).order_by(JournalEntry.number)
    return link(previous, session.execute(query, execution_options={"yield_per": AT_ONCE}))


def _entries(version: int) -> Select[*tuple[Any, ...]]:
    """Every entry, also one that has lost an account, with the fields that a seal of this version covers."""
    if version == 1:
        return select(*SEALED)
    debit, credit = aliased(JournalAccount), aliased(JournalAccount)
    whose = (column for side in (debit, credit) for column in (side.kind, side.owner_id, side.market_id))
    return (
        select(*SEALED, *whose)
        .select_from(JournalEntry)
        .outerjoin(debit, debit.id == JournalEntry.debit_account_id)
        .outerjoin(credit, credit.id == JournalEntry.credit_account_id)
    )


def _between(first: int, last: int) -> ColumnElement[bool]:
    return JournalEntry.number.between(first, last)
