"""What stands in and above a table's header row: whose account it is, in which money. A statement of another account,
or in another money, is refused as a whole, however well its rows could be read."""

import re
from collections.abc import Iterable, Iterator

from babel.numbers import list_currencies

from core.crypto import mask
from core.errors import InvalidInput, text
from core.text import fold
from services.statements.layouts import Header
from services.statements.table import DONG, Row, digits

ACCOUNT = ("so tai khoan", "so tk", "tai khoan", "account number", "account no", "account")
CURRENCY = ("loai tien te", "loai tien", "dong tien", "tien te", "currency", "ccy")
MONEY_COLUMNS = ("amount", "credit", "debit", "balance")
_NUMBER = re.compile(r"\d[\d .-]{4,}\d", re.ASCII)
_UNIT = re.compile(r"\b[A-Z]{3}\b", re.ASCII)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")


def check_letterhead(above: Iterable[Row], row: Row, header: Header, account: str | None) -> None:
    """Raises InvalidInput for `file`. `account` is the number whose statement it ought to be, where it is known; only a
    number that is told whole, behind its label, is held against it."""
    rows = [_words(cells) for cells in above]
    for number in _told(rows, ACCOUNT):
        found = _NUMBER.fullmatch(number)
        if account and found and digits(found[0]) != digits(account):
            shown = mask(digits(found[0]))
            raise InvalidInput.of("file", text("Sao kê này của tài khoản khác: %(number)s", number=shown))
    columns = [row[header.places[name]] for name in MONEY_COLUMNS if name in header.places]
    in_columns = (part for cell in columns for part in _IN_BRACKETS.findall(str(cell)))
    for unit in (*_told(rows, CURRENCY), *in_columns):
        named = _UNIT.search(unit.upper())
        if named and named[0] in list_currencies() and named[0] not in DONG:
            raise InvalidInput.of("file", text("Không phải đồng Việt Nam: %(unit)s", unit=named[0]))


def _told(rows: Iterable[list[str]], labels: tuple[str, ...]) -> Iterator[str]:
    """What stands behind a label: in its own cell after a colon, or in the next cell that is not empty."""
    for cells in rows:
        for place, cell in enumerate(cells):
            label, _, told = cell.partition(":")
            if fold(label) in labels and (value := told.strip() or next(iter(cells[place + 1 :]), "")):
                yield value


def _words(row: Row) -> list[str]:
    return [words for cell in row if (words := str("" if cell is None else cell).strip())]
