"""The QR of a link: a dynamic VietQR of its virtual account."""

import binascii
import re
import unicodedata


def payload(bank: str, account_number: str, amount: int, description: str) -> str:
    """The EMVCo text that a bank's app reads, its CRC-16/CCITT-FALSE at the end."""
    account = _tag("00", bank) + _tag("01", account_number)
    text = (
        _tag("00", "01")
        + _tag("01", "12")
        + _tag("38", _tag("00", "A000000727") + _tag("01", account) + _tag("02", "QRIBFTTA"))
        + _tag("53", "704")
        + _tag("54", str(amount))
        + _tag("58", "VN")
        + _tag("62", _tag("08", _plain(description)))
        + "6304"
    )
    return f"{text}{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def _tag(number: str, value: str) -> str:
    return f"{number}{len(value):02}{value}" if value else ""


def _plain(words: str) -> str:
    """Upper case without accents: all that a transfer note can carry."""
    letters = unicodedata.normalize("NFD", words.upper().replace("Đ", "D"))
    return re.sub(r"[^A-Z0-9]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).strip()
