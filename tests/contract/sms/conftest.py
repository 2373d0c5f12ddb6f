"""The SMS sandbox as its own process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.sms.harness import SmsSandbox


@pytest.fixture
def sms(tmp_path: Path) -> Iterator[SmsSandbox]:
    sandbox = SmsSandbox(tmp_path)
    yield sandbox
    assert sandbox.stop() == 0
