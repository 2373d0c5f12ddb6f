"""What a statement says, whatever its layout."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from core.errors import InvalidInput, Text, text

Row = Sequence[object]
NumberedRow = tuple[int, Row | Text]
"""Its number in the file, and its cells; or why it has none that can be told apart."""

BROKEN_OFF = text("Tệp kết thúc giữa dòng này: nên tải lại sao kê đầy đủ")


class Unended(list[object]):
    """The cells of a row at whose end the file has no line end: the file may be broken off in it."""


class Line(NamedTuple):
    """One movement on the account. `amount` in đồng: credits positive, debits negative.

    `number` is where a person finds it in the file. `bank_day` is the day on which the bank booked it;
    `booked_at` the moment (UTC), where the bank tells it. `balance` is the account's after this line.
    `gathered`: one of several that the bank booked under one reference.
    """

    number: int
    bank_reference: str
    amount: int
    bank_day: date
    booked_at: datetime | None
    memo: str
    balance: int | None = None
    gathered: bool = False


class BrokenLine(NamedTuple):
    """A row that cannot be read as it stands; the rest is."""

    number: int
    reason: Text


class EdgeBalance(NamedTuple):
    """What the account held before all lines (`opening`) or after them, told beside the lines."""

    number: int
    opening: bool
    amount: int


class BalanceBreak(NamedTuple):
    """At this line the account's balance is not what the lines make it: something is missing or changed. `at_edge`: the
    file's own opening or closing balance is not."""

    number: int
    expected: int
    found: int
    at_edge: bool = False


Found = Line | BrokenLine | BalanceBreak


class UnknownLayout(InvalidInput):
    """A table, but no header in it that is known: a person can say what its columns are."""


class Unreadable(Exception):
    """A row that must be listed as broken, and why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason
