"""What TikTok Shop paid out: the transactions of its daily statements."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from core import clock
from gateways.marketplaces.polling import Place, moment, stamp
from gateways.marketplaces.settling import amounts_or_none, known_form, whole
from gateways.marketplaces.tiktok.api import TiktokApi
from gateways.settlements import FloorSettlement, SettledAmounts, SettlementKind, SettlementPage

STATEMENTS = "/finance/202309/statements"
TRANSACTIONS = "/finance/202501/statements/{}/statement_transactions"
"""202309 of this call is blocked since the end of 2025, and has no taxes apart."""
PAGE = 100
PAID = "PAID"
ORDER = "ORDER"


class TiktokSettlementDesk:
    """A `SettlementDesk` of one shop. A statement is told once it is paid, however long after others that may be."""

    def __init__(self, api: TiktokApi) -> None:
        self._api = api

    def list_settlements(self, cursor: str | None) -> SettlementPage:
        place = Place.read(cursor, clock.now())
        with known_form("TikTok Shop"):
            statements = self._statements(place.since)
            paid = [one for one in statements if one["payment_status"] == PAID and place.is_new(*_mark(one))]
            if not paid:
                return SettlementPage((), str(_begun(place, statements)), False)
            begun, _, token = place.page.partition(" ")
            statement = next((one for one in paid if one["id"] == begun), paid[0])
            found, token = self._transactions(statement, token if statement["id"] == begun else "")
        if token:
            after = replace(place, until=place.since, page=f"{statement['id']} {token}")
            return SettlementPage(found, str(after), True)
        done = replace(place, until=None, page="").with_seen([_mark(statement)])
        return SettlementPage(found, str(_begun(done, statements)), len(paid) > 1)

    def _statements(self, since: int) -> list[dict[str, Any]]:
        """All of `since` or later, the earliest first: one a day."""
        statements: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            told = self._api.get(
                STATEMENTS,
                "",
                statement_time_ge=str(since),
                sort_field="statement_time",
                sort_order="ASC",
                page_size=str(PAGE),
                **token,
            )
            statements += told.get("statements") or []
            if not (more := told.get("next_page_token")):
                return statements
            token = {"page_token": str(more)}

    def _transactions(
        self, statement: Mapping[str, Any], page: str
    ) -> tuple[tuple[FloorSettlement, ...], str]:
        token = {"page_token": page} if page else {}
        path = TRANSACTIONS.format(statement["id"])
        told = self._api.get(
            path, statement["id"], sort_field="order_create_time", page_size=str(PAGE), **token
        )
        found = [
            settlement_of(one, statement, str(told["currency"])) for one in told.get("transactions") or []
        ]
        return tuple(found), str(told.get("next_page_token") or "")


def settlement_of(data: Mapping[str, Any], statement: Mapping[str, Any], currency: str) -> FloorSettlement:
    order = data.get("order_id") or data.get("adjustment_order_id") or data.get("associated_order_id")
    return FloorSettlement(
        external_id=f"{statement['id']}/{data['id']}",
        order_id=str(order) if order else None,
        kind=SettlementKind.ORDER if data["type"] == ORDER else SettlementKind.ADJUSTMENT,
        settled_at=moment(int(statement.get("payment_time") or statement["statement_time"])),
        currency=currency,
        amounts=amounts_or_none(partial(_amounts, data)),
    )


def _amounts(data: Mapping[str, Any]) -> SettledAmounts:
    """What is taken off stands with a minus."""
    tax = (data.get("fee_tax_breakdown") or {}).get("tax") or {}
    vat, pit = -whole(tax.get("local_vat_amount")), -whole(tax.get("pit_amount"))
    charged = -whole(data.get("fee_tax_amount")) - whole(data.get("shipping_cost_amount"))
    return SettledAmounts(
        gross=whole(data.get("revenue_amount")) + whole(data.get("adjustment_amount")),
        fees=charged - vat - pit,
        withheld=vat + pit,
        net=whole(data.get("settlement_amount")),
        vat=vat,
        pit=pit,
    )


def _mark(statement: Mapping[str, Any]) -> tuple[str, int]:
    return str(statement["id"]), int(statement["statement_time"])


def _begun(place: Place, statements: list[dict[str, Any]]) -> Place:
    """Where to begin the next time: at the earliest that is still to be told, else at the last."""
    waiting = [_mark(one)[1] for one in statements if stamp(*_mark(one)) not in place.seen]
    latest = [_mark(one)[1] for one in statements]
    return place.begin_at(min(waiting or latest[-1:], default=place.since))
