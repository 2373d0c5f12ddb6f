"""What Shopee paid out: released escrows, and what it adjusted in the shop's wallet after that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from core import clock
from gateways.marketplaces.polling import Place, moment
from gateways.marketplaces.settling import amounts_or_none, known_form, whole
from gateways.marketplaces.shopee.api import ShopeeApi
from gateways.settlements import FloorSettlement, SettledAmounts, SettlementKind, SettlementPage

LONGEST_SECONDS = 15 * 24 * 3600
OVERLAP_SECONDS = 300
"""As far apart as Shopee lets our clocks be."""
PAGE = 50
"""As many orders as the details of escrows and of orders are given for at once."""
ESCROWS, WALLET = "escrows", "wallet"
"""The two lists that a span is read in, one after the other."""
OUT = "MONEY_OUT"
DONE = "COMPLETED"
BROUGHT = (
    "original_cost_of_goods_sold",
    "seller_return_refund",
    "shopee_discount",
)
OFF = ("original_shopee_discount", "voucher_from_seller", "seller_coin_cash_back")
FEES = (
    "actual_shipping_fee",
    "reverse_shipping_fee",
    "final_return_to_seller_shipping_fee",
    "seller_transaction_fee",
    "service_fee",
    "commission_fee",
    "campaign_fee",
    "shipping_seller_protection_fee_amount",
    "delivery_seller_protection_fee_premium_amount",
    "final_escrow_product_gst",
    "order_ams_commission_fee",
    "escrow_tax",
    "sales_tax_on_lvg",
    "reverse_shipping_fee_sst",
    "shipping_fee_sst",
    "withholding_tax",
    "withholding_cit_tax",
    "overseas_return_service_fee",
    "vat_on_imported_goods",
    "seller_order_processing_fee",
    "trade_in_bonus_by_seller",
    "fbs_fee",
    "ads_escrow_top_up_fee_or_technical_support_fee",
    "th_import_duty",
)
SUBSIDIES = (
    "buyer_paid_shipping_fee",
    "shopee_shipping_rebate",
    "shipping_fee_discount_from_3pl",
    "rsf_seller_protection_fee_claim_amount",
    "fsf_seller_protection_fee_claim_amount",
    "buyer_paid_packaging_fee",
)
"""The terms of `escrow_amount`, as its document adds them up: what the goods brought, and what Shopee takes and gives
besides. A term that it adds tomorrow makes the sums fail, and a person look."""


class ShopeeSettlementDesk:
    """A `SettlementDesk` of one shop."""

    def __init__(self, api: ShopeeApi) -> None:
        self._api = api

    def list_settlements(self, cursor: str | None) -> SettlementPage:
        now = int(clock.now().timestamp())
        place = Place.read(cursor, clock.now())
        until = place.until or min(place.since + LONGEST_SECONDS, now)
        with known_form("Shopee"):
            which, _, page = (place.page or f"{ESCROWS} 1").partition(" ")
            read = self._escrows if which == ESCROWS else self._adjustments
            settlements, more = read(place.since, until, int(page))
        if more:
            after = replace(place, until=until, page=f"{which} {int(page) + 1}")
        elif which == ESCROWS:
            after = replace(place, until=until, page=f"{WALLET} 0")
        else:
            after = Place(max(place.since, until - OVERLAP_SECONDS))
        return SettlementPage(
            tuple(settlements), str(after), after.until is not None or until + OVERLAP_SECONDS < now
        )

    def _escrows(self, since: int, until: int, page: int) -> tuple[list[FloorSettlement], bool]:
        """Those that were released, with the terms of each."""
        told = self._api.get(
            "/api/v2/payment/get_escrow_list",
            "",
            release_time_from=since,
            release_time_to=until,
            page_size=PAGE,
            page_no=page,
        )
        released = {one["order_sn"]: one for one in told.get("escrow_list") or []}
        details, currencies = self._details(list(released)), self._currencies(list(released))
        found = [
            escrow_of(released[number], income, currencies.get(number, ""))
            for number, income in details.items()
        ]
        return found, bool(told.get("more"))

    def _adjustments(self, since: int, until: int, page: int) -> tuple[list[FloorSettlement], bool]:
        told = self._api.get(
            "/api/v2/payment/get_wallet_transaction_list",
            "",
            create_time_from=since,
            create_time_to=until,
            transaction_tab_type="wallet_adjustment_filter",
            page_size=PAGE,
            page_no=page,
        )
        done = [one for one in told.get("transaction_list") or [] if one["status"] == DONE]
        numbers = sorted({one["order_sn"] for one in done if one.get("order_sn")})
        currencies = self._currencies(numbers)
        found = [adjustment_of(one, currencies.get(one.get("order_sn") or "", "VND")) for one in done]
        return found, bool(told.get("more"))

    def _details(self, numbers: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        if not numbers:
            return {}
        path, about = "/api/v2/payment/get_escrow_detail_batch", numbers[0]
        told = [one["escrow_detail"] for one in self._api.post(path, about, order_sn_list=list(numbers))]
        return {one["order_sn"]: one["order_income"] for one in told}

    def _currencies(self, numbers: Sequence[str]) -> dict[str, str]:
        """Escrows do not say it, their orders do."""
        if not numbers:
            return {}
        path, about = "/api/v2/order/get_order_detail", numbers[0]
        orders = self._api.get(path, about, order_sn_list=",".join(numbers))["order_list"]
        return {order["order_sn"]: str(order["currency"]) for order in orders}


def escrow_of(released: Mapping[str, Any], income: Mapping[str, Any], currency: str) -> FloorSettlement:
    return FloorSettlement(
        external_id=str(released["order_sn"]),
        order_id=str(released["order_sn"]),
        kind=SettlementKind.ORDER,
        settled_at=moment(int(released["escrow_release_time"])),
        currency=currency,
        amounts=amounts_or_none(partial(_terms, income, released)),
    )


def _terms(income: Mapping[str, Any], released: Mapping[str, Any]) -> SettledAmounts:
    """What was released is the word that counts; the escrow's terms must come to it."""
    vat, pit = whole(income.get("withholding_vat_tax")), whole(income.get("withholding_pit_tax"))
    return SettledAmounts(
        gross=_sum(income, BROUGHT) - _sum(income, OFF),
        fees=_sum(income, FEES) - _sum(income, SUBSIDIES),
        withheld=vat + pit,
        net=whole(released["payout_amount"]),
        vat=vat,
        pit=pit,
    )


def _sum(income: Mapping[str, Any], names: Sequence[str]) -> int:
    return sum(whole(income.get(name)) for name in names)


def adjustment_of(data: Mapping[str, Any], currency: str) -> FloorSettlement:
    """It has no number of its own: it is known by all that it says."""
    known_by = (data["transaction_type"], data.get("order_sn"), data["create_time"], data["amount"])
    return FloorSettlement(
        external_id="/".join(str(part or "") for part in known_by),
        order_id=data.get("order_sn") or None,
        kind=SettlementKind.ADJUSTMENT,
        settled_at=moment(int(data["create_time"])),
        currency=currency,
        amounts=amounts_or_none(partial(_moved, data)),
    )


def _moved(data: Mapping[str, Any]) -> SettledAmounts:
    amount = abs(whole(data["amount"]))
    signed = -amount if data.get("money_flow") == OUT else amount
    return SettledAmounts(gross=signed, fees=0, withheld=0, net=signed)
