"""The result, for the terminal and for `docs/drills.md`."""

import os
import platform
from datetime import UTC, datetime

from drills.counting import Count
from drills.strikes import MIX, STRIKES
from runner.screen import say
from runner.settings import ROOT

PAGE = ROOT / "docs" / "drills.md"
SHOWN = 20
HEAD = ("drill", "payments", "found by asking", "slowest, s", "lost", "doubled")
INTRODUCTION = """\
# Fault drills

`make drill` starts the whole system as `make run` does, with data of its own, and lets customers pay at all payOS
stalls of the demo, through the API and the payOS sandbox: some in parts, too little or too much. The sandbox
sends some notices twice, late or never, cuts connections and answers 500 and 429. Meanwhile processes are killed
with `kill -9` and the queue is emptied. Three screens follow their stalls' events through all of it.

Afterwards everything is counted against the sandbox's own books: every transfer is one payment of that amount at that
stall; its whole amount stands in the journal, whose total is zero; every promised request is there and paid with
exactly what came for it; no event is undelivered or given up; every screen was told of every payment once.

`python -m drills web relay --payments 500 --seed 7` runs single ones.
"""


def print_report(found: Count, seconds: float) -> None:
    rows = [HEAD, *_cells(found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    say("")
    for row in rows:
        say("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    say(f"\n{_sum(found, seconds)}")
    for fault in found.faults[:SHOWN]:
        say(f"  !! {fault}")
    if len(found.faults) > SHOWN:
        say(f"  !! and {len(found.faults) - SHOWN} more")


def write_page(found: Count, seconds: float, seed: int) -> None:
    table = [HEAD, ("---",) * len(HEAD), *_cells(found)]
    lines = [f"| {' | '.join(row)} |" for row in table]
    what = [f"- **{name}**: {deed}" for name, deed in {**STRIKES, MIX: "several of these by chance"}.items()]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    last = f"## The last run\n\n{datetime.now(UTC):%Y-%m-%d}, {machine}, seed {seed}. {_sum(found, seconds)}"
    PAGE.write_text("\n".join([INTRODUCTION, *what, "", last, "", *lines, ""]))
    say(f"Written to {PAGE.relative_to(ROOT)}.")


def _cells(found: Count) -> list[tuple[str, ...]]:
    return [
        (row.drill, str(row.payments), str(row.polled), f"{row.slowest:.1f}", str(row.lost), str(row.doubled))
        for row in found.rows
    ]


def _sum(found: Count, seconds: float) -> str:
    lost = sum(row.lost for row in found.rows)
    doubled = sum(row.doubled for row in found.rows)
    amount = f"{found.amount:,}".replace(",", ".")
    return (
        f"{found.transfers} transfers of {amount} đồng in the sandbox's books: {lost} lost, {doubled} doubled, "
        f"{len(found.faults)} things that do not add up; all settled {seconds:.0f} s after the last payment."
    )
