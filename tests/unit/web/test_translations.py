"""The English catalogue holds every text that people can read, and is compiled."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
PO = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = dict.fromkeys(("_", "gettext", "ngettext", "text", "translate"))
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]")


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every message id in code and templates."""
    methods, options = parse_mapping_cfg((ROOT / "babel.cfg").open(), "babel.cfg")
    found = extract_from_dir(ROOT, methods, options, keywords=KEYWORDS, comment_tags=())
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


@pytest.fixture(scope="module")
def english() -> Catalog:
    return read_po(PO.open("rb"), locale="en")


def test_every_text_is_translated(said: set[str], english: Catalog) -> None:
    translated = {message.id for message in english if message.id and message.string and not message.fuzzy}
    assert said - translated == set()


def test_nothing_is_translated_that_nobody_says(said: set[str], english: Catalog) -> None:
    assert {message.id for message in english if message.id} - said == set()


def test_placeholders_agree(english: Catalog) -> None:
    for message in english:
        if message.id:
            assert set(PLACEHOLDER.findall(message.id)) == set(PLACEHOLDER.findall(message.string)), (
                message.id
            )


def test_the_compiled_catalogue_is_current(english: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, english)
    assert compiled.getvalue() == PO.with_suffix(".mo").read_bytes()


def test_texts_are_vietnamese(said: set[str]) -> None:
    """SQL and other machines' words must not slip in through a function of the same name."""
    assert not [message for message in said if re.search(r"\(\)$|SELECT|INSERT", message)]
