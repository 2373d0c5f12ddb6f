"""When a notice and a statement's line that agree in account, amount and time are one movement."""

from typing import Any
from uuid import UUID

import pytest

from services.statements.pairing import Candidate, pairs_of


def candidate(**facts: Any) -> Candidate:
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "number": 1,
        "memo": "mua rau cai",
        "bank_reference": "FT1",
        "codes": (),
        "line_id": UUID(int=1001),
        "line_memo": "mua rau cai",
        "line_reference": "",
        "apart": 0.0,
    }
    return Candidate(**known | facts)


@pytest.mark.parametrize(
    ("mine", "other", "one"),
    [
        ("FT1", "", True),
        ("", "FT1", True),
        ("", "", True),
        ("FT1", "MBVCB.1", True),
        ("FT1", "FT1\\BNK", True),
        ("FT1", "NONREF", True),
        ("ft1", "FT1", True),
        ("FT1", "FT2", False),
        ("FT26001122", "FT1", False),
        ("MBVCB.1.2", "MBVCB.3.44", False),
        ("3278907687", "11", False),
    ],
)
def test_references_of_one_form_that_differ_are_two(mine: str, other: str, one: bool) -> None:
    found = pairs_of([candidate(bank_reference=mine, line_reference=other)])
    assert bool(found) is one


@pytest.mark.parametrize(
    ("mine", "other", "codes", "one"),
    [
        ("mua rau cai", "MUA RAU CAI", (), True),
        ("mua rau cải", "mua rau cai", (), True),
        ("MBVCB.327.mua rau cai.CT tu 0123", "mua-rau-cai", (), True),
        ("mua rau cai", "ca phe", (), False),
        ("rau", "mua rau cai", (), False),
        ("", "", (), True),
        ("", "mua rau cai", (), False),
        ("IBFT SC8HG-S0FB tu 01", "THANH TOAN SC8HGS0FB", ("SC8HGS0FB",), True),
        ("IBFT SC8HG-S0FB tu 01", "THANH TOAN SC8HGS0FC", ("SC8HGS0FB",), False),
    ],
)
def test_notes_agree_by_their_words_or_a_code(
    mine: str, other: str, codes: tuple[str, ...], one: bool
) -> None:
    assert bool(pairs_of([candidate(memo=mine, line_memo=other, codes=codes)])) is one


def test_each_is_paired_with_one_only_the_likeliest_first() -> None:
    ids = [UUID(int=n) for n in range(1, 4)]
    lines = [UUID(int=n) for n in range(1001, 1003)]
    rows = [candidate(id=one, line_id=line) for one in ids for line in lines]
    assert pairs_of(rows) == {ids[0]: lines[0], ids[1]: lines[1]}
