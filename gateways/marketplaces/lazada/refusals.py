"""What Lazada refuses, and what its refusals mean for us. They come with HTTP 200."""

import re
from collections.abc import Mapping
from typing import Any

from core.errors import text
from gateways.errors import (
    AlreadyDone,
    GatewayError,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from gateways.marketplaces.advice import advice
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, TokenOver

_THROTTLED = re.compile(
    r"ApiCallLimit|AppCallLimit|\bE901\b|SYS_REQUEST_TOO_FAST|limit service request speed", re.I
)
_PASSING = re.compile(
    r"ServiceTimeout|ServiceUnavailable|\bE006\b|internal|unexpected|IC_EXCEPTION|\bTHD_IC_ERR\b|E506|E502",
    re.I,
)
_KEY = {"IncompleteSignature", "InvalidAppKey", "IllegalAppKey"}
_BY_WORD = (
    (r"image", "pictures"),
    (r"categoryid|primarycategory|restricted_category|last level category|category was banned", "category"),
    (r"cat_prop|catprop|propert|attribute|brand", "attributes"),
    (r"description", "description"),
    (r"\bname\b|title", "title"),
    (r"price", "price"),
    (r"quantity|inventory|stock", "stock"),
    (r"weight", "weight"),
    (r"package_", "package"),
    (r"sellersku|seller_sku", "sku"),
)


class SkuTaken(GatewayRejected):
    """The seller's SKU stands in the store already."""


def refusal(answer: Mapping[str, Any]) -> GatewayError:
    """The worker's next move after a `code` other than "0", with what `detail` says of single fields."""
    code, said = str(answer.get("code")), str(answer.get("message", "")).strip()[:300]
    details = [one for one in answer.get("detail") or [] if isinstance(one, dict)]
    told = "; ".join([f"{code}: {said}", *(f"{one.get('field')} {one.get('message')}" for one in details)])[
        :600
    ]
    if found := _of_account(code, said, told):
        return found
    if _THROTTLED.search(told):
        return GatewayThrottled(told)
    if "BIZ_CHECK_EXIST_OUTER_IMAGE" in told:
        return PictureGone(told)
    if "SELLER_SKU_DUPLICATE" in told or "INFRA_PRODUCT_036" in told:
        return SkuTaken(told, (Problem("sku", "sku_taken", text("Mã hàng này đã có ở gian hàng")),))
    if code == "208" or "Item not exist" in said:
        return Gone(told, (Problem(None, code, advice(None, said)),))
    if "not online" in said:
        return AlreadyDone(told)
    if answer.get("type") == "SYSTEM" or _PASSING.search(told):
        return GatewayUnavailable(told)
    return GatewayRejected(told, tuple(_problems(code, said, details)))


def _of_account(code: str, said: str, told: str) -> GatewayError | None:
    if code == "IllegalAccessToken":
        return TokenOver(told)
    if "refresh token" in said.lower() or code == "IllegalRefreshToken":
        return LeaveRevoked(told)
    if "timestamp" in f"{code} {said}".lower():
        return GatewayUnavailable(f"our clock is off, says Lazada: {said}")
    if code in _KEY:
        return KeyRefused(told)
    return None


def _problems(code: str, said: str, details: list[dict[str, Any]]) -> list[Problem]:
    if not details:
        field = _field(said)
        return [Problem(field, code, advice(field, said))]
    problems = []
    for one in details:
        field = _field(f"{one.get('field')} {one.get('message')}")
        reason = f"{one.get('field')}: {one.get('message')}"[:300]
        problems.append(Problem(field, str(one.get("message"))[:60], advice(field, reason)))
    return problems


def _field(words: str) -> str | None:
    lowered = words.lower()
    return next((ours for word, ours in _BY_WORD if re.search(word, lowered)), None)
