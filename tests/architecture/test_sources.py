"""How the code is written, as far as a program can tell."""

import re
import subprocess
import tokenize
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
BY_THEMSELVES = "migrations/versions/"
"""A migration is one list of all that it changes."""
VIETNAMESE = re.compile("[À-ỹ₫]")


@cache
def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = [ROOT / name for name in listed.stdout.split()] or [
        path for path in ROOT.rglob("*.py") if not {".venv", "node_modules"} & set(path.parts)
    ]
    return [path for path in found if path.exists() and BY_THEMSELVES not in path.as_posix()]


def test_no_module_is_longer_than_a_person_keeps_in_mind() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in sources()}
    assert len(lengths) > 100
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_vietnamese_stands_in_texts_only() -> None:
    """Not in names and not in comments: the glossary translates the words of the trade once."""
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string}"
        for path in sources()
        for token in tokens(path)
        if token.type in {tokenize.NAME, tokenize.COMMENT} and VIETNAMESE.search(token.string)
    ]
    assert found == []


def tokens(path: Path) -> list[tokenize.TokenInfo]:
    with path.open("rb") as file:
        return list(tokenize.tokenize(file.readline))
