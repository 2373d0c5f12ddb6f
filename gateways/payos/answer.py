"""What payOS's HTTP answers mean, as data or as the worker's next move."""

import email.utils
from datetime import datetime
from typing import Any

from requests import Response

from core.clock import now
from core.errors import text
from core.strict_json import unique_names
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable, Problem
from gateways.payos.signature import verify, verify_header

SUCCESS, INVALID, ORDER_EXISTS, UNKNOWN_ORDER = "00", "20", "231", "101"

REFUSALS = {
    INVALID: Problem(None, "invalid", text("payOS không chấp nhận thông tin của yêu cầu này")),
    "201": Problem(None, "bad_signature", text("Khoá kiểm tra (checksum key) của kênh payOS không đúng")),
    "214": Problem(None, "channel_inactive", text("Kênh payOS không tồn tại hoặc đã tạm dừng")),
}
UNAUTHORIZED = Problem(
    None, "unauthorized", text("Mã khách (client ID) hoặc API key của kênh payOS không đúng")
)

PAYOUT_REFUSED = Problem(
    None,
    "payout_refused",
    text("payOS không nhận lệnh chuyển trả: số dư không đủ hoặc tài khoản nhận chưa đúng"),
)


class InvalidRequest(GatewayRejected):
    """Something in the request is wrong (20)."""


class OrderExists(GatewayRejected):
    """The order code has been used before (231)."""


class UnknownOrder(GatewayRejected):
    """payOS has no such order (101)."""


def read_answer(response: Response, key: str | None) -> dict[str, Any]:
    """The `data` of a good answer, its signature checked with `key` (None where payOS does not sign).

    Raises the errors of `gateways.errors`: what is unknown or unreadable may pass, so it is tried again.
    """
    _check_status(response)
    answer = _json_object(response)
    if answer.get("code") != SUCCESS:
        raise _refusal(answer.get("code"))
    data = answer.get("data")
    if key is not None and not verify(data, answer.get("signature"), key):
        raise GatewayUnavailable("payOS's answer has a wrong signature")
    return data if isinstance(data, dict) else {}


def read_payout_answer(response: Response, key: str) -> dict[str, Any]:
    """The `data` of a good answer about payouts, whose signature stands in a header. Raises like `read_answer`."""
    _check_status(response)
    answer = _json_object(response)
    if answer.get("code") == INVALID:
        raise GatewayRejected("payOS refuses the payout: code 20", (PAYOUT_REFUSED,))
    if answer.get("code") != SUCCESS:
        raise _refusal(answer.get("code"))
    data = answer.get("data")
    if not verify_header(data, response.headers.get("x-signature"), key):
        raise GatewayUnavailable("payOS's answer has a wrong signature")
    return data if isinstance(data, dict) else {}


def _check_status(response: Response) -> None:
    status = response.status_code
    if status == 401:
        raise GatewayRejected("payOS refuses the channel's credentials: HTTP 401", (UNAUTHORIZED,))
    if status == 429:
        wait = seconds_until(response.headers.get("Retry-After"))
        raise GatewayThrottled("payOS: too many calls: HTTP 429", wait)
    if status >= 500 or 300 <= status < 400:
        raise GatewayUnavailable(f"payOS answered HTTP {status}")


def _json_object(response: Response) -> dict[str, Any]:
    try:
        answer = response.json(object_pairs_hook=unique_names)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise GatewayUnavailable(f"payOS answered HTTP {response.status_code} without JSON")
    return answer


def _refusal(code: object) -> Exception:
    if code == ORDER_EXISTS:
        return OrderExists("payOS knows this order code already: code 231")
    if code == UNKNOWN_ORDER:
        return UnknownOrder("payOS does not know this order: code 101")
    if code == INVALID:
        return InvalidRequest(f"payOS refuses: code {code}", (REFUSALS[INVALID],))
    if isinstance(code, str) and code in REFUSALS:
        return GatewayRejected(f"payOS refuses: code {code}", (REFUSALS[code],))
    return GatewayUnavailable(f"payOS answered the unknown code {str(code)[:8]!r}")


def seconds_until(retry_after: str | None) -> float | None:
    """A Retry-After header (seconds or a date) as seconds from now, None where it says neither."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment: datetime = email.utils.parsedate_to_datetime(retry_after)
        return max((moment - now()).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
