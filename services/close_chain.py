"""The chain of signed days: every act upon any market's day is hashed together with the act before it.

A person acts a few times a day, so acts are chained one by one, in the transaction that stores them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.hash_chain import BEGINNING, link
from models import DayClose, Market

AT_ONCE = 500


@dataclass(frozen=True)
class CloseDamage:
    """Act `number`, upon `day` of the market of that code, does not hold: `problem` says why."""

    number: int
    market_code: str
    day: date
    version: int
    problem: str


@dataclass(frozen=True)
class CloseChain:
    """What `verify_closes` found. The newest act's hash (hex) is worth keeping elsewhere, as that of the seals is."""

    acts: int
    head: str
    damages: Sequence[CloseDamage]


def chain(session: Session, act: DayClose) -> None:
    """Give an act that is about to be stored its place in the chain; who has another waits for the commit."""
    session.execute(sql("LOCK TABLE day_closes IN EXCLUSIVE MODE"))
    newest = session.scalars(select(DayClose).order_by(DayClose.number.desc()).limit(1)).first()
    act.number = newest.number + 1 if newest else 1
    act.created_at = session.execute(select(func.now())).scalar_one()
    act.hash = _hash(newest.hash if newest else BEGINNING, act)


def verify_closes(session: Session) -> CloseChain:
    """Walk the whole chain, in a stream. Every act is judged by the hash that stands before it, so that one damage
    does not hide the next."""
    query = select(DayClose, Market.code).outerjoin(Market, Market.id == DayClose.market_id)
    damages: list[CloseDamage] = []
    number, previous = 0, BEGINNING
    acts = session.execute(query.order_by(DayClose.number), execution_options={"yield_per": AT_ONCE})
    for act, code in acts:
        found = _problem(act, number, previous)
        damages += [CloseDamage(act.number, code, act.day, act.version, found)] if found else []
        number, previous = act.number, act.hash
    return CloseChain(number, previous.hex(), damages)


def _problem(act: DayClose, number: int, previous: bytes) -> str | None:
    if act.number != number + 1:
        return f"acts {number + 1} to {act.number - 1}, before it, are missing"
    return None if _hash(previous, act) == act.hash else "it, or the hash before it, was changed"


def _hash(previous: bytes, act: DayClose) -> bytes:
    fields = (
        act.number,
        act.id,
        act.market_id,
        act.day,
        act.version,
        act.act,
        act.figures,
        act.note,
        act.by_user_id,
        act.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    )
    return link(previous, [fields])[1]
