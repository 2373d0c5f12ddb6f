"""What TikTok Shop refuses, by the codes of its documents, and what its refusals mean for us."""

import re

from core.errors import text
from gateways.errors import (
    AlreadyDone,
    GatewayError,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from gateways.marketplaces.advice import advice, refused
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, TokenOver

EXPIRED = 105002
CREDENTIALS = 36009004
"""Of anything in a query that is not as it should be: its words say what."""
DENIED = Problem(None, "denied", text("Ứng dụng chưa được sàn cấp quyền này: hãy nối lại tài khoản sàn"))
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
        return Gone(told, (Problem(None, str(code), advice(None, said)),))
    if code in _PASSING or _AGAIN.search(said):
        return GatewayUnavailable(told)
    if code in _DENIED:
        return GatewayRejected(told, (DENIED,))
    return refused(_field(code, said), str(code), said)


def _field(code: int, said: str) -> str | None:
    known = next((field for field, codes in _BY_CODE.items() if code in codes), None)
    lowered = said.lower()
    return known or next((field for word, field in _BY_WORD if re.search(word, lowered)), None)
