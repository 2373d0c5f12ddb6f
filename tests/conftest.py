"""What every test may ask for."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests import collectors

pytest_plugins = ["tests.servers"]
collectors.put_on_the_path()


@pytest.fixture(scope="session", autouse=True)
def loggers_that_are_heard() -> Iterator[None]:
    """A logger that is kept from its first use on would go by `capture_logs` as soon as logging is set up again."""
    configure = structlog.configure

    def forgetful(**settings: Any) -> None:
        configure(**settings | {"cache_logger_on_first_use": False})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", forgetful)
        yield
