"""Secrets at rest: sealed values (Fernet, with rotation) and blind indexes (HMAC-SHA256) to find them by."""

import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, MultiFernet

from core.config import config


@cache
def _vault() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in config().encryption_keys])


def seal(value: str) -> bytes:
    return _vault().encrypt(value.encode())


def unseal(sealed: bytes, within: int | None = None) -> str:
    """The value that `seal` took, `within` so many seconds. Raises `cryptography.fernet.InvalidToken` when no key opens
    it, or it is older."""
    return _vault().decrypt(sealed, within).decode()


def seal_bytes(value: bytes) -> bytes:
    return _vault().encrypt(value)


def unseal_bytes(sealed: bytes) -> bytes:
    """The bytes that `seal_bytes` took."""
    return _vault().decrypt(sealed)


def reseal(sealed: bytes) -> bytes:
    """The same value under the newest key."""
    return _vault().rotate(sealed)


def blind_index(kind: str, value: str) -> bytes:
    """A keyed hash by which equal values of one kind are found without being readable."""
    return hmac.digest(config().blind_index_key.encode(), f"{kind}:{value}".encode(), hashlib.sha256)


def mask(value: str, shown: int = 3) -> str:
    """`012345678901` as `•••••••••901`; a value that would be shown whole is hidden whole."""
    hidden = len(value) - shown if len(value) > shown else len(value)
    return "•" * hidden + value[hidden:]
