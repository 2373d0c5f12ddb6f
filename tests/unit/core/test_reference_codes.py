import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from core.reference_codes import ALPHABET, ReferenceKind, find_references, is_reference, new_reference
from core.text import fold

codes = st.builds(new_reference, st.sampled_from(ReferenceKind))
EVERY_LETTER = string.digits + string.ascii_uppercase


def check_character(body: str) -> str:
    """ISO/IEC 7064 MOD 37,36 as the standard words it: the one that brings the running sum to 1 mod 36."""
    total = 36
    for letter in body:
        total = (total + EVERY_LETTER.index(letter)) % 36 or 36
        total = total * 2 % 37
    return EVERY_LETTER[(1 - total) % 36]


@given(codes)
def test_code_is_nine_characters_with_the_check_of_the_standard(code: str) -> None:
    assert len(code) == 9
    assert code[0] in "CSF"
    assert set(code) <= set(ALPHABET)
    assert check_character(code[:-1]) == code[-1]
    assert is_reference(code)


@pytest.mark.parametrize("kind", ReferenceKind)
def test_kind_is_the_first_letter(kind: ReferenceKind) -> None:
    assert new_reference(kind)[0] == kind


def test_codes_do_not_repeat_or_lean() -> None:
    sample = [new_reference(ReferenceKind.STALL) for _ in range(5000)]
    assert len(set(sample)) == len(sample)
    for place in range(1, 8):
        assert {code[place] for code in sample} == set(ALPHABET)


@given(codes, st.integers(0, 8), st.sampled_from(EVERY_LETTER))
def test_one_wrong_character_is_always_noticed(code: str, place: int, letter: str) -> None:
    other = code[:place] + letter + code[place + 1 :]
    assert is_reference(other) == (other == code)


def test_nearly_every_swap_of_neighbours_is_noticed() -> None:
    chance = random.Random(1)
    swaps = passed = 0
    for _ in range(20_000):
        code, place = new_reference(ReferenceKind.PAYMENT_REQUEST), chance.randrange(8)
        if code[place] != code[place + 1]:
            swaps += 1
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            passed += is_reference(swapped)
    assert passed / swaps < 0.005


@pytest.mark.parametrize(
    "code", ["", "C", "c1234567x", "X12345678", "C12345678\n", "CIIIIIIII", "Ｃ12345678"]
)
def test_what_was_not_issued_so_is_no_reference(code: str) -> None:
    assert not is_reference(code)


def test_codes_come_in_the_order_of_the_note_and_once() -> None:
    first, second = new_reference(ReferenceKind.STALL), new_reference(ReferenceKind.FEE_INVOICE)
    found = find_references(f"{first}, {second}; {first}")
    assert [code for code in found if code in (first, second)] == [first, second]


def test_a_code_may_be_broken_three_times_and_no_more() -> None:
    code = new_reference(ReferenceKind.STALL)
    assert code in find_references(f"{code[0]}-{code[1:4]} {code[4:8]} - {code[8]}".replace(" - ", ". "))
    assert code not in find_references(" ".join(code))


@given(st.text())
def test_any_note_is_read_without_error(note: str) -> None:
    assert all(is_reference(code) for code in find_references(note))


def find_plainly(note: str) -> list[str]:
    """The same rule written for reading instead of for speed, with the library's own check character."""
    plain = fold(note).upper().translate(str.maketrans("OIL", "011"))
    gap = r"[ ./-]{1,2}"
    bent = re.compile(rf"(?=([CSF](?:(?:{gap})?[{ALPHABET}]){{8}}))")
    found = [re.subn(gap, "", window[1]) for window in bent.finditer(plain)]
    return list(dict.fromkeys(code for code, gaps in found if gaps <= 3 and mod_37_36.is_valid(code)))


PIECES = st.one_of(
    codes,
    st.text("CSF0123456789ABCXYZOILU", max_size=12),
    st.text(" .-/\t\x1c\xa0", max_size=3),
    st.text(max_size=8),
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_speed_changes_nothing(note: str) -> None:
    assert find_references(note) == find_plainly(note)
