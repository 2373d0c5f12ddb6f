"""Every collector that the registry finds, and its desk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from gateways.collecting import Account, Collector
from gateways.formats import COLLECTORS
from gateways.payouts import PayoutGateway
from gateways.ports import PaymentGateway
from tests.contract.collectors.desks import DESKS, Desk
from workers import providers

TIMEOUT = 5.0


@dataclass
class Counter:
    """A collector, and one merchant's business with it."""

    collector: Collector
    desk: Desk

    def account(self, url: str | None = None, **changes: str) -> Account:
        keys = self.collector.sealed({**self.desk.keys, **changes})
        return Account(url or self.desk.url, keys, TIMEOUT)

    def payments(self, url: str | None = None, **changes: str) -> PaymentGateway:
        gateway: PaymentGateway = self._client().payment_gateway(self.account(url, **changes))
        return gateway

    def payouts(self, url: str | None = None, **changes: str) -> PayoutGateway:
        gateway: PayoutGateway = self._client().payout_gateway(self.account(url, **changes))
        return gateway

    def _client(self):
        return providers.client_of(self.collector.name)


@pytest.fixture(scope="session")
def desk_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Desk]]:
    started: dict[str, Desk] = {}

    def find(name: str) -> Desk:
        if name not in started:
            started[name] = DESKS[name](tmp_path_factory.mktemp(name))
        return started[name]

    yield find
    for desk in started.values():
        desk.stop()


@pytest.fixture(params=COLLECTORS)
def counter(request: pytest.FixtureRequest, desk_of: Callable[[str], Desk]) -> Counter:
    return Counter(COLLECTORS[request.param], desk_of(request.param))
