"""What the units of weight weigh that markets sell by. Accents count: a «cân» is a kilogram, a «can» a canister."""

import unicodedata

GRAMS = {
    **dict.fromkeys(("g", "gam", "gram"), 1),
    "lạng": 100,
    **dict.fromkeys(("kg", "kí", "ký", "cân"), 1_000),
    "yến": 10_000,
    "tạ": 100_000,
    "tấn": 1_000_000,
}


def grams_in(unit: str) -> int | None:
    """How heavy one `unit` is; None for what is no weight."""
    return GRAMS.get(unicodedata.normalize("NFC", unit).strip().casefold())
