"""payOS as its sandbox, a process of its own, for the workers of this test run; and a floor of one place."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from core.config import config
from models import Listing, Market, Stall
from services import listings
from tests.builders import anybody, make_listing, make_market, make_payos_channel, make_stall
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, Sandbox
from tests.contract.sms.harness import SmsSandbox
from tests.integration.workers.shelves import OneShelf
from workers import floors
from workers.providers import sms_gateway


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
def sms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmsSandbox]:
    sandbox = SmsSandbox(tmp_path)
    monkeypatch.setitem(os.environ, "SMS_BASE_URL", sandbox.url)
    _forget()
    yield sandbox
    _forget()
    sandbox.stop()


def _forget() -> None:
    config.cache_clear()
    sms_gateway.cache_clear()


@pytest.fixture
def our_address(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """It really listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("BASE_URL", f"http://127.0.0.1:{server.server_port}")
    config.cache_clear()
    yield config().base_url
    server.shutdown()
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid through a channel that the sandbox knows."""
    credentials = {"client_id": CLIENT, "api_key": API_KEY, "checksum_keys": [CHECKSUM_KEY]}
    channel = make_payos_channel(session, market, credentials=credentials)
    return make_stall(session, market, channel_id=channel.id)


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> OneShelf:
    shelf = OneShelf()
    monkeypatch.setattr(floors, "floor", lambda _: shelf)
    return shelf


@pytest.fixture
def listing(session: Session, floor: OneShelf) -> Listing:
    """Approved, on its way to that floor."""
    found = make_listing(session, price=35_000, stock=40)
    listings.approve_listing(session, anybody(session), found.id)
    session.commit()
    return found
