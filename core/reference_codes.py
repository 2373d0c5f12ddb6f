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
_GAPS = b" ./-"
_BENT = re.compile(
    # The first letter lets the search leap to it; the rest may overlap with the next, so it is only looked at.
    rf"[{_LETTERS}](?=((?:[ ./-]{{0,2}}[{ALPHABET}]){{{LENGTH - 1}}}))".encode()
)
_LONGEST = LENGTH + 2 * MAX_GAPS
_GAP = re.compile(rb"[ ./-]{1,2}")


_MISTYPED = str.maketrans("OIL", "011")


def _as_typed() -> bytes:
    """For each ASCII character what it counts as: a capital, O as 0, I and L as 1, any blank as a space."""
    plain = bytearray(range(256))
    for code in range(128):
        letter = chr(code)
        plain[code] = ord(" " if letter.isspace() else letter.upper().translate(_MISTYPED))
    return bytes(plain)


_AS_TYPED = _as_typed()

_CHECK_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHECK_START = 18


def _check_step(running: int, value: int) -> int:
    return ((running or 36) * 2 % 37 + value) % 36


_CHECK_STEPS = tuple(
    {letter: _check_step(running, value) for value, letter in enumerate(_CHECK_ALPHABET)}
    for running in range(36)
)
"""ISO 7064 MOD 37,36, written out: the running sum after each character; a whole code's is 1."""


def new_reference(kind: ReferenceKind) -> str:
    """A random code whose check character can be typed; about 8 in 9 can."""
    while True:
        body = kind + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 2))
        code = body + mod_37_36.calc_check_digit(body)
        if is_reference(code):
            return code


def is_reference(code: str) -> bool:
    """Whether `code` is written exactly as issued, its check character right."""
    return bool(_CODE.fullmatch(code)) and _is_checked(code.encode())


def _is_checked(code: bytes) -> bool:
    running = _CHECK_START
    for letter in code:
        running = _CHECK_STEPS[running][letter]
    return running == 1


def find_references(note: str) -> list[str]:
    """Every code that a bank's bent `note` may hold, in the order of their places.

    Letters glued before a code can make a second, overlapping one look right (1 in 36 such windows), so
    all are given: the caller acts only on those that were issued.
    """
    plain = (note if note.isascii() else fold(note).upper()).encode("ascii", "replace").translate(_AS_TYPED)
    if b"  " in plain:
        plain = b" ".join(plain.split())
    found: list[str] = []
    for bent in _BENT.finditer(plain):
        code = bent[0] + bent[1]
        if len(code) > LENGTH:
            if len(code) > _LONGEST or len(_GAP.findall(code)) > MAX_GAPS:
                continue
            code = code.translate(None, _GAPS)
        if _is_checked(code):
            found.append(code.decode())
    return list(dict.fromkeys(found)) if len(found) > 1 else found
