"""The settings of `make run`: the environment, with `.env` behind it. Standard library only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runner.screen import Problem

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"vendure": 3, "oscar": 6, "medusa": 7}
"""Shops that can be started beside us, each on PORT plus this."""
HIGHEST_PORT = 65535 - 8


@dataclass(frozen=True)
class Settings:
    port: int
    data_dir: Path
    floors: frozenset[str]
    env: Mapping[str, str] = field(repr=False)
    """All variables, for the children; empty ones count as not set."""

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, file: Path = ROOT / ".env") -> "Settings":
        """Raises Problem for what cannot be."""
        env = {**read_env(file), **{name: value for name, value in environ.items() if value}}
        floors = frozenset(env.get("FLOORS", "").replace(",", " ").split())
        if unknown := floors - FLOORS.keys():
            raise Problem(
                f"FLOORS={' '.join(sorted(unknown))} is not known; known: {' '.join(sorted(FLOORS))}."
            )
        data_dir = ROOT / Path(env.get("DATA_DIR", ".data")).expanduser()
        return cls(port=_port(env.get("PORT", "8000")), data_dir=data_dir.resolve(), floors=floors, env=env)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def payos_port(self) -> int:
        return self.port + 1

    @property
    def floors_port(self) -> int:
        """Of the sandbox of the large floors."""
        return self.port + 2

    def floor_port(self, floor: str) -> int:
        return self.port + FLOORS[floor]

    @property
    def sms_port(self) -> int:
        return self.port + 4

    @property
    def run_dir(self) -> Path:
        return self.data_dir / "run"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"


def read_env(file: Path) -> dict[str, str]:
    """`NAME=value` lines; blank ones and comments are left out. An absent file is an empty one."""
    if not file.exists():
        return {}
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT:
        raise Problem(f"PORT={text} is no port; choose a number from 1 to {HIGHEST_PORT}.")
    return int(text)
