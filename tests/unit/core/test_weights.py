"""Units that say themselves how heavy they are."""

import unicodedata

import pytest

from core.weights import grams_in


@pytest.mark.parametrize(
    ("unit", "grams"),
    [
        ("g", 1),
        ("Lạng", 100),
        (" KG ", 1_000),
        ("cân", 1_000),
        (unicodedata.normalize("NFD", "yến"), 10_000),
        ("tạ", 100_000),
        ("tấn", 1_000_000),
        ("can", None),
        ("ta", None),
        ("bó", None),
        ("túi 1 kg", None),
        ("", None),
    ],
)
def test_a_unit_of_weight_says_how_heavy_it_is(unit: str, grams: int | None) -> None:
    assert grams_in(unit) == grams
