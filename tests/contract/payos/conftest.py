"""The sandbox as its own process, and a merchant's webhook that really listens."""

from collections.abc import Iterator

import pytest

from gateways.payos.client import PayosPaymentGateway
from tests.contract.payos.harness import Sandbox, Webhook


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path_factory.mktemp("payos"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.control("faults", method="DELETE")
    return running_sandbox


@pytest.fixture
def gateway(sandbox: Sandbox) -> PayosPaymentGateway:
    return sandbox.gateway()


@pytest.fixture
def webhook(gateway: PayosPaymentGateway) -> Iterator[Webhook]:
    """Confirmed with the sandbox; the sample notice is out of the way."""
    webhook = Webhook()
    gateway.confirm_webhook(webhook.url)
    webhook.bodies.clear()
    yield webhook
    webhook.close()
