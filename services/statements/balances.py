"""Whether a statement's own balances follow from its lines."""

from collections.abc import Iterable, Iterator

from services.statements.lines import BalanceBreak, Found, Line


def check_balances(found: Iterable[Found]) -> Iterator[Found]:
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
