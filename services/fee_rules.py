"""How fees are reckoned: pure rules, no database.

Markets are of class 1 with more than 400 stalls, of class 2 from 200, else of class 3 (Decree 60/2024/NĐ-CP).
Provinces set fees by class, row and m²; the rates themselves are data.
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
    """A month's fee by the tariffs of the stall's row, or where it has none by those of the whole market; what
    is per m² and what is per stall add up. None where no tariff fits, the area is not known, or nothing can be paid."""
    monthly = [tariff for tariff in tariffs if tariff.kind is not FeeKind.DAY]
    fitting = [tariff for tariff in monthly if tariff.row == row] if row else []
    fitting = fitting or [tariff for tariff in monthly if tariff.row is None]
    lines = [_line(tariff, area_m2) for tariff in sorted(fitting, key=lambda tariff: tariff.kind)]
    known = [line for line in lines if line]
    amount = sum(line["amount"] for line in known)
    return Charge(amount, known) if len(known) == len(lines) and not amount_problem(amount) else None


def charge_day(tariffs: Sequence[FeeTariff]) -> Charge | None:
    """A day's ticket; None where the market has no daily rate."""
    rate = next((tariff.rate for tariff in tariffs if tariff.kind is FeeKind.DAY), None)
    return Charge(rate, [{"kind": FeeKind.DAY, "rate": rate, "amount": rate}]) if rate else None


def due_date(period: str) -> date:
    """The last day on which a period's fee is paid in time."""
    begins, today = first_day(period), business_day(now())
    assert begins is not None
    return max(begins, today) + timedelta(days=DAYS_TO_PAY) if is_month(period) else max(begins, today)


def _line(tariff: FeeTariff, area_m2: float | None) -> dict[str, Any] | None:
    line = {"kind": tariff.kind, "rate": tariff.rate}
    if tariff.kind is FeeKind.STALL_MONTH:
        return line | {"amount": tariff.rate}
    if area_m2 is None:
        return None
    amount = Decimal(str(area_m2)) * tariff.rate
    return line | {"area_m2": area_m2, "amount": int(amount.quantize(Decimal(1), ROUND_HALF_UP))}
