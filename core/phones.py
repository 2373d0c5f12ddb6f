"""Vietnamese phone numbers: stored as E.164 (`+84900000001`), shown as people say them (`0900 000 001`)."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

_TYPED = re.compile(r"\+?[0-9(][0-9 .()-]*")
_DIALLED = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def normalise(typed: str) -> str | None:
    """`0900 000 001`, `84.900.000.001` or `+84900000001` as E.164; None where it is no Vietnamese number."""
    if not _TYPED.fullmatch(typed.strip()):
        return None
    try:
        number = phonenumbers.parse(typed, "VN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, "VN"):
        return None
    if phonenumbers.number_type(number) not in _DIALLED:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display(e164: str) -> str:
    """`+84900000001` as `0900 000 001`. Raises `phonenumbers.NumberParseException` for what is no number."""
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.NATIONAL)
