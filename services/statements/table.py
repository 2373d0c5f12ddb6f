"""Lines out of the rows below a table's header, be it CSV or XLSX."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.crypto import mask
from core.errors import Text, text
from core.text import fold
from services.statements.amounts import amount_reader
from services.statements.balances import edge_balances
from services.statements.layouts import Header
from services.statements.letterhead import OTHER_ACCOUNT, Section, digits, money_problem
from services.statements.lines import (
    BROKEN_OFF,
    BrokenLine,
    EdgeBalance,
    Found,
    Line,
    NumberedRow,
    Row,
    Unended,
    Unreadable,
)

LONGEST_REFERENCE = 64
LONGEST_MEMO = 1_000
PAYER = ("payer_account", "payer_name")
NUMBER = re.compile(r"\d{6,}")
"""What may be an account's."""
_FOOTER = re.compile(r"(tong|cong|so du|total|sum|opening|closing|ending|beginning)\b")


def lines_below(
    rows: Iterable[NumberedRow], header: Header, account: str | None
) -> Iterator[Found | EdgeBalance]:
    """What stands below a header. Tables of several accounts may stand one below the other: only what is ours is
    taken."""
    read, amount = _row_reader(header, account), amount_reader(header.mapping.decimal)
    section = Section(account)
    for number, row in rows:
        if isinstance(row, Text):
            yield BrokenLine(number, row)
            continue
        try:
            line = read(number, row)
        except Unreadable as problem:
            if not _has_day(row, header) and section.heed(row):
                continue
            if is_decoration(row, header):
                yield from edge_balances(number, row, amount)
            else:
                yield BrokenLine(number, problem.reason)
        else:
            yield BrokenLine(number, section.refusal) if section.refusal else line


def _row_reader(header: Header, account: str | None) -> Callable[[int, Row], Line]:
    places, width = header.places, header.width
    date, memo = places["date"], places["memo"]
    reference, balance = places.get("reference"), places.get("balance")
    amount_of, read_when = _signed(header), header.read_when
    payer = [places[name] for name in PAYER if name in places]
    amount = amount_reader(header.mapping.decimal)
    watched = _watched(header, account)
    ends_in_money = width - 1 in {places.get(name) for name in ("amount", "credit", "debit")}

    def read(number: int, row: Row) -> Line:
        if len(row) != width or type(row) is Unended:
            row = _fitted(row, width, ends_in_money)
        day, moment = read_when(row[date])
        if watched:
            watched(row)
        name = _words(row[reference], LONGEST_REFERENCE) if reference is not None else ""
        return Line(
            number,
            name,
            amount_of(row),
            day,
            moment,
            _memo(row, memo, payer) if payer else _words(row[memo], LONGEST_MEMO),
            None if balance is None or row[balance] in (None, "") else amount(row[balance]),
        )

    return read


def _memo(row: Row, memo: int, payer: Sequence[int]) -> str:
    """The note, and behind it from whom the money came; of a number its end only."""
    words = [_words(row[place], LONGEST_MEMO) for place in (memo, *payer)]
    told = [words[0], *(NUMBER.sub(lambda found: mask(found[0]), word) for word in words[1:])]
    return " · ".join(word for word in told if word)[:LONGEST_MEMO]


def _signed(header: Header) -> Callable[[Row], int]:
    """The amount of a row, credits positive; exactly one of debit and credit must be there."""
    read = amount_reader(header.mapping.decimal)
    nothing = text("Dòng này không có số tiền")
    if "amount" in header.places:
        only = header.places["amount"]

        def signed(row: Row) -> int:
            if amount := read(row[only]):
                return amount
            raise Unreadable(nothing)

        return signed

    credit, debit = header.places["credit"], header.places.get("debit")

    def either(row: Row) -> int:
        came = read(row[credit])
        went = 0 if debit is None else abs(read(row[debit]))
        if came and went:
            raise Unreadable(text("Dòng này có cả ghi nợ và ghi có"))
        if came < 0:
            raise Unreadable(text("Số tiền ghi có bị âm"))
        if not (came or went):
            raise Unreadable(nothing)
        return came - went

    return either


def _watched(header: Header, account: str | None) -> Callable[[Row], None] | None:
    """Refuses rows in another currency or of another account."""
    currency, owner = header.places.get("currency"), header.places.get("account")
    if currency is None and owner is None:
        return None
    first = digits(account) if account else None

    def watch(row: Row) -> None:
        nonlocal first
        if currency is not None and (problem := money_problem(_words(row[currency], 40))):
            raise Unreadable(problem)
        found = digits(row[owner]) if owner is not None else ""
        first = first or found
        if found and found != first:
            raise Unreadable(OTHER_ACCOUNT)

    return watch


def _fitted(row: Row, width: int, ends_in_money: bool) -> Row:
    """Spreadsheets leave out empty cells at the end; anything beyond the header must be empty too. A file's last row
    without a line end may have been broken off: where its last cells are missing, or where the last one is an amount,
    the amount that is there may be a part of it."""
    if isinstance(row, Unended) and (len(row) < width or ends_in_money):
        raise Unreadable(BROKEN_OFF)
    if any(cell not in (None, "") for cell in row[width:]):
        raise Unreadable(text("Dòng này có nhiều ô hơn tiêu đề"))
    return [*row[:width], *[None] * (width - len(row))]


def _words(cell: object, longest: int) -> str:
    if type(cell) is str:
        if cell.isprintable() and len(cell) <= longest:
            return cell.strip()
        return cleaned(cell, longest)
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cleaned(str(cell), longest)


def cleaned(words: str, longest: int) -> str:
    """Without the characters that no text may hold; raises Unreadable where letters were destroyed."""
    if "\ufffd" in words or any("\ud800" <= letter <= "\udfff" for letter in words):
        raise Unreadable(text("Chữ trong dòng này bị hỏng bảng mã"))
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(plain.split())[:longest]


def is_decoration(row: Row, header: Header) -> bool:
    """Blank rows, totals, a page's repeated header, signatures. What has a day is never one of them."""
    if _has_day(row, header):
        return False
    cells = [fold(str(cell)) for cell in row if cell is not None]
    if any(_FOOTER.match(cell) for cell in cells) and not _cell(row, header, "reference"):
        return True
    if _cell(row, header, "date") == fold(header.mapping.date):
        return True
    return not any(_cell(row, header, column) for column in ("reference", "amount", "credit", "debit"))


def _has_day(row: Row, header: Header) -> bool:
    place = header.places["date"]
    try:
        header.read_when(row[place] if place < len(row) else None)
    except Unreadable:
        return False
    return True


def _cell(row: Row, header: Header, column: str) -> str:
    place = header.places.get(column)
    return fold(str(row[place] or "")) if place is not None and place < len(row) else ""
