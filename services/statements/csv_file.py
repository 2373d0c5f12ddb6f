"""Rows out of delimited text. A stray quotation mark costs its own row, never those after it."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TextIO

from core.errors import text
from services.statements.layouts import HEADER_WITHIN
from services.statements.lines import NumberedRow, Unended

DELIMITERS = (";", ",", "\t", "|")
LONGEST_LINE = 64 * 1024
MOST_LINES = 8
"""Over how many lines one quoted row may run."""
PIECE = 1 << 20


def numbered_rows(file: TextIO, delimiter: str) -> Iterator[NumberedRow]:
    """Every row with the number of its first line."""
    source, waiting, taken = _lines(file), deque[str](), list[str]()
    number, width = 1, 0
    while True:
        for row in csv.reader(_feed(source, waiting, taken), delimiter=delimiter):
            if len(taken) == 1:
                if isinstance(taken[0], _Rest) and not taken[0].endswith('"'):
                    yield number, Unended(row)
                else:
                    yield number, row if len(taken[0]) < LONGEST_LINE else text("Dòng quá dài")
                number, width = number + 1, len(row)
                taken.clear()
            elif len(taken) < MOST_LINES and _is_one_row(taken, delimiter, width):
                yield number, row
                number += len(taken)
                taken.clear()
            else:
                break
        if not taken:
            return
        yield number, text("Dấu ngoặc kép không khép")
        number += 1
        waiting.extendleft(reversed(taken[1:]))
        taken.clear()


class _Rest(str):
    """What stands behind the last line end."""


def guess_delimiter(file: TextIO) -> str:
    """The mark that parts most of the first rows into most cells. Leaves `file` at its beginning."""
    head = [line for _, line in zip(range(HEADER_WITHIN), _lines(file), strict=False)]
    file.seek(0)
    return max(DELIMITERS, key=lambda mark: sum(min(line.count(mark), 20) for line in head))


def _lines(file: TextIO) -> Iterator[str]:
    """Lines in bounded memory: what is too long for a row is cut."""
    rest = ""
    while piece := file.read(PIECE):
        lines = (rest + piece).split("\n")
        rest = lines.pop()[:LONGEST_LINE]
        yield from lines
    if rest:
        yield _Rest(rest)


def _feed(source: Iterator[str], waiting: deque[str], taken: list[str]) -> Iterator[str]:
    """Lines for one reader, noted in `taken` until their row is whole; it ends when a row will not."""
    while len(taken) < MOST_LINES:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        if len(line) > LONGEST_LINE:
            line = line[:LONGEST_LINE]
        taken.append(line)
        yield line + "\n"


def _is_one_row(lines: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a quotation over several lines is meant so: none of them would be a row by itself."""
    closed = csv.reader([*(line + "\n" for line in lines), "-"], delimiter=delimiter)
    next(closed)
    return closed.line_num == len(lines) and all(line.count(delimiter) < width - 1 for line in lines[1:])
