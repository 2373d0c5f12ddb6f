"""What TikTok Shop refuses, by the codes of its documents, and what its refusals mean for us."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateways.errors import (
    AlreadyDone,
    GatewayError,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from gateways.labels import StillPrinting
from gateways.marketplaces import meanings as means
from gateways.marketplaces.meanings import Meaning, field_in
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, TokenOver

FLOOR = "tiktok"
CREDENTIALS = 36009004
"""Of anything in a query that is not as it should be: its words say what."""
Move = Callable[[str], GatewayError]


def _gone(told: str) -> GatewayError:
    code, _, said = told.partition(": ")
    return Gone(told, (means.problem(FLOOR, code, said, means.GONE),))


_WORDS: tuple[tuple[str, Move], ...] = (
    (
        rf"^{CREDENTIALS}:.*timestamp",
        lambda told: GatewayUnavailable(f"our clock is off, says TikTok Shop: {told}"),
    ),
    (rf"^{CREDENTIALS}:.*access", TokenOver),
    (rf"^{CREDENTIALS}:.*(app_key|shop_cipher|shop_id|\bsign(ature)?\b)", KeyRefused),
    (r"^(11034023|11034037|21023022):", StillPrinting),
    (r"try again later|system timeout|process error", GatewayUnavailable),
)
"""The worker's next move by the words of `code: message`."""
_MOVES: dict[int, Move] = {
    36009002: GatewayThrottled,
    105002: TokenOver,
    **dict.fromkeys((106001, 106013), KeyRefused),
    **dict.fromkeys((101000, 105005, 36009033), means.denied),
    **dict.fromkeys((12052327, 12052300, 12052722), PictureGone),
    **dict.fromkeys((12052031, 12052032, 12052034, 12052048, 12052260, 12019150), _gone),
    **dict.fromkeys((11006021, 21008099, 21011020, 21011027, 21011040), AlreadyDone),
    **dict.fromkeys(
        (
            36009003, 36009007, 12001000, 12052881, 11001027, 11001031, 11006005, 21001003, 21001008, 21001011,
            21022029, 21042001, 21042076, 25001028, 25001058, 25007002, 25020009,
        ),
        GatewayUnavailable,
    ),
}  # fmt: skip
"""The same by the code. 25020009: a wish to cancel that its buyer took back meanwhile."""
MEANINGS: dict[int, Meaning] = {
    **dict.fromkeys((12052052, 12052261), means.TITLE_MISSING),
    12052051: means.TITLE_LENGTH,
    **dict.fromkeys((12052262, 12052263, 12052931), means.TITLE_WORDS),
    12052015: means.DESCRIPTION_MISSING,
    12052013: means.DESCRIPTION_TOO_LONG,
    **dict.fromkeys((12052346, 12052932), means.DESCRIPTION_WORDS),
    **dict.fromkeys((12019006, 12052056), means.GENERAL["description"]),
    12052571: means.PRICE_MISSING,
    12052570: means.PRICE_TOO_HIGH,
    **dict.fromkeys((12052012, 12052073, 12052092, 12052572), means.PRICE_WRONG),
    **dict.fromkeys((12052038, 12019045), means.PRICE_LOCKED),
    12052084: means.CURRENCY_WRONG,
    **dict.fromkeys((12019024, 12052055, 12052486), means.STOCK_OUTSIDE),
    12052393: means.STOCK_LOCKED,
    12052181: means.WEIGHT_MISSING,
    **dict.fromkeys((12052006, 12019011), means.WEIGHT_WRONG),
    **dict.fromkeys((12019012, 12052003, 12052004, 12052005, 12052116), means.GENERAL["package"]),
    12052028: means.PICTURES_MISSING,
    **dict.fromkeys((12052029, 12052306), means.PICTURES_TOO_MANY),
    **dict.fromkeys((12038002, 12038004, 12038015, 12052304), means.PICTURE_UNREADABLE),
    **dict.fromkeys((12038005, 12052302, 36009021), means.PICTURE_TOO_BIG),
    **dict.fromkeys((12038014, 12019116, 12052301, 12052305), means.PICTURE_SIZE),
    **dict.fromkeys((12052002, 12052023, 12052024, 12052025, 12052217, 12052230), means.CATEGORY_UNKNOWN),
    **dict.fromkeys(
        (12052220, 12052221, 12052223, 12052225, 12052226, 12052227, 12052446), means.CATEGORY_CLOSED
    ),
    12052158: means.CATEGORY_FIXED,
    **dict.fromkeys((12052104, 12052182, 12052248, 12052362), means.ATTRIBUTE_MISSING),
    **dict.fromkeys(
        (
            12052151, 12052183, 12052240, 12052244, 12052245, 12052246, 12052247, 12052249, 12052250, 12052251,
            12052253, 12052254, 12052256, 12052361, 12052525, 12052526, 12052529, 12052935,
        ),
        means.ATTRIBUTE_WRONG,
    ),
    **dict.fromkeys((12019013, 12052026, 12052200, 12052201, 12052208), means.BRAND_WANTED),
    **dict.fromkeys(
        (12052105, 12052385, 12052650, 12052651, 12052655, 12052656, 12052657, 12052658), means.PAPER_WANTED
    ),
    **dict.fromkeys((12052054, 12019059), means.SKU_WRONG),
    **dict.fromkeys((12052097, 12052115, 12019022, 12052096, 12052535), means.NO_WAREHOUSE),
    **dict.fromkeys(
        (
            12019028, 12052037, 12052094, 12052095, 12052141, 12052144, 12052207, 12052364, 12052403, 12052405,
            12052420, 12052516, 12052530, 12052531, 12052532, 12052533, 12052921,
        ),
        means.WAREHOUSE_WRONG,
    ),
    **dict.fromkeys(
        (12052901, 12019113, 12052163, 12052308, 12052332, 12052371, 12052547), means.NOT_NOW
    ),
    12052093: means.SHOP_FULL,
    **dict.fromkeys((12052700, 12052703, 12052704, 12052995, 12019215), means.SHOP_CLOSED),
    **dict.fromkeys((25007006, 25020005, 21011028), means.ORDER_UNKNOWN),
    **dict.fromkeys(
        (25001003, 25001011, 25001051, 25011012, 25020003, 25020004, 21011041), means.ORDER_ANSWERED
    ),
    25001045: means.ORDER_STAYS,
    **dict.fromkeys((21004017, 21011053, 21011054), means.ORDER_NOT_READY),
    **dict.fromkeys((21008044, 21011007), means.BUYER_ASKS),
    **dict.fromkeys((11028006, 21011022, 21011025, 21011026, 21034012), means.TRACKING_WRONG),
    **dict.fromkeys(
        (11021014, 11021015, 11021016, 11021017, 11021018, 11021019, 11021020, 11021022), means.PARCEL_TOO_BIG
    ),
    **dict.fromkeys((11021010, 11021012, 11021013, 11021023, 11021024), means.ADDRESS_WRONG),
    11021025: means.NO_WAREHOUSE,
    **dict.fromkeys(
        (
            36009009, 36009010, 36009022, 36009023, 12019027, 12019109, 12019120, 12052030, 12052036, 12052344,
            12052345, 12052348, 12052349, 12052350, 12052352, 12052487, 12052553, 12052556, 12052557, 12052902,
            12052910, 12052915, 12052916, 11001002, 11050001, 21001001, 25001001, 25001014, 25001015, 25001020,
            25001021,
        ),
        means.OUR_FAULT,
    ),
}  # fmt: skip
"""What a code says of an offer or of an order."""
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


def refusal(code: int, message: str) -> GatewayError:
    """The worker's next move after a `code` other than 0."""
    said = message.strip()[:300]
    told = f"{code}: {said}"
    by_words = (move for words, move in _WORDS if re.search(words, told, re.IGNORECASE))
    if move := _MOVES.get(code) or next(by_words, None):
        return move(told)
    return GatewayRejected(told, (problem(code, said),))


def problem(code: int, said: str) -> Problem:
    meaning = MEANINGS.get(code)
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
