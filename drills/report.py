"""The result, for the terminal and for `docs/drills.md`."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime

from drills.counting import Count
from drills.sandbox import Notices
from drills.strikes import MIX, STRIKES
from runner.screen import say
from runner.settings import ROOT

PAGE = ROOT / "docs" / "drills.md"
SHOWN = 20
HEAD = ("drill", "payments", "found by asking", "first by a statement", "slowest, s", "lost", "doubled")
INTRODUCTION = """\
# Fault drills

`make drill` starts the whole system as `make run` does, with data of its own, and lets customers pay at the demo's
stalls through the API and the payOS sandbox: exactly, in parts, twice, too much, too little, after the request has
expired, after the stall has cancelled it, and for something else that the market sold without us. Others pay straight
to the account of a stall that has no payOS, by the printed QR too, with notes as banks bend them or that say nothing;
SePay and Casso tell of these, by references of their own now and then. Notices are sent many times at once, late, out
of order or never; the sandbox cuts connections, answers late, 500 and 429. Meanwhile processes are killed with
`kill -9` by chance and the queue is emptied; the office uploads statements of the same accounts, whose periods overlap
and some of which come twice, and sends back money that was too much; banks take back what they had booked, on accounts
of both kinds. Three screens follow their
stalls' events through all of it. A last statement of each account ends the day.

Afterwards everything is counted against the books of those who took the money, the sandbox's and the banks': every
transfer is one payment of that amount; each account of the journal holds to the đồng what those books and what the
customers did make it, and so do the sums by stall; every đồng received is in exactly one other account; what lies in
suspense is shown to somebody; every promised request is there, in the status that its money makes it; every payout is
one refund; no event is undelivered or given up; every screen was told of every payment once; the journal's seals hold.

A request that is paid, cancelled or expired is asked about again after ten minutes only. The drill does not wait so
long for second payments whose notice was lost: at the day's end it puts the question forward.

`python -m drills web relay --customers 500 --seed 7` runs single ones. The seed decides what customers, the office and
chance do, not how the processes happen to meet.
"""


@dataclass(frozen=True)
class Result:
    """`settled` seconds after the last payment everything was found, without the last statements; `seconds` in all."""

    count: Count
    notices: Notices
    bank_notices: Notices
    reversals: int
    files: int
    lines: int
    refunds: int
    seals: str
    settled: float
    seconds: float


def print_report(found: Result) -> None:
    rows = [HEAD, *_cells(found.count)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    say("")
    for row in rows:
        say("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    say(f"\n{_sum(found)}")
    faults = found.count.faults
    for fault in faults[:SHOWN]:
        say(f"  !! {fault}")
    if len(faults) > SHOWN:
        say(f"  !! and {len(faults) - SHOWN} more")


def write_page(found: Result, seed: int) -> None:
    table = [HEAD, ("---",) * len(HEAD), *_cells(found.count)]
    lines = [f"| {' | '.join(row)} |" for row in table]
    what = [f"- **{name}**: {deed}" for name, deed in {**STRIKES, MIX: "these by chance"}.items()]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    last = f"## The last run\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}, seed {seed}. {_sum(found)}"
    PAGE.write_text("\n".join([INTRODUCTION, *what, "", last, "", *lines, ""]))
    say(f"Written to {PAGE.relative_to(ROOT)}.")


def _cells(found: Count) -> list[tuple[str, ...]]:
    return [
        (
            row.drill,
            str(row.payments),
            str(row.polled),
            str(row.by_statement),
            f"{row.slowest:.1f}",
            str(row.lost),
            str(row.doubled),
        )
        for row in found.rows
    ]


def _sum(found: Result) -> str:
    lost = sum(row.lost for row in found.count.rows)
    doubled = sum(row.doubled for row in found.count.rows)
    notices = found.notices
    return (
        f"{_number(found.count.transfers)} transfers of {_number(found.count.amount)} đồng in the books: {lost} lost, "
        f"{doubled} doubled, {len(found.count.faults)} things that do not add up. {_number(notices.sent)} notices, "
        f"{_number(notices.again)} of them repeated one, {notices.unanswered} met nobody; {notices.silent} transfers "
        f"had none. {_number(found.bank_notices.sent)} notices of banks, {_number(found.bank_notices.again)} of them "
        f"repeated one, {found.bank_notices.unanswered} sent again; {found.bank_notices.silent} movements had none. "
        f"{found.files} statements of {_number(found.lines)} lines; {found.refunds} refunds, {found.reversals} "
        "transfers taken back by the bank. "
        f"Everything was found {found.settled:.0f} s after the last payment; {found.seals}. "
        f"{found.seconds / 60:.0f} minutes in all."
    )


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")
