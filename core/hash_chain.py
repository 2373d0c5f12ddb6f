"""Chains of hashes: each link is taken over the one before it and over what it covers, so that a past that was changed
behind our back is seen."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

BEGINNING = bytes(32)
"""In the place of a hash before the first link."""


def link(previous: bytes, records: Iterable[Sequence[Any]]) -> tuple[int, bytes]:
    """How many records there were, and the hash over `previous` and all of their fields."""
    digest, count = hashlib.sha256(previous), 0
    for fields in records:
        digest.update(_line(fields))
        count += 1
    return count, digest.digest()


def _line(fields: Sequence[Any]) -> bytes:
    """A record as it is hashed: JSON, so that no two can be read as the same."""
    return json.dumps([*fields], default=str, separators=(",", ":"), sort_keys=True).encode() + b"\n"
