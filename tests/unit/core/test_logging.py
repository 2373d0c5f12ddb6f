"""What goes into the log."""

import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core import logging as ours
from core.config import config


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Of a worker that is to write down all it can."""
    stream, handlers, level = io.StringIO(), logging.root.handlers[:], logging.root.level
    talkative = replace(config(), log_level="debug")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        patch.setattr(ours, "config", lambda: talkative)
        ours.set_up_logging("worker")
    yield stream
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_addresses_that_are_called_are_not_written_down(log: io.StringIO) -> None:
    """Floors have tokens and secrets in them."""
    logging.getLogger("anything").debug("told")
    logging.getLogger("urllib3.connectionpool").debug("GET /api/v2/token/refresh?app_secret=the-secret")
    assert "told" in log.getvalue()
    assert "the-secret" not in log.getvalue()
