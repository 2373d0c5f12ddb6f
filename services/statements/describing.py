"""What a person says about a table's columns, tried on its first rows: what cannot be is told beside its field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InvalidInput, Text, text
from models import PLACES, DateFormat
from services.statements.amounts import Mark, amount_reader
from services.statements.dates import when_reader
from services.statements.described import Described, fingerprint, header_names
from services.statements.heads import Head, HeadRow, header_rows
from services.statements.layouts import Header, plain_name
from services.statements.lines import BrokenLine, Line, Unreadable
from services.statements.table import is_decoration, lines_below

SHOWN_LINES = 5
ONE_IN = 5
"""More than one row in so many that cannot be read means that the description is wrong, not the row."""
AMOUNTS = ("amount_at", "credit_at", "debit_at", "balance_at")

CALLED = {
    "date_at": ("ngay", "date"),
    "credit_at": ("ghi co", "phat sinh co", "tien vao", "credit", "thu"),
    "debit_at": ("ghi no", "phat sinh no", "tien ra", "debit", "chi"),
    "balance_at": ("so du", "balance"),
    "amount_at": ("so tien", "amount"),
    "memo_at": ("noi dung", "dien giai", "mo ta", "ghi chu", "description", "details", "remark", "narrative"),
    "reference_at": ("tham chieu", "but toan", "so ct", "chung tu", "ma gd", "ma giao dich", "reference"),
    "payer_account_at": ("tai khoan doi ung", "so tk", "counter account"),
    "payer_name_at": ("ten doi ung", "nguoi chuyen", "nguoi gui", "ten nguoi", "payer", "counterparty"),
}
"""Words by which banks call a column, the surer ones first."""


@dataclass(frozen=True)
class Description:
    """`header_row` is the header's number in the file; the others are the columns of `StatementMapping`."""

    header_row: int
    places: Mapping[str, int | None]
    date_format: DateFormat
    decimal: Mark

    def described(self, name: str, row: HeadRow) -> Described:
        places = {field.removesuffix("_at"): at for field, at in self.places.items() if at is not None}
        return Described(name, fingerprint(row.cells), places, self.date_format, self.decimal)


def try_description(head: Head, wish: Description) -> list[Line | BrokenLine]:
    """The first lines as they would be read. Raises InvalidInput beside the field that cannot be."""
    row = find_header_row(head, wish.header_row)
    check_places(wish.places, len(header_names(row.cells)))
    header = wish.described("-", row).header_of(row.cells)
    assert header is not None
    below = [found for found in head if found.number > row.number]
    rows = [found for found in below if not is_decoration(found.cells, header)]
    if not rows:
        raise InvalidInput.of("header_row", text("Dưới dòng này không có giao dịch nào"))
    _check_cells(rows, wish)
    return list(_first_lines(below, header))


def _first_lines(rows: Head, header: Header) -> Iterator[Line | BrokenLine]:
    lines = lines_below(((row.number, row.cells) for row in rows), header, None)
    for _, line in zip(range(SHOWN_LINES), lines, strict=False):
        if isinstance(line, Line | BrokenLine):
            yield line


def find_header_row(head: Head, number: int) -> HeadRow:
    found = next((row for row in header_rows(head) if row.number == number), None)
    if found is None:
        raise InvalidInput.of("header_row", text("Dòng này không phải dòng tiêu đề"))
    return found


def check_places(places: Mapping[str, int | None], width: int) -> None:
    """Each a column of the header, none of them twice, one kind of amount. Raises InvalidInput."""
    errors: dict[str, list[Text]] = {}
    taken: set[int] = set()
    for field in PLACES:
        place = places.get(field)
        if place is None:
            continue
        if not 0 <= place < width:
            errors[field] = [text("Dòng tiêu đề không có cột này")]
        elif place in taken:
            errors[field] = [text("Cột này đã chọn cho một ô khác")]
        taken.add(place)
    for field in ("date_at", "memo_at"):
        if places.get(field) is None:
            errors[field] = [text("Cần chọn cột")]
    errors = _amount_errors(places) | errors
    if errors:
        raise InvalidInput(errors)


