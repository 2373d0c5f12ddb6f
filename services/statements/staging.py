"""A batch of lines on its way into the database: what tells each from all others, and the table it is put on.

Everything after that is done to the whole batch at once, by `recognising` and `settling`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast
from uuid import UUID

from psycopg import Connection
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.ids import new_id
from core.reference_codes import find_references
from models import StatementLine
from models.statements import PLACEHOLDER
from services.statements.lines import Found, Line
from services.statements.scope import Place

_NO_REFERENCE = re.compile(PLACEHOLDER, re.IGNORECASE)

SAME_WITHIN_DAYS = 5
"""Tellings of one movement do not name days that lie further apart: then the bank has used a reference again."""

STAGED = """
CREATE TEMP TABLE staged (
    id uuid NOT NULL, number bigint NOT NULL, bank_reference text NOT NULL, amount bigint NOT NULL,
    memo text NOT NULL, bank_day date NOT NULL, booked_at timestamptz, identity bytea NOT NULL,
    codes text[] NOT NULL, balance bigint, gathered boolean NOT NULL DEFAULT false,
    account_id uuid NOT NULL, channel_id uuid NOT NULL, kept_in uuid NOT NULL, owner_id uuid,
    inbox_message_id uuid, virtual_account_id uuid,
    repeated boolean NOT NULL DEFAULT false, same_as_id uuid, looks_like_id uuid,
    known boolean GENERATED ALWAYS AS (repeated OR same_as_id IS NOT NULL OR looks_like_id IS NOT NULL) STORED
) ON COMMIT DROP
"""
COPY = """
COPY staged (id, number, bank_reference, amount, memo, bank_day, booked_at, identity, codes, balance, gathered,
             account_id, channel_id, kept_in, owner_id, inbox_message_id, virtual_account_id) FROM STDIN
"""
STORED = """
INSERT INTO staged (id, number, bank_reference, amount, memo, bank_day, booked_at, identity, codes, balance,
                    account_id, channel_id, kept_in, owner_id)
SELECT id, number, bank_reference, amount, memo, bank_day, booked_at, identity, CAST(:codes AS text[]), balance,
       account_id, :channel, :market, :seller
FROM statement_lines WHERE id = :line
"""
TYPES = [
    *["uuid", "int8", "text", "int8", "text", "date", "timestamptz", "bytea", "text[]", "int8", "bool"],
    *["uuid"] * 6,
]
APART = """
WITH placed AS (
    SELECT id, account_id, identity,
           first_value(bank_day) OVER (PARTITION BY account_id, identity ORDER BY number, id) AS first_day FROM staged
)
UPDATE staged s SET identity = sha256(s.identity || convert_to(CAST(s.bank_day AS text), 'UTF8'))
FROM placed p
LEFT JOIN statement_lines l ON l.account_id = p.account_id AND l.identity = p.identity AND NOT l.repeated
WHERE p.id = s.id AND abs(coalesce(l.bank_day, p.first_day) - s.bank_day) > :days
"""


class Identified(NamedTuple):
    """A line, and what tells it from every other one of its account."""

    line: Line
    identity: bytes


class Staged(NamedTuple):
    """A line, where it belongs, and the notice that told of it, if it was one: with the virtual account to which the
    money came, if that is a stall's, or the code of the request whose link has it."""

    place: Place
    line: Identified
    inbox_message_id: UUID | None = None
    virtual_account_id: UUID | None = None
    link_code: str | None = None


def is_reference(written: str) -> bool:
    return _NO_REFERENCE.fullmatch(written) is None


def identity_of(reference: str, amount: int) -> bytes | None:
    """What the bank's own reference makes of a movement, wherever it is told; None where it is no reference."""
    return _digest(f"{reference.upper()}|{amount}") if is_reference(reference) else None


def identity_of_notice(provider: str, key: str) -> bytes:
    """Of a movement without the bank's reference: what its provider knows it by."""
    return _digest(f"notice|{provider}|{key}")


def identified(found: Iterable[Found]) -> Iterator[Found | Identified]:
    """The same, its lines with their identities.

    The bank's reference and the amount are one transfer, wherever they are told again within some days (`APART` sees to
    that) in words that may be the same (`retold`). Lines without a reference that are alike in everything are told
    apart by how many of them came before: a period that overlaps with another holds the same ones.
    """
    alike: Counter[bytes] = Counter()
    for item in found:
        if type(item) is not Line:
            yield item
            continue
        if identity := identity_of(item.bank_reference, item.amount):
            yield Identified(item, identity)
            continue
        words = "".join(letter for letter in item.memo.upper() if letter.isalnum())
        plain = _digest(f"|{item.amount}|{item.bank_day}|{item.booked_at or ''}|{words}")
        alike[plain] += 1
        yield Identified(item, plain if alike[plain] == 1 else _digest(f"{plain.hex()}|{alike[plain]}"))


def _digest(words: str) -> bytes:
    return hashlib.sha256(words.encode("utf-8", "replace")).digest()


def stage(session: Session, lines: Sequence[Staged]) -> None:
    """Put `lines` on the table `staged` until the commit."""
    session.execute(sql(STAGED))
    driver = cast("Connection[object]", session.connection().connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(COPY + " (FORMAT BINARY)") as copy:
        copy.set_types(TYPES)
        for place, (line, identity), inbox_message_id, virtual_account_id, link_code in lines:
            codes = find_references(line.memo)
            copy.write_row(
                (
                    new_id(),
                    line.number,
                    line.bank_reference,
                    line.amount,
                    line.memo,
                    line.bank_day,
                    line.booked_at,
                    identity,
                    [*codes, link_code] if link_code and link_code not in codes else codes,
                    line.balance,
                    line.gathered,
                    *place,
                    inbox_message_id,
                    virtual_account_id,
                )
            )
    session.execute(sql("ANALYZE staged"))
    session.execute(sql(APART), {"days": SAME_WITHIN_DAYS})


def stage_again(session: Session, line: StatementLine, place: Place) -> None:
    """Put a stored line that made no payment on the table `staged`, as the line that it is."""
    session.execute(sql(STAGED))
    values = {"line": line.id, "codes": find_references(line.memo)}
    values |= {"channel": place.channel_id, "market": place.market_id, "seller": place.seller_id}
    session.execute(sql(STORED), values)
