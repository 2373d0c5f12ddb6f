"""Reading a citizen card's QR, and finding today's commune for the address on it.

Cards print an address as `hamlet, commune, district, province` (issued before July 2025) or, since the districts
are gone, as `hamlet, commune, province`; mostly without the words Xã, Huyện, Tỉnh.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.national_id import CitizenCard, parse_card
from services.queries.places import HowFound, UnitFound, find_units, fold_unit_name

MOST_NAMESAKES = 300
"""More communes than any name was ever given to."""


@dataclass(frozen=True)
class CardRead:
    """`commune_candidates` are today's communes that the address may mean, the likeliest first."""

    card: CitizenCard
    commune_candidates: list[UnitFound]


def read_card(session: Session, words: str) -> CardRead:
    """What the text of a card's QR says. Raises InvalidInput (field `text`) for what is no such text."""
    card = parse_card(words, business_day(now()))
    return CardRead(card, _communes(session, card.address))


def _communes(session: Session, address: str) -> list[UnitFound]:
    parts = [fold_unit_name(part) for part in address.split(",") if part.strip()]
    found = [unit for place in range(len(parts) - 1) for unit in _named(session, parts, place)]
    former = [unit for unit in found if unit.how is not HowFound.CURRENT]
    unique = {unit.code: unit for unit in reversed([*former, *found])}
    return list(reversed(unique.values()))


def _named(session: Session, parts: list[str], place: int) -> Iterator[UnitFound]:
    """Communes whose name is the part at `place`, whose district and province are the parts after it."""
    for unit in find_units(session, parts[place], limit=MOST_NAMESAKES):
        if unit.how is HowFound.CURRENT:
            line = [fold_unit_name(unit.name), fold_unit_name(unit.province)]
        else:
            line = [fold_unit_name(name) for name in unit.matched.split(",")]
        if parts[place:] == line:
            yield unit
