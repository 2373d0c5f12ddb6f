import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phường Hoà Bình", "phuong hòa  binh"),
        ("hoà", "hòa"),
        ("Đắk Lắk", "dak lak"),
        ("ĐÀ NẴNG", "đà nẵng"),
        ("thuỷ", "thủy"),
        ("  Sa\u00a0Pa\t", "sa pa"),
        (unicodedata.normalize("NFD", "Cốc Lếu"), unicodedata.normalize("NFC", "Cốc Lếu")),
        (unicodedata.normalize("NFD", "ƯỚC ƠN"), "uoc on"),
    ],
)
def test_different_spellings_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_words_stay_different() -> None:
    assert fold("Bắc Hà") == "bac ha"
    assert fold("Bắc Hà") != fold("Bắc Hải")


@given(st.text())
def test_folding_twice_changes_nothing(words: str) -> None:
    assert fold(fold(words)) == fold(words)


@given(st.text())
def test_case_and_composition_make_no_difference(words: str) -> None:
    assert fold(unicodedata.normalize("NFD", words)) == fold(unicodedata.normalize("NFC", words))


@given(st.text("aáàảãạăắằẳẵặâấầẩẫậeéèẻẽẹêếềểễệiíìỉĩịoóòỏõọôốồổỗộơớờởỡợuúùủũụưứừửữựyýỳỷỹỵđ "))
def test_vietnamese_becomes_plain_letters(words: str) -> None:
    assert fold(words).isascii()
    assert fold(words.upper()) == fold(words)
