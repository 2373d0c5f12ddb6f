"""What Vendure refuses, and what its refusals mean for us. Most come with HTTP 200."""

import re
from typing import Any

from core.errors import text
from core.money import format_number
from gateways.errors import GatewayError, GatewayRejected, GatewayShut, GatewayUnavailable, Problem
from gateways.marketplaces import meanings as means
from gateways.marketplaces.base import offer_problems, rejected
from gateways.marketplaces.markup import html_of
from gateways.marketplaces.vendure.wire import CURRENCY
from gateways.ports import Offer

FLOOR = "vendure"
MAX_STOCK = 2**31 - 1
"""GraphQL's Int."""
MAX_NAME = 255
"""The width of the column on MySQL and MariaDB."""
MAX_DESCRIPTION_BYTES = 90_000
"""Vendure answers a body over 100 kB with an empty HTTP 500."""

_PASSING = {None, "INTERNAL_SERVER_ERROR", "ENTITY_NOT_FOUND"}
_OUR_FIELDS = {
    "stockOnHand": "stock",
    "price": "price",
    "sku": "sku",
    "name": "title",
    "description": "description",
}


class SignInNeeded(GatewayRejected):
    """The token is not (or no longer) valid, or the account may not: Vendure says the same for all."""


def refusal(errors: list[dict[str, Any]]) -> GatewayError:
    """The worker's next move after GraphQL `errors`. What the server's database says comes without a code."""
    message = _message(errors[0])
    code = errors[0].get("extensions", {}).get("code")
    if code == "FORBIDDEN":
        may_not = text("Tài khoản kết nối không được quyền làm việc này trên sàn")
        return SignInNeeded(message, (Problem(None, "forbidden", may_not),))
    if "out of range" in message.lower():
        return rejected(Problem("price", "too_high", text("Giá vượt mức mà sàn chứa được")))
    if code in _PASSING or "already exists" in message:
        return GatewayUnavailable(f"{code}: {message}")
    return rejected(*(_problem(code, _message(error)) for error in errors))


def error_result(result: dict[str, Any]) -> GatewayError:
    """The refusal in an ErrorResult, which stands where the result was asked."""
    code = result["errorCode"]
    if code == "INVALID_CREDENTIALS_ERROR":
        unknown = text("Sàn không nhận tên hoặc mật khẩu của tài khoản kết nối")
        return GatewayShut(code, (Problem(None, "invalid_credentials", unknown),))
    if code == "MIME_TYPE_ERROR":
        return rejected(means.problem(FLOOR, "not_a_picture", _message(result), means.PICTURE_UNREADABLE))
    return rejected(_problem(code, _message(result)))


def currency_warnings(offer: Offer, currency: str) -> tuple[Problem, ...]:
    """A shop that was set up in another currency shows our number of đồng as so many of its own: a person
    must see that and have the shop's owner mend it."""
    if currency == CURRENCY:
        return ()
    said = text(
        "Sàn này tính bằng %(currency)s: giá đang hiện là %(amount)s %(currency)s",
        currency=currency,
        amount=format_number(offer.price),
    )
    return (Problem("price", "currency_not_dong", said),)


def vendure_problems(offer: Offer) -> list[Problem]:
    """What this floor cannot show of `offer`, known without asking."""
    problems = offer_problems(offer)
    if offer.stock > MAX_STOCK:
        problems.append(Problem("stock", "too_high", text("Số lượng vượt mức mà sàn chứa được")))
    for field, words in (("title", offer.title), ("sku", offer.sku)):
        if len(words) > MAX_NAME:
            said = text("Không được quá %(limit)s ký tự", limit=MAX_NAME)
            problems.append(Problem(field, "too_long", said))
    if len(html_of(offer.description).encode()) > MAX_DESCRIPTION_BYTES:
        problems.append(Problem("description", "too_long", text("Mô tả dài quá mức mà sàn nhận")))
    return problems


def _message(error: dict[str, Any]) -> str:
    return str(error.get("message"))[:300]


def _problem(code: str, reason: str) -> Problem:
    named = (ours for theirs, ours in _OUR_FIELDS.items() if re.search(rf"\b{theirs}\b", reason))
    field = next(named, None)
    meaning = means.lacking(field, reason) or means.GENERAL.get(field)
    return means.problem(FLOOR, code.lower(), reason, meaning, field=field)
