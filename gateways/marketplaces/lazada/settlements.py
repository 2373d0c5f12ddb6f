"""What Lazada paid out: the lines of its statements, summed up by statement, day and order."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from core import clock
from core.clock import VIETNAM, business_day, start_of_day
from gateways.errors import GatewayRejected
from gateways.marketplaces.lazada.api import LazadaApi
from gateways.marketplaces.polling import FIRST
from gateways.marketplaces.settling import amounts_or_none, known_form, whole
from gateways.settlements import FloorSettlement, SettledAmounts, SettlementKind, SettlementPage

PAGE = 500
SPAN = timedelta(days=6)
"""A week at a time, its first and last day included; Lazada gives less than 180 days."""
LONGEST_WAIT = timedelta(days=180)
"""What is not paid by then is waited for no longer, or every look would begin further back."""
PAID = {"paid", "yes", "1"}
GOODS, VAT, PIT, TAX = "goods", "vat", "pit", "tax"
LINES = Path(__file__).with_name("lines.csv")

Key = tuple[str, date, str]
"""Statement, day, order (empty: none)."""


@dataclass(frozen=True)
class Days:
    """How far we are, in days of Vietnam: everything that is paid was told until `since`, but for what was not paid
    yet from `waiting` on."""

    since: date
    waiting: date | None = None

    @classmethod
    def read(cls, cursor: str | None) -> "Days":
        """Raises GatewayRejected for what is no cursor of ours."""
        if cursor is None:
            return cls(business_day(clock.now() - FIRST))
        try:
            data = json.loads(cursor)
            waiting = data["waiting"] and date.fromisoformat(data["waiting"])
            return cls(date.fromisoformat(data["since"]), waiting)
        except (ValueError, KeyError, TypeError) as error:
            raise GatewayRejected("no cursor of this floor") from error

    def __str__(self) -> str:
        return json.dumps({"since": str(self.since), "waiting": self.waiting and str(self.waiting)})

    def after(self, until: date, unpaid: Sequence[date]) -> "Days":
        """After a span that ended on `until`; after today, back to what still waits."""
        waiting = min([*unpaid, *([self.waiting] if self.waiting else [])], default=None)
        today = business_day(clock.now())
        if until < today:
            return Days(until + timedelta(days=1), waiting)
        return Days(max(waiting or today, today - LONGEST_WAIT))


class LazadaSettlementDesk:
    """A `SettlementDesk` of one seller. Only what is paid is told: it does not change any more."""

    def __init__(self, api: LazadaApi) -> None:
        self._api = api

    def list_settlements(self, cursor: str | None) -> SettlementPage:
        days, today = Days.read(cursor), business_day(clock.now())
        until = min(days.since + SPAN, today)
        with known_form("Lazada"):
            lines = self._lines(days.since, until)
            paid = [line for line in lines if str(line["paid_status"]).lower() in PAID]
            unpaid = [_day(line) for line in lines if str(line["paid_status"]).lower() not in PAID]
            currency = self._currency(days.since) if paid else ""
            found = tuple(_settlements(paid, currency))
        return SettlementPage(found, str(days.after(until, unpaid)), until < today)

    def _lines(self, since: date, until: date) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        while True:
            told = self._api.get(
                "/finance/transaction/details/get",
                "",
                start_time=str(since),
                end_time=str(until),
                limit=str(PAGE),
                offset=str(len(lines)),
            )
            page = told.get("data") or []
            lines += page
            if len(page) < PAGE:
                return lines

    def _currency(self, since: date) -> str:
        """Lines do not say it, the statements do, behind what they pay out; several are all said."""
        told = self._api.get("/finance/payout/status/get", "", created_after=str(since)).get("data") or []
        return "/".join(sorted({str(one["payout"]).rpartition(" ")[2] for one in told}))


def _settlements(lines: Sequence[Mapping[str, Any]], currency: str) -> list[FloorSettlement]:
    by_key: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        by_key[str(line["statement"]), _day(line), str(line.get("order_no") or "")].append(line)
    return [settlement_of(key, by_key[key], currency) for key in sorted(by_key)]


def settlement_of(key: Key, lines: Sequence[Mapping[str, Any]], currency: str) -> FloorSettlement:
    """With goods that were sold it is an order's; without, or with goods that came back, an adjustment."""
    statement, day, order = key
    goods = [line for line in lines if meaning_of(str(line.get("fee_name") or "")) == GOODS]
    sold = any(not str(line["amount"]).startswith("-") for line in goods)
    return FloorSettlement(
        external_id=f"{statement}/{day}/{order}",
        order_id=order or None,
        kind=SettlementKind.ORDER if sold else SettlementKind.ADJUSTMENT,
        settled_at=start_of_day(day),
        currency=currency,
        amounts=amounts_or_none(partial(_sums, lines)),
    )


def _sums(lines: Sequence[Mapping[str, Any]]) -> SettledAmounts:
    """Lazada tells no sum of an order, so its lines are the sum."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[meaning_of(str(line.get("fee_name") or ""))] += whole(line["amount"])
    vat, pit, tax = -sums[VAT], -sums[PIT], -sums[TAX]
    told_apart = tax == 0
    return SettledAmounts(
        gross=sums[GOODS],
        fees=-sums[""],
        withheld=vat + pit + tax,
        net=sum(sums.values()),
        vat=vat if told_apart else None,
        pit=pit if told_apart else None,
    )


def meaning_of(fee_name: str) -> str:
    """`goods`, a tax, or a fee (empty), by the first words of `lines.csv` that the name holds."""
    name = fee_name.lower()
    return next(
        (meaning for words, meaning in _meanings() if re.search(rf"\b{re.escape(words)}\b", name)), ""
    )


@cache
def _meanings() -> tuple[tuple[str, str], ...]:
    with LINES.open(encoding="utf-8", newline="") as file:
        return tuple((row["words"], row["meaning"]) for row in csv.DictReader(file))


def _day(line: Mapping[str, Any]) -> date:
    """`17 May 2016`."""
    return datetime.strptime(str(line["transaction_date"]), "%d %b %Y").replace(tzinfo=VIETNAM).date()
