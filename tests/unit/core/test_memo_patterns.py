"""Every way in which banks bend a note (`data/bank_statements/`), over thousands of codes."""

import csv
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.reference_codes import ALPHABET, ReferenceKind, find_references, new_reference

PATTERNS = Path(__file__).parents[3] / "data" / "bank_statements" / "memo_patterns.csv"
PER_PATTERN = 2_000
chance = random.Random(20_260_101)
issued = {new_reference(kind) for kind in ReferenceKind for _ in range(2_000)}
issued_list = sorted(issued)


def same_typed(code: str) -> str:
    return code.translate(str.maketrans("OIL", "011"))


def put_inside(code: str, mark: str) -> str:
    place = chance.randrange(1, len(code))
    return code[:place] + mark + code[place:]


def mistyped(code: str) -> str:
    while True:
        place = chance.randrange(len(code))
        other = code[:place] + chance.choice(ALPHABET + "ILOU") + code[place + 1 :]
        if same_typed(other) != code:
            return other


def swapped(code: str) -> str:
    place = chance.choice([i for i in range(8) if code[i] != code[i + 1]])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def unissued(_code: str) -> str:
    code = new_reference(ReferenceKind.PAYMENT_REQUEST)
    return unissued(code) if code in issued else code


BENDS: dict[str, Callable[[str], str]] = {
    "code": str,
    "code_lower": str.lower,
    "code3": lambda code: " ".join(re.findall("...", code)),
    "code_wrap": lambda code: put_inside(code, " "),
    "code_hyphen": lambda code: put_inside(code, chance.choice("-./")),
    "code_o_for_0": lambda code: code.replace("0", "O").replace("1", chance.choice("Il")),
    "code_typo": mistyped,
    "code_swapped": swapped,
    "code_cut": lambda code: code[:-2],
    "code2": lambda _code: chance.choice(issued_list),
    "unknown_code": unissued,
}


def bent(pattern: str, code: str) -> tuple[str, set[str]]:
    """The note, and the issued codes that it names."""
    parts = {name: BENDS[name](code) for name in re.findall(r"{(\w+)}", pattern)}
    return pattern.format(**parts), {code, parts.get("code2", code)}


def rows() -> list[tuple[str, str]]:
    with PATTERNS.open(encoding="utf-8") as file:
        return [(row["pattern"], row["outcome"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("pattern", "outcome"), rows())
def test_note_names_exactly_the_issued_codes(pattern: str, outcome: str) -> None:
    for code in chance.sample(issued_list, PER_PATTERN):
        note, named = bent(pattern, code)
        expected = set() if outcome == "review" else named
        assert set(find_references(note)) & issued == expected, note


def test_few_notes_hold_more_than_their_code() -> None:
    """What is found beside the code was never issued; it only costs a look-up."""
    strays = notes = 0
    for pattern, outcome in rows():
        for code in chance.sample(issued_list, 200):
            note, named = bent(pattern, code)
            strays += len(set(find_references(note)) - (named if outcome != "review" else set()))
            notes += 1
    assert strays / notes < 0.25


def test_bent_code_in_a_long_note_is_found() -> None:
    for code in chance.sample(issued_list, PER_PATTERN):
        bend = chance.choice([BENDS[name] for name in ("code_lower", "code3", "code_wrap", "code_o_for_0")])
        before, after = chance.randrange(10**10), chance.randrange(10**14)
        note = f"MBVCB.{before}.Trả tiền rau {bend(code)} cảm ơn cô FT{after}"
        assert set(find_references(note)) & issued == {code}, note
