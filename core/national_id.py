"""The citizen card (CCCD): its twelve-digit number and the text of its QR code.

A number is three digits for the province or country of birth registration (old codes), one for century
and sex (0 and 1: born 1900-1999, male and female; 2 and 3: 2000-2099, and so on), two for the year of
birth and six at random (Circular 59/2021/TT-BCA).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from core.errors import InvalidInput, Text, text

_NUMBER = re.compile(r"[0-9]{12}")
_OLD_NUMBER = re.compile(r"[0-9]{9}")
_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_FEWEST_FIELDS = 6


class Sex(StrEnum):
    """As the card prints it."""

    MALE = "Nam"
    FEMALE = "Nữ"


@dataclass(frozen=True)
class CitizenCard:
    """What a card's QR says; None where it says nothing or nothing readable."""

    national_id: str
    old_number: str | None
    full_name: str
    birth_date: date | None
    sex: Sex | None
    address: str
    issue_date: date | None
    warnings: tuple[Text, ...] = ()
    """What a person should compare with the card itself."""


def problem_of(number: str, birth_date: date | None = None, sex: Sex | None = None) -> Text | None:
    """Why `number` is no citizen's number, or not of a person so born, or None."""
    if not _NUMBER.fullmatch(number):
        return text("Số căn cước gồm 12 chữ số")
    if number.startswith("000"):
        return text("Ba số đầu của số căn cước là mã nơi khai sinh, không thể là 000")
    if birth_date and _birth_year(number) != birth_date.year:
        return text("Số căn cước không khớp với năm sinh")
    if sex and _sex(number) is not sex:
        return text("Số căn cước không khớp với giới tính")
    return None


def parse_card(words: str, today: date) -> CitizenCard:
    """The text of a card's QR. Raises InvalidInput (field `text`) for what is no such text.

    Between `|`: number, old number, name, birth, sex, address, issue date. Cards were seen with one field
    less and with more at the end, so only the first six must be there.
    """
    fields = [" ".join(field.split()) for field in unicodedata.normalize("NFC", words).split("|")]
    if len(fields) < _FEWEST_FIELDS or problem_of(fields[0]) or not fields[2]:
        raise InvalidInput.of("text", text("Đây không phải là nội dung mã QR của thẻ căn cước"))
    number, old_number, full_name, born, sex, address = fields[:_FEWEST_FIELDS]
    issued = fields[_FEWEST_FIELDS] if len(fields) > _FEWEST_FIELDS else ""
    card = CitizenCard(
        national_id=number,
        old_number=old_number or None,
        full_name=full_name,
        birth_date=_date(born),
        sex=_SEXES.get(sex.casefold()),
        address=address,
        issue_date=_date(issued),
    )
    return replace(card, warnings=tuple(_doubts(card, issued, today)))


def _doubts(card: CitizenCard, issued: str, today: date) -> Iterator[Text]:
    if card.old_number and not _OLD_NUMBER.fullmatch(card.old_number):
        yield text("Số chứng minh nhân dân cũ không hợp lệ")
    if not card.birth_date or card.birth_date > today:
        yield text("Ngày sinh trên thẻ không hợp lệ")
    if not card.sex:
        yield text("Giới tính trên thẻ không hợp lệ")
    if not card.address:
        yield text("Thẻ không ghi địa chỉ")
    if issued and not (card.issue_date and (card.birth_date or date.min) <= card.issue_date <= today):
        yield text("Ngày cấp trên thẻ không hợp lệ")
    yield from filter(
        None, (problem_of(card.national_id, card.birth_date), problem_of(card.national_id, sex=card.sex))
    )


_SEXES = {sex.casefold(): sex for sex in Sex}


def _birth_year(number: str) -> int:
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def _sex(number: str) -> Sex:
    return Sex.FEMALE if int(number[3]) % 2 else Sex.MALE


def _date(ddmmyyyy: str) -> date | None:
    parts = _DATE.fullmatch(ddmmyyyy)
    try:
        return date(int(parts[3]), int(parts[2]), int(parts[1])) if parts else None
    except ValueError:
        return None
