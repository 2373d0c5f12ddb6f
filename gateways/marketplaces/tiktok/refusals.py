"""What TikTok Shop refuses, by the codes of its documents, and what its refusals mean for us."""

import re
from collections.abc import Mapping, Sequence
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
from gateways.marketplaces import meanings as means
from gateways.marketplaces.meanings import Meaning, field_in
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, TokenOver

FLOOR = "tiktok"
EXPIRED = 105002
CREDENTIALS = 36009004
"""Of anything in a query that is not as it should be: its words say what."""
DENIED = Problem(
    None, "denied", text("Ứng dụng chưa được sàn cấp quyền này: hãy báo người quản trị nối lại tài khoản sàn")
)
_THROTTLED = {36009002}
_PASSING = {
    36009003,
    36009007,
    36009009,
    12001000,
    11001027,
    11001031,
    11006005,
    21042001,
    21042076,
    21022029,
}
_KEY = {106001, 106013}
_DENIED = {101000, 105005, 36009033}
_PICTURE_GONE = {12052327}
_GONE = {12052032}
_DONE = {11006021}
_BY_CODE = {
    "pictures": {12019116, 12038002, 12038004, 12038005, 12038014, 12038015, 12052028, 12052029},
    "description": {12019006, 12052013, 12052015, 12052056},
    "title": {12052051, 12052052},
    "price": {12052012, 12052073, 12052084, 12052092, 12052570, 12052572, 12052038, 12019045},
    "stock": {12019024, 12052055, 12052037, 12052393},
    "weight": {12019011, 12052006, 12052181},
    "package": {12019012, 12052003, 12052004, 12052005, 12052116},
    "sku": {12052054, 12019059},
    "attributes": {12052104, 12052182, 12052183},
    "category": {
        12052002, 12052023, 12052024, 12052025, 12052105, 12052217, 12052220, 12052221, 12052223, 12052225, 12052226,
        12052227, 12052230,
    },
}  # fmt: skip
"""Of which field a code speaks."""
MEANINGS: dict[int, Meaning] = {
    12052052: means.TITLE_MISSING,
    12052051: means.TITLE_LENGTH,
    12052015: means.DESCRIPTION_MISSING,
    12052013: means.DESCRIPTION_TOO_LONG,
    12052084: means.CURRENCY_WRONG,
    12052073: means.PRICE_WRONG,
    12052055: means.STOCK_OUTSIDE,
    12052181: means.WEIGHT_MISSING,
    12052006: means.WEIGHT_WRONG,
    12052028: means.PICTURES_MISSING,
    12052029: means.PICTURES_TOO_MANY,
    12038004: means.PICTURE_UNREADABLE,
    12038005: means.PICTURE_TOO_BIG,
    12038014: means.PICTURE_SIZE,
    12052023: means.CATEGORY_UNKNOWN,
    12052220: means.CATEGORY_CLOSED,
    12052104: means.ATTRIBUTE_MISSING,
    12052054: means.SKU_WRONG,
    12052097: means.NO_WAREHOUSE,
    12052901: means.NOT_NOW,
    12052032: means.GONE,
    **dict.fromkeys((12052902, 12052910, 12052557, 12019027, 12019109, 12019120), means.OUR_FAULT),
}
"""What a code says of it, where more than the field is known."""
_BY_WORD = (
    (r"image", "pictures"),
    (r"categor", "category"),
    (r"attribute|property", "attributes"),
    (r"description", "description"),
    (r"title|product name", "title"),
    (r"\bprice", "price"),
    (r"inventory|stock|quantity", "stock"),
    (r"weight", "weight"),
    (r"dimension|package size", "package"),
)
_KEY_WORDS = re.compile(r"app_key|shop_cipher|\bsign(ature)?\b", re.IGNORECASE)
_AGAIN = re.compile(r"try again later|system timeout|process error", re.IGNORECASE)


def refusal(code: int, message: str) -> GatewayError:
    """The worker's next move after a `code` other than 0."""
    said, told = message.strip()[:300], f"{code}: {message.strip()[:300]}"
    if code == CREDENTIALS and "timestamp" in said.lower():
        return GatewayUnavailable(f"our clock is off, says TikTok Shop: {said}")
    if code == EXPIRED or (code == CREDENTIALS and "access" in said.lower()):
        return TokenOver(told)
    if code in _KEY or (code == CREDENTIALS and _KEY_WORDS.search(said)):
        return KeyRefused(told)
    if code in _DONE:
        return AlreadyDone(told)
    if code in _THROTTLED:
        return GatewayThrottled(told)
    if code in _PICTURE_GONE:
        return PictureGone(told)
    if code in _GONE:
        return Gone(told, (means.problem(FLOOR, str(code), said, means.GONE),))
    if code in _PASSING or _AGAIN.search(said):
        return GatewayUnavailable(told)
    if code in _DENIED:
        return GatewayRejected(told, (DENIED,))
    return GatewayRejected(told, (problem(code, said),))


def problem(code: int, said: str) -> Problem:
    known = next((field for field, codes in _BY_CODE.items() if code in codes), None)
    meaning = MEANINGS.get(code) or means.GENERAL.get(known)
    field = meaning.field if meaning else field_in(said, _BY_WORD)
    return means.problem(FLOOR, str(code), said, meaning, field=field)


def failed_review(reasons: Sequence[str]) -> list[Problem]:
    """Why TikTok Shop's people did not let a product pass; they need not say it."""
    if not reasons:
        return [means.problem(FLOOR, "failed_review", "", means.NOT_PASSED)]
    return [
        means.problem(FLOOR, "failed_review", said, means.IN_REVIEW_REFUSED, field=field_in(said, _BY_WORD))
        for said in reasons
    ]


def carried_out(told: Mapping[str, Any]) -> None:
    """Raises what the first of `errors` is: what of a batch was not done is told as a success too."""
    for error in told.get("errors") or []:
        raise refusal(int(error.get("code") or 0), str(error.get("message")))
