"""A household's revenue book: its lines and what they add up to. `core.revenue_pdf` and `core.revenue_xlsx`
write it down; how it is counted stands in `services.queries.revenue_books`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

BASIS_POINTS = 10_000
QUARTER_MONTHS = 3
SUMMED = ("cashless", "cash", "vat", "pit", "ordered", "withheld")


class BookForm(StrEnum):
    """The two books of a household business; their official names are data (`tax_rules`)."""

    NOT_TAXED = "S1a"
    PERCENTAGE = "S2a"


@dataclass(frozen=True)
class Sums:
    """Đồng, net of what was reversed or paid back. `ordered` is what orders brought that no transfer and no cash
    note tells of; `withheld` is the tax that floors kept back of it already. `vat` and `pit` are 0 where the book
    has no percentages."""

    cashless: int = 0
    cash: int = 0
    vat: int = 0
    pit: int = 0
    ordered: int = 0
    withheld: int = 0

    @property
    def revenue(self) -> int:
        return self.cashless + self.cash + self.ordered


@dataclass(frozen=True)
class DayLine(Sums):
    """One business day: how many transfers, cash notes and orders it had, and how often floors took something off
    an order (`lowered`; `orders` are less those that went back as a whole)."""

    date: date = date.min
    payments: int = 0
    cash_notes: int = 0
    orders: int = 0
    lowered: int = 0

    @property
    def is_blank(self) -> bool:
        """Nothing is left of what it had, if it had anything."""
        figures = (self.payments, self.cash_notes, self.orders, self.cashless, self.cash, self.ordered)
        return not any((*figures, self.withheld))


@dataclass(frozen=True)
class PeriodLine(Sums):
    """A month (`2026-11`), a quarter (`2026-Q4`) or the year (`2026`)."""

    period: str = ""


@dataclass(frozen=True)
class RevenueBook:
    """A year of one seller's. Rates are hundredths of a per cent, as they are at the end of what is written
    (each day is counted by its own)."""

    seller_name: str
    place: str
    year: int
    form: BookForm
    form_name: str
    source: str
    vat_rate: int | None
    pit_rate: int | None
    days: Sequence[DayLine]
    months: Sequence[PeriodLine]
    quarters: Sequence[PeriodLine]
    total: PeriodLine

    @property
    def taxed(self) -> bool:
        return self.form is BookForm.PERCENTAGE

    @property
    def has_lowered(self) -> bool:
        return any(line.lowered for line in self.days)

    @property
    def has_withheld(self) -> bool:
        """Floors kept tax back, so the book has a column for it."""
        return any(line.withheld for line in self.days)


def add_up(lines: Iterable[Sums], period: str) -> PeriodLine:
    found = list(lines)
    sums = {name: sum(getattr(line, name) for line in found) for name in SUMMED}
    return PeriodLine(period=period, **sums)


def share_of(amount: int, basis_points: int | None) -> int:
    """The percentage of an amount in whole đồng, halves away from zero."""
    parts = abs(amount) * (basis_points or 0)
    share = (2 * parts + BASIS_POINTS) // (2 * BASIS_POINTS)
    return share if amount >= 0 else -share


def by_month(days: Sequence[DayLine]) -> list[PeriodLine]:
    """Of months that have a line, in their order."""
    periods = sorted({f"{line.date:%Y-%m}" for line in days})
    return [add_up((d for d in days if f"{d.date:%Y-%m}" == period), period) for period in periods]


def by_quarter(months: Sequence[PeriodLine]) -> list[PeriodLine]:
    quarters = sorted({quarter_of(line.period) for line in months})
    return [add_up((m for m in months if quarter_of(m.period) == name), name) for name in quarters]


def quarter_of(month: str) -> str:
    """`2026-Q4` of `2026-11`."""
    return f"{month[:4]}-Q{(int(month[5:]) - 1) // QUARTER_MONTHS + 1}"


def say_period(period: str) -> str:
    """As the book writes it: in Vietnamese, whoever reads it."""
    year, _, part = period.partition("-")
    if not part:
        return f"Cả năm {year}"
    return f"Quý {part[1:]}/{year}" if part.startswith("Q") else f"Tháng {part}/{year}"


def say_day(line: DayLine) -> str:
    """What was sold on a day, by how it was paid, and what was taken off it."""
    parts = []
    if line.payments or line.cashless:
        parts.append(f"{line.payments} lần chuyển khoản")
    if line.cash_notes or line.cash:
        parts.append(f"{line.cash_notes} lần tiền mặt")
    if line.orders or (line.ordered and not line.lowered):
        parts.append(f"{line.orders} đơn hàng")
    if line.lowered:
        parts.append(f"{line.lowered} lần trả lại, giảm trừ")
    return "Bán hàng: " + ", ".join(parts)


def say_rate(basis_points: int | None) -> str:
    """`1,5%` of 150."""
    if basis_points is None:
        return ""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}{f',{rest:02}'.rstrip('0') if rest else ''}%"
