"""payOS as its sandbox, a process of its own, for the workers of this test run."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from core.config import config
from models import Market, Stall
from tests.builders import make_market, make_payos_channel, make_stall
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, Sandbox


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("payos"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "PAYOS_BASE_URL", sandbox.url)
        patch.setitem(os.environ, "GATEWAY_TIMEOUT_SECONDS", "2")
        config.cache_clear()
        yield sandbox
    config.cache_clear()
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """Without faults that an earlier test ordered."""
    running_sandbox.control("faults", method="DELETE")
    return running_sandbox


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid through a channel that the sandbox knows."""
    credentials = {"client_id": CLIENT, "api_key": API_KEY, "checksum_keys": [CHECKSUM_KEY]}
    channel = make_payos_channel(session, market, credentials=credentials)
    return make_stall(session, market, channel_id=channel.id)
