"""The secrets of one installation: made once, kept in DATA_DIR, handed to the children by environment."""

import base64
import os
import secrets
from pathlib import Path

from runner.settings import read_env


def load_or_make(file: Path) -> dict[str, str]:
    """Losing this file loses every sealed value: it belongs into the backup of the data directory."""
    kept = read_env(file)
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        **kept,
    }
    if made != kept:
        _write(file, "".join(f"{name}={value}\n" for name, value in made.items()))
    return made


def _write(file: Path, text: str) -> None:
    """Whole or not at all, and readable by us alone from the first byte."""
    draft = file.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
        output.flush()
        os.fsync(descriptor)
    draft.replace(file)