def _amount_errors(places: Mapping[str, int | None]) -> dict[str, list[Text]]:
    amount, credit, debit = (
        places.get(field) is not None for field in ("amount_at", "credit_at", "debit_at")
    )
    if amount and (credit or debit):
        return {"amount_at": [text("Chọn một cột có dấu, hoặc cột tiền vào và tiền ra; không chọn cả hai")]}
    if not (amount or credit or debit):
        return {"amount_at": [text("Cần một cột số tiền, hoặc cột tiền vào")]}
    if debit and not credit:
        return {"credit_at": [text("Cần chọn cả cột tiền vào")]}
    return {}


def _check_cells(rows: Head, wish: Description) -> None:
    errors: dict[str, list[Text]] = {}
    read_amount = amount_reader(wish.decimal)
    readers: dict[str, Callable[[object], object]] = {"date_at": when_reader(wish.date_format)}
    readers |= dict.fromkeys(AMOUNTS, read_amount)
    for field, read in readers.items():
        place = wish.places.get(field)
        if place is not None and (problem := _problem_of(rows, place, read)):
            errors[field] = [problem]
    for field in ("amount_at", "credit_at"):
        place = wish.places.get(field)
        if place is not None and field not in errors and not _any(rows, place, read_amount):
            errors[field] = [text("Cột này không có số tiền nào")]
    memo = wish.places["memo_at"]
    if not any(_cell(row, memo) for row in rows):
        errors["memo_at"] = [text("Cột này trống")]
    if errors:
        raise InvalidInput(errors)


def _problem_of(rows: Head, place: int, read: Callable[[object], object]) -> Text | None:
    """Why the column cannot be what it was said to be, by its first cell that is not."""
    bad = []
    for row in rows:
        try:
            read(_cell(row, place))
        except Unreadable as problem:
            bad.append((row.number, problem.reason))
    if len(bad) * ONE_IN <= len(rows):
        return None
    number, reason = bad[0]
    return text("Dòng %(number)s: %(reason)s", number=number, reason=reason)


def _any(rows: Head, place: int, read: Callable[[object], int]) -> bool:
    for row in rows:
        try:
            if read(_cell(row, place)):
                return True
        except Unreadable:
            continue
    return False


def _cell(row: HeadRow, place: int | None) -> object:
    return row.cells[place] if place is not None and place < len(row.cells) else None


def guess(head: Head, header_row: int | None = None) -> dict[str, object]:
    """What a person would most likely say, for the fields to begin with."""
    rows = header_rows(head)
    likely = max(rows, key=lambda row: (len(_guessed(header_names(row.cells))), -row.number))
    row = next((row for row in rows if row.number == header_row), likely)
    places = _guessed(header_names(row.cells))
    below = [found for found in head if found.number > row.number]
    return {
        "header_row": row.number,
        **places,
        "date_format": _best(
            below, places.get("date_at"), {order: when_reader(order) for order in DateFormat}
        ),
        "decimal": _best(
            below,
            places.get("amount_at", places.get("credit_at")),
            {mark: amount_reader(mark) for mark in (",", ".")},
        ),
    }


def _guessed(names: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    plain = [plain_name(name) for name in names]
    for field, words in CALLED.items():
        if field == "amount_at" and "credit_at" in places:
            continue
        free = [place for place in range(len(plain)) if place not in places.values()]
        found = (place for word in words for place in free if word in plain[place])
        if (place := next(found, None)) is not None:
            places[field] = place
    return places


def _best(rows: Head, place: int | None, readers: Mapping[str, Callable[[object], object]]) -> str:
    """The reader that reads most of the column; the first of those that read as much."""

    def readable(key: str) -> int:
        return sum(_reads(readers[key], _cell(row, place)) for row in rows)

    return max(readers, key=readable)


def _reads(read: Callable[[object], object], cell: object) -> bool:
    try:
        read(cell)
    except Unreadable:
        return False
    return cell not in (None, "")
