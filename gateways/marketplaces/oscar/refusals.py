"""What django-oscar refuses, and what its refusals mean for us."""

from collections.abc import Iterator
from typing import Any

import requests

from core.errors import text
from gateways.errors import GatewayError, GatewayShut, GatewayUnavailable, Problem
from gateways.marketplaces import meanings as means
from gateways.marketplaces.base import offer_problems, rejected
from gateways.marketplaces.markup import html_of
from gateways.ports import Offer

FLOOR = "oscar"
MAX_PRICE = 9_999_999_999
"""The column holds 12 digits, two of them behind the point."""
MAX_STOCK = 2**31 - 1
"""PositiveIntegerField on PostgreSQL."""
MAX_TITLE = 255
MAX_DESCRIPTION_BYTES = 65_535
"""TEXT on MySQL."""

_OUR_FIELDS = {
    "upc": "sku",
    "partner_sku": "sku",
    "title": "title",
    "slug": "title",
    "description": "description",
    "price": "price",
    "price_currency": "price",
    "num_in_stock": "stock",
    "images": "pictures",
    "categories": "category",
}


def refusal(status: int, answer: Any) -> GatewayError:
    """The worker's next move after HTTP `status` with this JSON."""
    if status == requests.codes.unauthorized or _is_of_token(answer):
        unknown = text("Sàn không nhận mã kết nối: hãy lấy mã mới trong trang quản trị của sàn")
        return GatewayShut(
            f"HTTP {status}: the token is not taken", (Problem(None, "invalid_credentials", unknown),)
        )
    if status == requests.codes.forbidden:
        may_not = text("Tài khoản kết nối không được quyền làm việc này trên sàn")
        return rejected(Problem(None, "forbidden", may_not))
    if status < requests.codes.bad_request:
        return GatewayUnavailable(f"HTTP {status}: the shop has moved")
    return rejected(*_problems(answer))


def _is_of_token(answer: Any) -> bool:
    """REST framework says so with 403 where a shop looks at cookies before tokens."""
    return isinstance(answer, dict) and str(answer.get("detail")).startswith("Invalid token")


def oscar_problems(offer: Offer) -> list[Problem]:
    """What this floor cannot show of `offer`, known without asking."""
    problems = offer_problems(offer)
    if offer.price > MAX_PRICE and not any(problem.field == "price" for problem in problems):
        problems.append(Problem("price", "too_high", text("Giá vượt mức mà sàn chứa được")))
    if offer.stock > MAX_STOCK:
        problems.append(Problem("stock", "too_high", text("Số lượng vượt mức mà sàn chứa được")))
    if len(offer.title) > MAX_TITLE:
        said = text("Không được quá %(limit)s ký tự", limit=MAX_TITLE)
        problems.append(Problem("title", "too_long", said))
    if len(html_of(offer.description).encode()) > MAX_DESCRIPTION_BYTES:
        problems.append(Problem("description", "too_long", text("Mô tả dài quá mức mà sàn nhận")))
    return problems


def _problems(answer: Any) -> Iterator[Problem]:
    for path, reason in _leaves(answer, ()):
        if reason.startswith("Error when downloading image"):
            yield means.problem(FLOOR, "picture_not_fetched", reason, means.PICTURE_NOT_FETCHED)
        else:
            field = next((_OUR_FIELDS[name] for name in path if name in _OUR_FIELDS), None)
            meaning = means.lacking(field, reason) or means.GENERAL.get(field)
            yield means.problem(FLOOR, "refused", reason, meaning, field=field)


def _leaves(answer: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every sentence of the answer with the names that lead to it: `stockrecords`, `0`, `price`."""
    if isinstance(answer, dict):
        for name, inner in answer.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(answer, list):
        for inner in answer:
            yield from _leaves(inner, path)
    else:
        yield path, str(answer)
