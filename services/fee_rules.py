"""How fees are reckoned: pure rules, no database.

Markets are of class 1 with more than 400 stalls, of class 2 from 200, else of class 3 (Decree 60/2024/NĐ-CP).
Provinces set fees by class, row and m²; a market's own rates stand before them. The rates themselves are data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.clock import business_day, now
from core.money import amount_problem
from core.periods import first_day, is_month
from models import FeeKind, FeeTariff

CLASSES = (1, 2, 3)
CLASS_1_OVER, CLASS_2_FROM = 400, 200
DAYS_TO_PAY = 10
"""After the first day of a month, or after the day of issuing where that is later. A ticket is due on its day."""


@dataclass(frozen=True)
class Charge:
    """What is asked of a stall, in đồng, and the lines that it is made of (`FeeInvoice.basis`)."""

    amount: int
    basis: list[dict[str, Any]]


def market_class(stalls: int) -> int:
    """1, 2 or 3 by the number of stalls."""
    if stalls > CLASS_1_OVER:
        return 1
    return 2 if stalls >= CLASS_2_FROM else 3


def charge_stall(tariffs: Sequence[FeeTariff], row: str | None, area_m2: float | None) -> Charge | None:
    """A month's fee; what is per m² and what is per stall add up. None where no tariff fits, the area is not known, or
    nothing can be paid."""
    monthly = [tariff for tariff in tariffs if tariff.kind is not FeeKind.DAY]
    lines = [
        _line(tariff, area_m2) for tariff in sorted(_nearest(monthly, row), key=lambda tariff: tariff.kind)
    ]
    known = [line for line in lines if line]
    amount = sum(line["amount"] for line in known)
    return Charge(amount, known) if len(known) == len(lines) and not amount_problem(amount) else None


def charge_day(tariffs: Sequence[FeeTariff]) -> Charge | None:
    """A day's ticket; None where there is no daily rate."""
    daily = _nearest([tariff for tariff in tariffs if tariff.kind is FeeKind.DAY], None)
    lines = [_line(tariff, None) for tariff in daily]
    return next((Charge(line["amount"], [line]) for line in lines if line), None)


def _nearest(tariffs: Sequence[FeeTariff], row: str | None) -> list[FeeTariff]:
    """The market's for this row; else its own for all rows; else its province's, in the same order."""
    groups = (
        [tariff for tariff in tariffs if bool(tariff.market_id) is own and tariff.row == place]
        for own in (True, False)
        for place in dict.fromkeys((row or None, None))
    )
    return next((group for group in groups if group), [])


def due_date(period: str) -> date:
    """The last day on which a period's fee is paid in time."""
    begins, today = first_day(period), business_day(now())
    assert begins is not None
    return max(begins, today) + timedelta(days=DAYS_TO_PAY) if is_month(period) else max(begins, today)


def _line(tariff: FeeTariff, area_m2: float | None) -> dict[str, Any] | None:
    """With the class for which a province set the rate, where it did."""
    line: dict[str, Any] = {"kind": tariff.kind, "rate": tariff.rate}
    if tariff.market_class:
        line["market_class"] = tariff.market_class
    if tariff.kind is not FeeKind.AREA_MONTH:
        return line | {"amount": tariff.rate}
    if area_m2 is None:
        return None
    amount = Decimal(str(area_m2)) * tariff.rate
    return line | {"area_m2": area_m2, "amount": int(amount.quantize(Decimal(1), ROUND_HALF_UP))}
