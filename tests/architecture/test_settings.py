"""Whoever sets the product up finds every variable that it reads in `.env.example`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.config import Config
from tests.servers import SECRETS

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("core", "models", "gateways", "services", "web", "workers")
READ = re.compile(r"""os\.environ(?:\.get\(|\[)\s*["']([A-Z_]+)["']|envvar="([A-Z_]+)\"""")


class Watched(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values_ = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def explained() -> set[str]:
    return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_setting_is_explained() -> None:
    env = Watched({**SECRETS, "DATABASE_URL": "postgresql://", "REDIS_URL": "redis://"})
    Config.read(env)
    assert len(env.asked) > 10
    assert env.asked - explained() == set()


def test_variable_read_elsewhere_is_explained_too() -> None:
    texts = [path.read_text() for room in PRODUCT for path in (ROOT / room).rglob("*.py")]
    read = {name for text in texts for match in READ.findall(text) for name in match if name}
    assert read
    assert read - explained() == set()


def test_example_sets_nothing() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
