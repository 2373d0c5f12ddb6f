"""What the shop is paid: `/api/v2/payment/…`."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.settling import ADJUSTMENT, FEE_PERCENT, ORDER, settled
from sandbox.floors.shopee.door import DOOR, answer
from sandbox.floors.shopee.orders import LARGEST_LIST, LARGEST_PAGE, LONGEST_SECONDS, WORDS, order

DEFAULT_PAGE = 40
ADJUSTMENTS = "wallet_adjustment_filter"
DELIVERED = WORDS["delivered"]


@DOOR.call("GET", "/api/v2/payment/get_escrow_list", "get_escrow_list")
def get_escrow_list(visit: Visit) -> Response:
    given = visit.request.args
    since, until = given.get("release_time_from", -1, int), given.get("release_time_to", -1, int)
    if since < 0 or until < since:
        message = "release_time_from and/or release_time_to parameter is missing or invalid."
        raise Refusal("error_param", message)
    found = settled(visit, DELIVERED, " AND kind = ? AND settled_at BETWEEN ? AND ?", ORDER, since, until)
    page, more = paged(visit, found, given.get("page_no", 1, int) - 1)
    listed = [
        {
            "order_sn": row["order_id"],
            "payout_amount": row["body"]["net"],
            "escrow_release_time": row["settled_at"],
        }
        for row in page
    ]
    return answer({"escrow_list": listed, "more": more})


@DOOR.call("GET", "/api/v2/payment/get_wallet_transaction_list", "get_wallet_transaction_list")
def get_wallet_transaction_list(visit: Visit) -> Response:
    """Only adjustments are played."""
    given = visit.request.args
    since, until = given.get("create_time_from", -1, int), given.get("create_time_to", -1, int)
    if "page_no" not in given or "page_size" not in given:
        raise Refusal("error_param", "Wrong parameters, detail: page_no or page_size.")
    if not 0 <= until - since <= LONGEST_SECONDS:
        raise Refusal("time_period_too_large", "The param error: time period too large.")
    found = []
    if given.get("transaction_tab_type", ADJUSTMENTS) == ADJUSTMENTS:
        where = " AND kind = ? AND settled_at BETWEEN ? AND ?"
        found = settled(visit, DELIVERED, where, ADJUSTMENT, since, until)
    page, more = paged(visit, found, given.get("page_no", 0, int))
    return answer({"transaction_list": [transaction_view(row) for row in page], "more": more})


@DOOR.call("POST", "/api/v2/payment/get_escrow_detail_batch", "get_escrow_detail_batch")
def get_escrow_detail_batch(visit: Visit) -> Response:
    numbers = visit.body().get("order_sn_list") or []
    if not 1 <= len(numbers) <= LARGEST_LIST:
        raise Refusal("error_param", "Wrong parameters, detail: order_sn_list.")
    return answer([{"escrow_detail": escrow_view(visit, order(visit, number))} for number in numbers])


def paged(visit: Visit, rows: list[Row], page: int) -> tuple[list[Row], bool]:
    size = visit.request.args.get("page_size", DEFAULT_PAGE, int)
    if not 1 <= size <= LARGEST_PAGE or page < 0:
        message = "Invalid page_size parameter. Please provide a valid value between 1 and 100."
        raise Refusal("error_param", message)
    return rows[page * size : (page + 1) * size], len(rows) > (page + 1) * size


def transaction_view(row: Row) -> dict[str, Any]:
    amount = row["body"]["net"]
    return {
        "status": "COMPLETED",
        "transaction_type": "ADJUSTMENT_MINUS" if amount < 0 else "ADJUSTMENT_ADD",
        "amount": amount,
        "create_time": row["settled_at"],
        "order_sn": row["order_id"],
        "reason": "Return Refund deduction",
        "money_flow": "MONEY_OUT" if amount < 0 else "MONEY_IN",
        "transaction_tab_type": ADJUSTMENTS,
    }


def escrow_view(visit: Visit, row: Row) -> dict[str, Any]:
    """The terms that were paid out, before that those that are expected."""
    sql = "SELECT * FROM settlements WHERE order_id = ? AND kind = ?"
    paid = visit.books.row(sql, row["id"], ORDER)
    total = row["body"]["total"]
    expected = {
        "gross": total,
        "fees": total * FEE_PERCENT // 100,
        "vat": total // 100,
        "pit": total // 200,
    }
    terms = paid["body"] if paid else expected
    income = {
        "original_cost_of_goods_sold": terms["gross"],
        "original_shopee_discount": 0,
        "shopee_discount": 0,
        "seller_return_refund": 0,
        "commission_fee": terms["fees"],
        "service_fee": 0,
        "seller_transaction_fee": 0,
        "withholding_vat_tax": terms["vat"],
        "withholding_pit_tax": terms["pit"],
    }
    amount = terms.get("net", total - terms["fees"] - terms["vat"] - terms["pit"])
    return {"order_sn": row["id"], "order_income": {"escrow_amount": amount, **income}}
