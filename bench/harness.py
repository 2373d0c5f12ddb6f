"""What every benchmark has in common: interleaved rounds, medians, and figures beside their floors."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

ROUNDS = 3

Result = TypeVar("Result")


@dataclass(frozen=True)
class Figure:
    """One line of a table: ours, its floor, how they compare, and what was to be reached (None: nothing was)."""

    what: str
    ours: str
    floor: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None


@dataclass(frozen=True)
class Report:
    """What one benchmark found; `notes` are sentences under its table."""

    figures: Sequence[Figure]
    notes: Sequence[str] = ()


def interleaved(**contenders: Callable[[], Result]) -> dict[str, list[Result]]:
    """Each contender once a round, every other round in turned order: what disturbs one disturbs all."""
    results: dict[str, list[Result]] = {name: [] for name in contenders}
    for number in range(ROUNDS):
        for name in list(contenders)[:: -1 if number % 2 else 1]:
            results[name].append(contenders[name]())
    return results


def middle_ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median of the rounds' own ratios."""
    return statistics.median(mine / floors for mine, floors in zip(ours, floor, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def rate(value: float) -> str:
    return f"{value:,.0f}/s"


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
