"""SWIFT MT940. The library knows the fields; they are handed to it one by one, so that a broken one is only
itself broken and a long file needs no memory."""

import re
from collections.abc import Iterator
from datetime import date
from typing import TextIO

from mt940.models import Transactions
from mt940.tags import AccountIdentification, ClosingBalance, OpeningBalance, Statement, Tag

from core.errors import Text, text
from services.statements.amounts import amount_reader
from services.statements.letterhead import OTHER_ACCOUNT, digits
from services.statements.lines import BROKEN_OFF, BalanceBreak, BrokenLine, Found, Line, Unreadable
from services.statements.table import LONGEST_MEMO, LONGEST_REFERENCE, cleaned

_TAG = re.compile(r":(\d{2}[A-Z]?|NS):(.*)", re.DOTALL)
_SUBFIELD = re.compile(r"\?\d{2}")
_END = ("-}", "-")
_amount = amount_reader(",")
_nothing = Transactions()
Field = tuple[int, str, str]
"""The number of its first line, its tag, its text."""


def read_mt940(file: TextIO, account: str | None) -> Iterator[Found]:
    """The movements of one account: `account`, or the file's first."""
    return _Reader(account).read(_fields(file))


class _Reader:
    """What the fields before mean for those that follow."""

    def __init__(self, account: str | None) -> None:
        self._account = digits(account) if account else None
        self._refused: Text | None = None
        self._balance: int | None = None
        self._line: Line | None = None

    def read(self, fields: Iterator[Field]) -> Iterator[Found]:
        for number, tag, words in fields:
            if tag == "86" and self._line:
                memo = " ".join(_SUBFIELD.sub(" ", words).split())
                self._line = self._line._replace(memo=cleaned(memo, LONGEST_MEMO))
                continue
            yield from self._last_line()
            try:
                yield from self._take(number, tag, words)
            except Unreadable as problem:
                self._balance = None
                yield BrokenLine(number, problem.reason)
        if self._line:
            # No closing balance follows, as it must: the file is broken off, perhaps amid this movement's reference.
            yield BrokenLine(self._line.number, BROKEN_OFF)

    def _last_line(self) -> Iterator[Found]:
        if self._line:
            yield self._line
            if self._balance is not None:
                self._balance += self._line.amount
        self._line = None

    def _take(self, number: int, tag: str, words: str) -> Iterator[Found]:
        if tag == "25":
            self._begin_account(words)
        elif tag in ("60F", "60M"):
            self._open(words)
        elif tag == "61":
            if self._refused:
                raise Unreadable(self._refused)
            self._line = _line(number, words)
        elif tag in ("62F", "62M"):
            yield from self._close(number, words)

    def _begin_account(self, words: str) -> None:
        found = digits(_parsed(AccountIdentification(), words)["account_identification"].split("/")[-1])
        self._account = self._account or found
        other = self._account not in (found, found.removesuffix("VND"))
        self._refused = OTHER_ACCOUNT if other else None

    def _open(self, words: str) -> None:
        balance = _parsed(OpeningBalance(), words)
        if balance["currency"] != "VND":
            self._refused = text("Không phải đồng Việt Nam: %(unit)s", unit=balance["currency"])
        self._balance = None if self._refused else _signed(balance["amount"], balance["status"])

    def _close(self, number: int, words: str) -> Iterator[Found]:
        closing = _parsed(ClosingBalance(), words)
        found = _signed(closing["amount"], closing["status"])
        if self._balance is not None and self._balance != found:
            yield BalanceBreak(number, self._balance, found)
        self._balance = None


def _line(number: int, words: str) -> Line:
    entry = _parsed(Statement(), words)
    reference = entry["bank_reference"] or entry["customer_reference"]
    try:
        day = date(2000 + int(entry["year"]), int(entry["month"]), int(entry["day"]))
    except ValueError:
        raise Unreadable(text("Không có ngày này: %(cell)s", cell=words[:6])) from None
    if "," not in entry["amount"]:
        raise Unreadable(text("Số tiền MT940 thiếu dấu phẩy: %(cell)s", cell=words[:40]))
    amount = _signed(entry["amount"], entry["status"])
    if not amount:
        raise Unreadable(text("Dòng này không có số tiền"))
    name = "" if reference.strip() == "NONREF" else cleaned(reference, LONGEST_REFERENCE)
    return Line(
        number, name, amount, _booked(day, entry), None, cleaned(entry["extra_details"], LONGEST_MEMO)
    )


def _booked(value_day: date, entry: dict[str, str]) -> date:
    """The entry date has no year: it is the one next to the value date."""
    month, day = entry["entry_month"], entry["entry_day"]
    if not (month.strip() and day.strip()):
        return value_day
    try:
        years = (value_day.year - 1, value_day.year, value_day.year + 1)
        return min((date(year, int(month), int(day)) for year in years), key=lambda d: abs(d - value_day))
    except ValueError:
        return value_day


def _signed(amount: str, status: str) -> int:
    """A credit and a debit taken back add, the others take away."""
    value = _amount(amount.removesuffix(","))
    return value if status in ("C", "RD") else -value


def _parsed(tag: Tag, words: str) -> dict[str, str]:
    """The parts of a field, empty where they are not there. Raises Unreadable."""
    try:
        return {name: part or "" for name, part in tag.parse(_nothing, words.strip()).items()}
    except (RuntimeError, ValueError):
        raise Unreadable(text("Không đọc được trường MT940: %(cell)s", cell=words[:40])) from None


def _fields(file: TextIO) -> Iterator[Field]:
    """Fields may run over several lines; what stands outside of any is an envelope."""
    number, tag, lines = 0, "", list[str]()
    for at, raw in enumerate(file, 1):
        line = raw.rstrip()
        begun = _TAG.match(line)
        if begun or line in _END or line.startswith("{"):
            if tag:
                yield number, tag, "\n".join(lines)
            number, tag, lines = (at, begun[1], [begun[2]]) if begun else (at, "", [])
        elif tag and len(lines) < 50:
            lines.append(line)
    if tag:
        yield number, tag, "\n".join(lines)
