"""What a person changed, told from what others changed since the page was opened."""

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from core.crypto import seal
from web.shown_forms import asked_for, opened, sealed

UNTOUCHED = "untouched"
ROW, OTHER = {"name": "VietGAP", "number": "1"}, {"name": "Hữu cơ", "number": "2"}


@pytest.mark.parametrize(
    ("typed", "shown", "stored", "asked"),
    [
        ("a", "a", "b", UNTOUCHED),
        ("c", "a", "a", "c"),
        ("c", "a", "c", "c"),
        (None, "a", "a", None),
        ("a\r\nb", "a\nb", "c", UNTOUCHED),
        ({"x": 1, "y": 3}, {"x": 1, "y": 2}, {"x": 5, "y": 2, "z": 6}, {"x": 5, "y": 3, "z": 6}),
        ({"y": 2}, {"x": 1, "y": 2}, {"x": 1, "y": 4}, {"y": 4}),
        (["x", "z"], ["x"], ["x", "y"], ["x", "y", "z"]),
        ([], ["x"], ["x", "y"], ["y"]),
        ([ROW, OTHER], [ROW], [OTHER, ROW], [ROW, OTHER]),
        ([], [ROW], [ROW], []),
        ([OTHER, ROW], [ROW, OTHER], [], UNTOUCHED),
    ],
)
def test_only_what_was_touched_is_asked_for(typed: Any, shown: Any, stored: Any, asked: Any) -> None:
    found, overtaken = asked_for({"field": typed}, {"field": shown}, {"field": stored})
    assert not overtaken
    assert found == ({} if asked == UNTOUCHED else {"field": asked})


@pytest.mark.parametrize(
    ("typed", "shown", "stored", "path"),
    [
        ("c", "a", "b", "field"),
        (None, "a", "b", "field"),
        ("c", "a", None, "field"),
        ({"x": 3}, {"x": 1}, {"x": 2}, "field.x"),
        ({}, {"x": 1}, {"x": 2}, "field.x"),
        ({"x": 3}, {"x": 1}, {}, "field.x"),
        ([ROW, OTHER], [ROW], [], "field"),
        ([], [ROW], [ROW, OTHER], "field"),
    ],
)
def test_what_both_touched_is_overtaken(typed: Any, shown: Any, stored: Any, path: str) -> None:
    _, overtaken = asked_for({"field": typed}, {"field": shown}, {"field": stored})
    assert overtaken == [path]


def test_what_was_shown_comes_back_as_it_was_and_nothing_else_does() -> None:
    shown = MultiDict([("marketplaces", "shop"), ("marketplaces", "voso"), ("description", "một\nhai")])
    assert opened(sealed(shown)) == shown
    for strange in (None, "", "x", seal("{}").decode()[:-4]):
        assert opened(strange) is None
