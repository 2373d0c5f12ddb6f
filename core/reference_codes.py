"""Reference codes: the nine characters in a transfer's note that tie it to a stall, a request or an invoice.

A kind's letter, seven characters of Crockford's base 32 and one check character (ISO 7064 MOD 37,36 over
the eight before it). `I L O U` never occur, so that a typed O is always 0 and a typed I or L is always 1.
"""

import re
import secrets
from enum import StrEnum

from stdnum.iso7064 import mod_37_36

from core.text import fold

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9
MAX_GAPS = 3
"""How many times a bank or a hand may have broken a code: `C12 345 67X`, `C-123-4567-X`."""


class ReferenceKind(StrEnum):
    PAYMENT_REQUEST = "C"
    STALL = "S"
    FEE_INVOICE = "F"


_LETTERS = "".join(ReferenceKind)
_CODE = re.compile(rf"[{_LETTERS}][{ALPHABET}]{{{LENGTH - 1}}}")
_GAP = re.compile(r"[ ./-]{1,2}")
_BENT = re.compile(rf"(?=([{_LETTERS}](?:(?:{_GAP.pattern})?[{ALPHABET}]){{{LENGTH - 1}}}))")
_MISTYPED = str.maketrans("OIL", "011")


def new_reference(kind: ReferenceKind) -> str:
    """A random code whose check character can be typed; about 8 in 9 can."""
    while True:
        body = kind + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 2))
        code = body + mod_37_36.calc_check_digit(body)
        if is_reference(code):
            return code


def is_reference(code: str) -> bool:
    """Whether `code` is written exactly as issued, its check character right."""
    return bool(_CODE.fullmatch(code)) and mod_37_36.is_valid(code)


def find_references(note: str) -> list[str]:
    """Every code that a bank's bent `note` may hold, in the order of their places.

    Letters glued before a code can make a second, overlapping one look right (1 in 36 such windows), so
    all are given: the caller acts only on those that were issued.
    """
    plain = fold(note).upper().translate(_MISTYPED)
    found = [_GAP.subn("", bent[1]) for bent in _BENT.finditer(plain)]
    return list(dict.fromkeys(code for code, gaps in found if gaps <= MAX_GAPS and is_reference(code)))
