"""Which requests a payment of unknown purpose may be for, and why."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.near_codes import holds_nearly, squeezed
from core.reference_codes import ALPHABET, ReferenceKind, new_reference
from services.suggestions import MOST, Candidate, suggest

CAME = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CODE = new_reference(ReferenceKind.PAYMENT_REQUEST)
UNLIKE = "".join("A" if letter != "A" else "B" for letter in CODE)


def candidate(reference: str = UNLIKE, missing: int = 50_000, minutes: int = 10) -> Candidate:
    asked = CAME - timedelta(minutes=minutes)
    return Candidate(uuid4(), reference, "A12", missing, missing, asked)


def test_same_amount_a_little_before() -> None:
    (found,) = suggest(50_000, CAME, "CHUYEN TIEN", [candidate()])
    assert found.reasons == ("Đúng số tiền còn thiếu, hỏi trước khi tiền đến 10 phút",)


@pytest.mark.parametrize(
    "wrong",
    [candidate(missing=49_999), candidate(minutes=24 * 60 + 1), candidate(minutes=-6)],
    ids=["amount", "long ago", "asked after it came"],
)
def test_what_does_not_fit_is_not_suggested(wrong: Candidate) -> None:
    assert suggest(50_000, CAME, "CHUYEN TIEN", [wrong]) == []


def test_code_goes_before_amount_and_both_before_either() -> None:
    both, code, amount = candidate(CODE), candidate(CODE, missing=9_000), candidate(minutes=1)
    found = suggest(50_000, CAME, f"TT {CODE}", [amount, code, both])
    assert [suggestion.request for suggestion in found] == [both, code, amount]
    assert [len(suggestion.reasons) for suggestion in found] == [2, 1, 1]


def test_nearest_in_time_goes_first_and_no_more_than_a_few_are_shown() -> None:
    many = [candidate(minutes=minutes) for minutes in range(30, 0, -1)]
    found = suggest(50_000, CAME, "", many)
    assert [suggestion.request for suggestion in found] == many[::-1][:MOST]


@given(st.integers(0, 8), st.sampled_from(ALPHABET), st.sampled_from(["wrong", "missing", "more"]))
def test_one_edit_away_is_near(place: int, letter: str, kind: str) -> None:
    bent = {
        "wrong": CODE[:place] + letter + CODE[place + 1 :],
        "missing": CODE[:place] + CODE[place + 1 :],
        "more": CODE[:place] + letter + CODE[place:],
    }[kind]
    assert holds_nearly(squeezed(f"Thanh toán {bent[:4]} {bent[4:]} cảm ơn"), CODE)


def test_two_edits_away_is_not() -> None:
    bent = ("A" if CODE[2] != "A" else "B") + CODE[3:6] + ("A" if CODE[6] != "A" else "B")
    assert not holds_nearly(squeezed(f"--{CODE[:2]}{bent}{CODE[7:]}--"), CODE)


def test_note_is_read_as_codes_are_typed() -> None:
    assert squeezed("c-o1 Il đường") == "C0111DU0NG"
