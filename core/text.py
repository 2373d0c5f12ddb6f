"""Vietnamese text made comparable."""

import unicodedata


def fold(words: str) -> str:
    """Lower case, no accents, single spaces: `Phường Hoà Bình` and `phuong hòa  binh` become equal."""
    plain = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def unaccented(words: str) -> str:
    """Without accents, as an SMS carries 160 characters: `Chợ Bắc Hà` becomes `Cho Bac Ha`."""
    plain = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in plain if not unicodedata.combining(c))
