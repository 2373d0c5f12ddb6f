"""From a buyer on a floor to our list of orders, without waiting for the clock: the sandbox pushes, the web takes the
hint, a worker asks the floor."""

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from core.config import config
from gateways.ports import Offer
from models import Order, OrderStatus
from tests import builders
from tests.contract.floors import asking, make_offer
from tests.contract.floors_sandbox import FloorsSandbox, SandboxFloor
from tests.contract.lazada_floor import LazadaFloor
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.tiktok_floor import TiktokFloor
from tests.contract.woocommerce_floor import WooFloor
from tests.integration.workers.harness import carry
from web.webhooks.floor_pushes import FloorPushes

KINDS: dict[str, type[SandboxFloor]] = {
    "shopee": ShopeeFloor,
    "lazada": LazadaFloor,
    "tiktok": TiktokFloor,
    "woocommerce": WooFloor,
}
PATIENCE = 30.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FloorsSandbox]:
    started = FloorsSandbox(tmp_path_factory.mktemp("floors"))
    yield started
    started.stop()


@pytest.fixture
def door(
    sandbox: FloorsSandbox, engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Our web, whose address is entered at every floor of the sandbox."""
    doors: list[FloorPushes] = []
    server = make_server("127.0.0.1", 0, lambda environ, start: doors[0](environ, start), threaded=True)
    base_url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("BASE_URL", base_url)
    for name in KINDS:
        monkeypatch.setenv(f"{name.upper()}_URL", f"{sandbox.url}/{name}")
    config.cache_clear()
    doors.append(FloorPushes(lambda *_: [], engine, config()))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    sandbox.control("POST", "pushes", url=f"{base_url}/webhooks/floors")
    yield
    sandbox.control("POST", "pushes", url="")
    server.shutdown()
    thread.join()
    monkeypatch.undo()
    config.cache_clear()


def offered(floor: SandboxFloor) -> Offer:
    with asking(**floor.asks):
        offer = make_offer(stock=20)
    floor.connect().publish(offer)
    return offer


def answered(sandbox: FloorsSandbox, number: str, times: int) -> list[int | None]:
    """What was answered to the pushes about an order, once there were so many."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        sent = sandbox.control("GET", "pushes")["sent"]
        told = [push["status"] for push in sent if push["order"] == number]
        if len(told) >= times:
            return told
        time.sleep(0.05)
    raise AssertionError("nothing was pushed")


def known(session: Session, number: str) -> Order | None:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Order).where(Order.external_id == number)).one_or_none()


@pytest.mark.parametrize("name", KINDS)
def test_an_order_is_in_our_list_as_soon_as_its_floor_pushes(
    name: str, sandbox: FloorsSandbox, door: None, session: Session
) -> None:
    floor = KINDS[name](sandbox)
    offer = offered(floor)
    builders.make_approved_listing(session, marketplaces=(), sku=offer.sku, stock=20)
    carry()
    number = floor.place_order([(offer.sku, 2)])
    assert answered(sandbox, number, 1) == [200]
    carry()
    order = known(session, number)
    assert order
    assert (order.marketplace, order.status, order.total) == (name, OrderStatus.NEW, 2 * offer.price)
    time.sleep(3.1)  # a floor is asked no more often
    floor.move_order(number, "cancelled")
    assert answered(sandbox, number, 2) == [200, 200]
    carry()
    order = known(session, number)
    assert order
    assert order.status is OrderStatus.CANCELLED
