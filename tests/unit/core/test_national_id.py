from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.national_id import CitizenCard, Sex, parse_card, problem_of

TODAY = date(2026, 3, 1)
SEVEN = "010185001234|063123456|Giàng Thị Mẩy|02091985|Nữ|Thôn Na Lo, Tà Chải, Bắc Hà, Lào Cai|05062021"


def card(number: str = "010185001234", **changes: str) -> str:
    fields = {
        "old": "063123456",
        "name": "Giàng Thị Mẩy",
        "born": "02091985",
        "sex": "Nữ",
        "address": "Thôn Na Lo, Tà Chải, Bắc Hà, Lào Cai",
        "issued": "05062021",
    }
    return "|".join([number, *(fields | changes).values()])


def test_card_is_read_field_by_field() -> None:
    assert parse_card(SEVEN, TODAY) == CitizenCard(
        national_id="010185001234",
        old_number="063123456",
        full_name="Giàng Thị Mẩy",
        birth_date=date(1985, 9, 2),
        sex=Sex.FEMALE,
        address="Thôn Na Lo, Tà Chải, Bắc Hà, Lào Cai",
        issue_date=date(2021, 6, 5),
    )


@pytest.mark.parametrize("tail", ["|", "||", "|Cục CS QLHC", "||Giàng A Páo|Lý Thị Dế|\r\n"])
def test_more_fields_at_the_end_change_nothing(tail: str) -> None:
    assert parse_card(SEVEN + tail, TODAY) == parse_card(SEVEN, TODAY)


def test_six_fields_lack_only_the_issue_date() -> None:
    read = parse_card(SEVEN.rpartition("|")[0], TODAY)
    assert read.issue_date is None
    assert read.address
    assert not read.warnings


def test_card_becomes_a_dictionary_with_its_warnings() -> None:
    assert asdict(parse_card(card(address=""), TODAY))["warnings"] == ("Thẻ không ghi địa chỉ",)


def test_old_number_may_be_empty() -> None:
    read = parse_card(card(old=""), TODAY)
    assert read.old_number is None
    assert not read.warnings


def test_decomposed_letters_and_stray_spaces_become_plain() -> None:
    assert (
        parse_card(card(name="  Gia\u0300ng  Thi\u0323 Ma\u0309y ").replace("|", " | "), TODAY).full_name
        == "Giàng Thị Mảy"
    )


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"born": "02091986"}, "Số căn cước không khớp với năm sinh"),
        ({"born": "02092085"}, "Ngày sinh trên thẻ không hợp lệ"),
        ({"born": "31021985"}, "Ngày sinh trên thẻ không hợp lệ"),
        ({"born": ""}, "Ngày sinh trên thẻ không hợp lệ"),
        ({"sex": "Nam"}, "Số căn cước không khớp với giới tính"),
        ({"sex": "?"}, "Giới tính trên thẻ không hợp lệ"),
        ({"address": ""}, "Thẻ không ghi địa chỉ"),
        ({"issued": "05062027"}, "Ngày cấp trên thẻ không hợp lệ"),
        ({"issued": "05061984"}, "Ngày cấp trên thẻ không hợp lệ"),
        ({"issued": "5/6/2021"}, "Ngày cấp trên thẻ không hợp lệ"),
        ({"old": "12345"}, "Số chứng minh nhân dân cũ không hợp lệ"),
    ],
)
def test_what_does_not_agree_is_a_warning(changes: dict[str, str], warning: str) -> None:
    assert warning in parse_card(card(**changes), TODAY).warnings


@pytest.mark.parametrize(
    "words",
    [
        "",
        "|||||||",
        "https://example.vn",
        SEVEN.replace("|", ";"),
        card("01018500123"),
        card("000185001234"),
        card(name=" "),
    ],
)
def test_what_is_no_card_is_refused(words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_card(words, TODAY)
    assert list(refused.value.errors) == ["text"]


@given(st.text() | st.lists(st.text(max_size=12), min_size=5, max_size=8).map(lambda f: card() + "|".join(f)))
def test_any_text_is_read_or_refused(words: str) -> None:
    try:
        assert parse_card(words, TODAY).national_id
    except InvalidInput:
        return


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(Sex),
    st.integers(1, 96),
    st.integers(0, 999_999),
)
def test_well_made_numbers_agree_with_their_person(born: date, sex: Sex, province: int, serial: int) -> None:
    digit = (born.year - 1900) // 100 * 2 + (sex is Sex.FEMALE)
    number = f"{province:03}{digit}{born:%y}{serial:06}"
    assert problem_of(number, born, sex) is None
    assert problem_of(number, born.replace(year=born.year + 1, day=1), sex) is not None
    assert problem_of(number, born, Sex.MALE if sex is Sex.FEMALE else Sex.FEMALE) is not None


@pytest.mark.parametrize(
    "number", ["", "12345678901", "1234567890123", "01018500123A", "000185001234", "٠١٠١٨٥٠٠١٢٣٤"]
)
def test_what_is_not_twelve_digits_of_a_place_is_refused(number: str) -> None:
    assert problem_of(number) is not None
