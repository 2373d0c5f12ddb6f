"""Whether a statement's own balances follow from its lines."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.text import fold
from services.statements.lines import BalanceBreak, EdgeBalance, Found, Line, Unreadable

_OPENING = re.compile(r"(so du dau (ky|ngay)|(opening|beginning) balance)\b")
_CLOSING = re.compile(r"(so du cuoi (ky|ngay)|(closing|ending) balance)\b")


def edge_balances(
    number: int, row: Sequence[object], amount: Callable[[object], int]
) -> Iterator[EdgeBalance]:
    """What a row beside the lines tells, in a label's own cell after a colon or in the next cell that is not empty."""
    cells = [cell for cell in row if cell not in (None, "")]
    for place, cell in enumerate(cells):
        label, _, told = str(cell).partition(":")
        name = fold(label).strip()
        opening = bool(_OPENING.match(name))
        if opening or _CLOSING.match(name):
            value = told.strip() or next(iter(cells[place + 1 :]), None)
            if value is None:
                continue
            try:
                yield EdgeBalance(number, opening, amount(value))
            except Unreadable:
                continue


def check_chain(found: Iterable[Found]) -> Iterator[Found]:
    """The same, with a `BalanceBreak` after each line whose balance is not what the line before makes it.

    Some banks list the newest line first: the first pair of lines that fits one way only tells which. After
    a line that could not be read, the chain begins anew.
    """
    before: Line | None = None
    newest_first: bool | None = None
    for item in found:
        yield item
        if type(item) is not Line:
            before = None
            continue
        if item.balance is None:
            continue
        if before is not None and before.balance is not None:
            forward = before.balance + item.amount
            backward = before.balance - before.amount
            if newest_first is None and (item.balance == forward) != (item.balance == backward):
                newest_first = item.balance == backward
            expected = backward if newest_first else forward
            if item.balance != expected:
                yield BalanceBreak(item.number, expected, item.balance)
        before = item


def check_edges(found: Iterable[Found | EdgeBalance]) -> Iterator[Found]:
    """The same, with a `BalanceBreak` at the end where the opening balance and the lines do not make the closing one;
    where only one of them is told, it is held against the lines' own balances. A line that could not be read may be
    the difference: then nothing can be said."""
    opening = closing = None
    first = last = None
    total, whole = 0, True
    for item in found:
        if isinstance(item, EdgeBalance):
            opening, closing = (opening or item, closing) if item.opening else (opening, item)
            continue
        yield item
        if type(item) is Line:
            total += item.amount
            first, last = first or item, item
        else:
            whole = False
    if whole and opening and closing:
        yield from _compared(closing, opening.amount + total)
    elif whole and first and last:
        for edge, expected in _edges_of(first, last, total, opening, closing):
            yield from _compared(edge, expected)


def _edges_of(
    first: Line, last: Line, total: int, opening: EdgeBalance | None, closing: EdgeBalance | None
) -> Iterator[tuple[EdgeBalance, int]]:
    """What the lines' own balances make of the edges, whichever of the two lines is the older."""
    for oldest, newest in ((first, last), (last, first)):
        if oldest.balance is None or newest.balance is None:
            return
        began = oldest.balance - oldest.amount
        if newest.balance - began == total:
            yield from [(opening, began)] if opening else []
            yield from [(closing, newest.balance)] if closing else []
            return


def _compared(edge: EdgeBalance, expected: int) -> Iterator[BalanceBreak]:
    if edge.amount != expected:
        yield BalanceBreak(edge.number, expected, edge.amount, at_edge=True)
