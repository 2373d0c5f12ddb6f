"""What stands in and above a table's header row: whose account it is, in which money. A statement of another account,
or in another money, is refused as a whole, however well its rows could be read."""

import re
from collections.abc import Iterable, Iterator

from babel.numbers import list_currencies

from core.crypto import mask
from core.errors import InvalidInput, Text, text
from core.text import fold
from services.statements.layouts import Header
from services.statements.lines import Row

ACCOUNT = ("so tai khoan", "so tk", "tai khoan", "account number", "account no", "account")
CURRENCY = ("loai tien te", "loai tien", "dong tien", "tien te", "currency", "ccy")
MONEY_COLUMNS = ("amount", "credit", "debit", "balance")
DONG = {"", "VND", "VNĐ", "Đ", "₫", "704"}
OTHER_ACCOUNT = text("Dòng này của tài khoản khác")
_NUMBER = re.compile(r"\d[\d .-]{4,}\d", re.ASCII)
_UNIT = re.compile(r"\b[A-Z]{3}\b", re.ASCII)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")


def check_letterhead(above: Iterable[Row], row: Row, header: Header, account: str | None) -> None:
    """Raises InvalidInput for `file`. `account` is the number whose statement it ought to be, where it is known; only a
    number that is told whole, behind its label, is held against it."""
    rows = [_words(cells) for cells in above]
    for number in _told(rows, ACCOUNT):
        if account and _is_another(number, account):
            shown = mask(digits(number))
            raise InvalidInput.of("file", text("Sao kê này của tài khoản khác: %(number)s", number=shown))
    columns = [row[header.places[name]] for name in MONEY_COLUMNS if name in header.places]
    in_columns = (part for cell in columns for part in _IN_BRACKETS.findall(str(cell)))
    for unit in (*_told(rows, CURRENCY), *in_columns):
        if problem := _foreign(unit):
            raise InvalidInput.of("file", problem)


class Section:
    """Whose the rows are, and in which money, as a line above them says: until another line says otherwise."""

    def __init__(self, account: str | None) -> None:
        self._account = account
        self._refusals: dict[tuple[str, ...], Text | None] = {}

    @property
    def refusal(self) -> Text | None:
        """Why the rows here are not to be taken; None where they are ours."""
        return next(filter(None, self._refusals.values()), None)

    def heed(self, row: Row) -> bool:
        """Whether the row is such a line."""
        rows, said = [_words(row)], dict[tuple[str, ...], Text | None]()
        for number in _told(rows, ACCOUNT):
            if self._account and _NUMBER.fullmatch(number):
                said[ACCOUNT] = OTHER_ACCOUNT if _is_another(number, self._account) else None
        for unit in _told(rows, CURRENCY):
            if unit.upper() in DONG or _currency(unit):
                said[CURRENCY] = _foreign(unit)
        self._refusals |= said
        return bool(said)


def money_problem(unit: str) -> Text | None:
    """Why amounts in `unit` are none of ours; None where it is the đồng."""
    return None if unit.upper() in DONG else text("Không phải đồng Việt Nam: %(unit)s", unit=unit)


def digits(cell: object) -> str:
    """An account number without its spaces, dots and leading zeros."""
    return re.sub(r"[^0-9A-Za-z]", "", str(cell or "")).lstrip("0").upper()


def _is_another(number: str, account: str) -> bool:
    return _NUMBER.fullmatch(number) is not None and digits(number) != digits(account)


def _foreign(words: str) -> Text | None:
    """Why amounts are none of ours in what `words` name."""
    named = _currency(words)
    return money_problem(named) if named else None


def _currency(words: str) -> str | None:
    named = _UNIT.search(words.upper())
    return named[0] if named and named[0] in list_currencies() else None


def _told(rows: Iterable[list[str]], labels: tuple[str, ...]) -> Iterator[str]:
    """What stands behind a label: in its own cell after a colon, or in the next cell that is not empty."""
    for cells in rows:
        for place, cell in enumerate(cells):
            label, _, told = cell.partition(":")
            if fold(label) in labels and (value := told.strip() or next(iter(cells[place + 1 :]), "")):
                yield value


def _words(row: Row) -> list[str]:
    return [words for cell in row if (words := str("" if cell is None else cell).strip())]
