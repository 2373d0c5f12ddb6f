"""The real servers behind the gateways, each started once in a run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import Floor, asking
from tests.contract.floors_sandbox import FloorsSandbox, SandboxFloor
from tests.contract.lazada_floor import LazadaFloor
from tests.contract.medusa_server import MedusaServer, medusa_server
from tests.contract.oscar_server import OscarServer, oscar_server
from tests.contract.pictures import PictureHost, picture_host
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.tiktok_floor import TiktokFloor
from tests.contract.vendure_server import VendureServer, vendure_server
from tests.contract.woocommerce_floor import WooFloor
from tests.needs import need_medusa, need_node
from tests.servers import PREFIX, URLS

LARGE = ("shopee", "lazada", "tiktok", "woocommerce")
"""They stand in one sandbox; their carriers, not we, say that a parcel is on its way."""
PAYING = ("shopee", "lazada", "tiktok")
"""They take the buyers' money and pay it out."""
ASKED = ("shopee", "lazada", "tiktok")
"""Their buyers ask the seller before what is paid is cancelled."""
FLOORS = ("vendure", "oscar", "medusa", *LARGE)
TAKE_OUR_WORD = ("vendure", "medusa")
"""Floors that can be told that an order is confirmed, shipped or cancelled; on the others people enter it."""


def _each(names: tuple[str, ...]) -> list[object]:
    groups = {name: "floors" if name in LARGE else name for name in names}
    return [pytest.param(name, marks=pytest.mark.xdist_group(group)) for name, group in groups.items()]


PG_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}


@pytest.fixture(params=_each(FLOORS))
def floor(request: pytest.FixtureRequest) -> Floor:
    """Each floor, one after the other; one worker starts its server."""
    server: Floor = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=_each(TAKE_OUR_WORD))
def told_floor(request: pytest.FixtureRequest) -> Floor:
    """Each floor that takes our word on what became of an order."""
    server: Floor = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=_each(LARGE))
def large_floor(request: pytest.FixtureRequest) -> SandboxFloor:
    """Each floor of the sandbox."""
    server: SandboxFloor = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=_each(ASKED))
def asked_floor(request: pytest.FixtureRequest) -> SandboxFloor:
    """Each floor whose buyers ask for a cancellation."""
    server: SandboxFloor = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=_each(PAYING))
def paying_floor(request: pytest.FixtureRequest) -> SandboxFloor:
    """Each floor that settles."""
    server: SandboxFloor = request.getfixturevalue(request.param)
    return server


@pytest.fixture(params=_each(PAYING))
def carrying_floor(request: pytest.FixtureRequest) -> SandboxFloor:
    """Each floor whose own carriers fetch what was ordered."""
    server: SandboxFloor = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def wire(floor: Floor) -> Iterator[FaultyWire]:
    with faulty_wire(floor.url) as between:
        yield between


@pytest.fixture(scope="session")
def photos() -> Iterator[PictureHost]:
    with picture_host() as host:
        yield host


@pytest.fixture(scope="session")
def oscar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OscarServer]:
    """django-oscar with its API, as their documents say to set them up."""
    with oscar_server(tmp_path_factory.mktemp("oscar")) as server:
        yield server


@pytest.fixture(scope="session")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureServer]:
    """Vendure as its vendor ships it."""
    need_node()
    with vendure_server(tmp_path_factory.mktemp("vendure")) as server:
        yield server


@pytest.fixture(scope="session")
def medusa(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MedusaServer]:
    """Medusa as its vendor ships it."""
    need_medusa()
    admin_url, _ = pytestconfig.stash[URLS]
    place = tmp_path_factory.mktemp("medusa")
    with own_database(admin_url, "medusa") as name, medusa_server(place, admin_url, name) as server:
        yield server


@pytest.fixture(scope="session")
def floors_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FloorsSandbox]:
    """Shopee, Lazada, TikTok Shop and WooCommerce by their contracts."""
    sandbox = FloorsSandbox(tmp_path_factory.mktemp("floors"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def calm_sandbox(floors_sandbox: FloorsSandbox) -> FloorsSandbox:
    """Nothing is about to fail, and nobody is slow."""
    floors_sandbox.control("DELETE", "faults")
    floors_sandbox.control("POST", "pace", latency=0, qps=0)
    return floors_sandbox


@pytest.fixture
def shopee(calm_sandbox: FloorsSandbox) -> Iterator[ShopeeFloor]:
    with asking(**ShopeeFloor.asks):
        yield ShopeeFloor(calm_sandbox)


@pytest.fixture
def lazada(calm_sandbox: FloorsSandbox) -> Iterator[LazadaFloor]:
    with asking(**LazadaFloor.asks):
        yield LazadaFloor(calm_sandbox)


@pytest.fixture
def tiktok(calm_sandbox: FloorsSandbox) -> Iterator[TiktokFloor]:
    with asking(**TiktokFloor.asks):
        yield TiktokFloor(calm_sandbox)


@pytest.fixture
def woocommerce(calm_sandbox: FloorsSandbox) -> Iterator[WooFloor]:
    with asking(**WooFloor.asks):
        yield WooFloor(calm_sandbox)


@pytest.fixture(scope="session")
def vendure_on_postgresql(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VendureServer]:
    """Its money in a 32-bit column that is kept to (SQLite's is not), and counted finer than by default."""
    need_node()
    admin_url, _ = pytestconfig.stash[URLS]
    where = {
        PG_VARIABLES[key]: str(value)
        for key, value in conninfo_to_dict(admin_url).items()
        if key in PG_VARIABLES
    }
    with own_database(admin_url, "vendure") as name:
        settings = {"VENDURE_DB": "postgres", "VENDURE_MONEY_PRECISION": "4", "PGDATABASE": name, **where}
        with vendure_server(tmp_path_factory.mktemp("vendure"), **settings) as server:
            yield server


@contextmanager
def own_database(admin_url: str, floor: str) -> Iterator[str]:
    """The name of a new one for this run."""
    name = f"{PREFIX}{floor}_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    yield name
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')
