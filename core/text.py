"""Vietnamese text made comparable."""

import html
import re
import unicodedata

VIETNAMESE = (
    "àáãảạăằắẵẳặâầấẫẩậèéẽẻẹêềếễểệìíĩỉịòóõỏọôồốỗổộơờớỡởợùúũủụưừứữửựỳýỹỷỵÀÁ"
    "ÃẢẠĂẰẮẴẲẶÂẦẤẪẨẬÈÉẼẺẸÊỀẾỄỂỆÌÍĨỈỊÒÓÕỎỌÔỒỐỖỔỘƠỜỚỠỞỢÙÚŨỦỤƯỪỨỮỬỰỲÝỸỶỴđĐ"
)
"""Every letter of Vietnamese that has a mark, in both cases; what it is without, lower case, stands in `PLAIN`."""
PLAIN = (
    "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyaa"
    "aaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyydd"
)


_NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]")


def in_cell(words: str) -> str:
    """As a sheet's cell keeps it: every line ends alike, no blanks around it, nothing that XML has no sign for."""
    return _NOT_IN_XML.sub("", words).replace("\r\n", "\n").replace("\r", "\n").strip()


def fold(words: str) -> str:
    """Lower case, no accents, single spaces: `Phường Hoà Bình` and `phuong hòa  binh` become equal."""
    plain = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def unaccented(words: str) -> str:
    """Without accents, as an SMS carries 160 characters: `Chợ Bắc Hà` becomes `Cho Bac Ha`."""
    plain = unicodedata.normalize("NFD", words.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def slug(words: str) -> str:
    """For addresses: `Mận tam hoa (kg)` becomes `man-tam-hoa-kg`; what has no such letters becomes `-`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(words)).strip("-") or "-"


def language_of(words: str) -> str:
    """What somebody else's words are most likely written in, as HTML's `lang` names it."""
    if re.search(r"[\u4e00-\u9fff]", words):
        return "zh"
    return "vi" if set(words) & set(VIETNAMESE) else "en"


def same_words(one: str, other: str) -> bool:
    """Whether people read the same in both, though one went through a web shop: it may have set its signs in HTML, put
    letters together otherwise, or tidied up the spaces."""
    return _as_read(one) == _as_read(other)


def _as_read(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", html.unescape(words)).split())
