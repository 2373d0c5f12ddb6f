"""A statement file read, whatever it is: its kind is told by its content, never by its name."""

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import BinaryIO

from core.errors import InvalidInput, Text, text
from services.statements import csv_file, xlsx_file
from services.statements.amounts import amount_reader
from services.statements.balances import check_chain, check_edges, edge_balances
from services.statements.camt053_file import read_camt053
from services.statements.described import Described, find_described
from services.statements.encodings import open_text
from services.statements.layouts import HEADER_WITHIN, LAYOUTS, ColumnMapping, find_header
from services.statements.letterhead import check_letterhead
from services.statements.lines import BrokenLine, Found, NumberedRow, Row, UnknownLayout
from services.statements.mt940_file import read_mt940
from services.statements.table import lines_below

HEAD = 64 * 1024
_XML = (b"<", b"\xff\xfe<", b"\xfe\xff\x00<")
"""How it begins, in UTF-8 and in UTF-16."""
Rows = Iterator[NumberedRow]
_MT940_TAG = re.compile(r"(?:^|\{4:)[ \t]*:(20|25|60[FM]|61):", re.MULTILINE)
"""At the beginning of a line, and no less than two of those that no statement goes without: a table's row may look like
one of them."""


@dataclass(frozen=True)
class Statement:
    """`layout` names how the file is laid out; `found` gives its lines, once, in the file's order."""

    layout: str
    found: Iterator[Found]


def read_statement(
    file: BinaryIO,
    mappings: Sequence[ColumnMapping] = (),
    account: str | None = None,
    described: Sequence[Described] = (),
) -> Statement:
    """Read `file` in constant memory (but for a workbook's shared words).

    `mappings` and what people `described` come before the layouts that we know. `account` is the number
    whose lines are taken; without it, the first account's that the file names. Broken rows are among the
    lines. Raises InvalidInput, here or while reading, where the file as a whole is no statement of that account
    in đồng: UnknownLayout where it is a table that a person can describe.
    """
    found = _opened(file, account)
    if isinstance(found, Statement):
        return found
    read = partial(_table, mappings=mappings, account=account, described=described)
    problems = list[InvalidInput]()
    for sheet in found:
        try:
            statement = read(sheet)
        except InvalidInput as problem:
            problems.append(problem)
            continue
        return Statement(statement.layout, chain(statement.found, _others(found, read)))
    raise min(problems, key=lambda problem: isinstance(problem, UnknownLayout))


def _others(sheets: Iterator[Rows], read: Callable[[Rows], Statement]) -> Iterator[Found]:
    """What stands on a workbook's other sheets; those that are no statement of ours are told by their first row."""
    for sheet in sheets:
        number, row = next(sheet, (0, ()))
        try:
            yield from read(chain([(number, row)], sheet)).found
        except UnknownLayout:
            continue
        except InvalidInput as problem:
            yield BrokenLine(number, problem.errors["file"][0])


def table_rows(file: BinaryIO) -> Iterator[NumberedRow]:
    """The rows of a table, as they stand. Raises InvalidInput for what is none."""
    found = _opened(file, None)
    if isinstance(found, Statement):
        raise InvalidInput.of("file", text("Tệp này không phải bảng"))
    return chain.from_iterable(found)


def _opened(file: BinaryIO, account: str | None) -> Statement | Iterator[Rows]:
    """Its lines, where the kind of file says what is what; else its rows, sheet by sheet."""
    file.seek(0)
    head = file.read(HEAD)
    if not head.strip():
        raise InvalidInput.of("file", text("Tệp trống"))
    if zipfile.is_zipfile(file):
        file.seek(0)
        return xlsx_file.sheets(file)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_XML):
        file.seek(0)
        return Statement("camt.053", read_camt053(file, account))
    words = open_text(file)
    start = words.read(HEAD)
    words.seek(0)
    tags = set(_MT940_TAG.findall(start))
    if len(tags) > 1:
        return Statement("mt940", read_mt940(words, account))
    return iter([csv_file.numbered_rows(words, csv_file.guess_delimiter(words))])


def _table(
    rows: Rows,
    mappings: Sequence[ColumnMapping],
    account: str | None,
    described: Sequence[Described],
) -> Statement:
    above: list[tuple[int, Row]] = []
    for number, row in islice(rows, HEADER_WITHIN):
        if isinstance(row, Text):
            continue
        if header := find_described(row, described) or find_header(row, (*mappings, *LAYOUTS)):
            break
        above.append((number, row))
    else:
        raise UnknownLayout.of("file", text("Không thấy dòng tiêu đề của sao kê ngân hàng nào đã biết"))
    check_letterhead([cells for _, cells in above], row, header, account)
    amount = amount_reader(header.mapping.decimal)
    told = (edge for place, cells in above for edge in edge_balances(place, cells, amount))
    found = check_edges(chain(told, lines_below(rows, header, account)))
    return Statement(header.mapping.name, check_chain(found) if "balance" in header.places else found)
