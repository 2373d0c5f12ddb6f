"""docs/benchmarks.md: prose by hand, and between markers what the last run measured."""

import os
import platform
import re
from collections.abc import Sequence

from bench.harness import Figure, Report
from core.clock import VIETNAM, now
from runner.settings import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = ("", "ours", "floor", "ours / floor", "to reach", "")


def show(report: Report) -> str:
    """The report as a person at a terminal reads it."""
    return _table(report.figures) + "".join(f"\n{note}" for note in report.notes) + "\n"


def write(name: str, report: Report, measured_on: str) -> None:
    """Replace what the page says between this benchmark's markers."""
    notes = "".join(f"\n{note}\n" for note in report.notes)
    _replace(name, f"_{measured_on}_\n\n{_table(report.figures)}\n{notes}")


def _replace(name: str, content: str) -> None:
    begin, end = f"<!-- measured: {name} -->", "<!-- end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page = PAGE.read_text()
    if not pattern.search(page):
        raise LookupError(f"{PAGE} has no place {begin}")
    PAGE.write_text(pattern.sub(lambda _: f"{begin}\n{content}\n{end}", page))


def _table(figures: Sequence[Figure]) -> str:
    rows = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, " | ".join("-" * max(width, 3) for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    verdict = {None: "", True: "reached", False: "**short**"}[figure.reached]
    return figure.what, figure.ours, figure.floor, figure.ratio, figure.target, verdict


def machine() -> str:
    """What it was measured on, and how busy that was with other things when we began."""
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    busy, _, _ = os.getloadavg()
    return (
        f"{now().astimezone(VIETNAM):%Y-%m-%d}: {os.cpu_count()} cores, {gigabytes:.0f} GB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; load before it {busy:.1f}"
    )
