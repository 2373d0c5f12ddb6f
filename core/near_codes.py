"""Reference codes that a note almost holds: one character wrong, missing or too many."""

import re

from core.reference_codes import LENGTH
from core.text import fold

_NO_LETTER = re.compile(r"[^A-Z0-9]")
_MISTYPED = str.maketrans("OIL", "011")


def squeezed(note: str) -> str:
    """`note` as codes are read: capitals and digits only, O as 0, I and L as 1."""
    return _NO_LETTER.sub("", fold(note).upper()).translate(_MISTYPED)


def holds_nearly(plain: str, code: str) -> bool:
    """Whether a `squeezed` note holds `code`, or something one edit away from it."""
    if code in plain:
        return True
    for start in range(len(plain)):
        for length in (LENGTH, LENGTH - 1, LENGTH + 1):
            piece = plain[start : start + length]
            if len(piece) == length and _one_edit(piece, code):
                return True
    return False


def _one_edit(piece: str, code: str) -> bool:
    """Whether the two differ in one place only."""
    begin = 0
    while begin < min(len(piece), len(code)) and piece[begin] == code[begin]:
        begin += 1
    if len(piece) == len(code):
        return piece[begin + 1 :] == code[begin + 1 :]
    longer, shorter = (piece, code) if len(piece) > len(code) else (code, piece)
    return longer[begin + 1 :] == shorter[begin:]
