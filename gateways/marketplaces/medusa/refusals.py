"""What Medusa refuses, and what its refusals mean for us."""

import re
from typing import Any

import requests

from core.errors import text
from gateways.errors import GatewayError, GatewayRejected, GatewayShut, GatewayUnavailable, Problem
from gateways.marketplaces import meanings as means
from gateways.marketplaces.base import offer_problems, rejected
from gateways.ports import Offer

FLOOR = "medusa"
MAX_STOCK = 2**31 - 1
"""What every part of a shop that stands on Medusa can count."""
MAX_TITLE = 255
"""Medusa stores any; what shops' pages are made for."""
MAX_DESCRIPTION_BYTES = 90_000
"""Medusa answers HTTP 413 to a body over 100 kB."""

_OUR_FIELDS = {
    "sku": "sku",
    "handle": "title",
    "title": "title",
    "description": "description",
    "price": "price",
    "prices": "price",
    "amount": "price",
    "stocked_quantity": "stock",
    "images": "pictures",
    "files": "pictures",
    "product_category_id": "category",
    "categories": "category",
    "weight": "weight",
}
_PASSING = {"conflict", "unexpected_state", "database_error"}


class SignInNeeded(GatewayShut):
    """The token has run out, or the server never knew it."""


class NotThere(GatewayUnavailable):
    """The server has nothing of that number."""


def refusal(status: int, answer: dict[str, Any]) -> GatewayError:
    """The worker's next move after HTTP `status` with this JSON. Medusa tells "exists" apart only by its words."""
    message = str(answer.get("message"))[:300]
    kind = str(answer.get("type"))
    if status == requests.codes.unauthorized:
        unknown = text("Sàn không nhận tên hoặc mật khẩu của tài khoản kết nối")
        return SignInNeeded("HTTP 401", (Problem(None, "invalid_credentials", unknown),))
    if status == requests.codes.forbidden:
        may_not = text("Tài khoản kết nối không được quyền làm việc này trên sàn")
        return rejected(Problem(None, "forbidden", may_not))
    if "product_category_id" in message:
        return rejected(Problem("category", "unknown", means.CATEGORY_UNKNOWN.text))
    if status == requests.codes.not_found:
        return NotThere(message)
    if status < requests.codes.bad_request or kind in _PASSING or "already exists" in message:
        return GatewayUnavailable(f"HTTP {status} {kind}: {message}")
    return rejected(_problem(kind, message))


def medusa_problems(offer: Offer) -> list[Problem]:
    """What this floor cannot show of `offer`, known without asking."""
    problems = offer_problems(offer)
    if offer.stock > MAX_STOCK:
        problems.append(Problem("stock", "too_high", text("Số lượng vượt mức mà sàn chứa được")))
    if len(offer.title) > MAX_TITLE:
        said = text("Không được quá %(limit)s ký tự", limit=MAX_TITLE)
        problems.append(Problem("title", "too_long", said))
    if len(offer.description.encode()) > MAX_DESCRIPTION_BYTES:
        problems.append(Problem("description", "too_long", text("Mô tả dài quá mức mà sàn nhận")))
    return problems


def not_set_up(said: str) -> GatewayRejected:
    """Something that the shop's owner must set up first."""
    return rejected(Problem(None, "not_set_up", said))


def _problem(kind: str, message: str) -> Problem:
    words = re.findall(r"[a-z_]+", message.lower())
    field = next((_OUR_FIELDS[word] for word in words if word in _OUR_FIELDS), None)
    meaning = means.lacking(field, message) or means.GENERAL.get(field)
    return means.problem(FLOOR, kind, message, meaning, field=field)
