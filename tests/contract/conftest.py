"""The real servers behind the gateways, each started once in a run."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.contract.floors_sandbox import FloorsSandbox
from tests.contract.lazada_floor import LazadaFloor
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.tiktok_floor import TiktokFloor
from tests.contract.vendure_server import VendureServer, vendure_server
from tests.contract.woocommerce_floor import WooFloor
from tests.needs import need_node
from tests.servers import PREFIX, URLS

PG_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}


@pytest.fixture(scope="session")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendureServer]:
    """Vendure as its vendor ships it."""
    need_node()
    with vendure_server(tmp_path_factory.mktemp("vendure")) as server:
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
def shopee(calm_sandbox: FloorsSandbox) -> ShopeeFloor:
    return ShopeeFloor(calm_sandbox)


@pytest.fixture
def lazada(calm_sandbox: FloorsSandbox) -> LazadaFloor:
    return LazadaFloor(calm_sandbox)


@pytest.fixture
def tiktok(calm_sandbox: FloorsSandbox) -> TiktokFloor:
    return TiktokFloor(calm_sandbox)


@pytest.fixture
def woocommerce(calm_sandbox: FloorsSandbox) -> WooFloor:
    return WooFloor(calm_sandbox)


@pytest.fixture(scope="session")
def vendure_on_postgresql(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VendureServer]:
    """Its money in a 32-bit column that is kept to (SQLite's is not), and counted finer than by default."""
    need_node()
    admin_url, _ = pytestconfig.stash[URLS]
    name = f"{PREFIX}vendure_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    settings = {
        "VENDURE_DB": "postgres",
        "VENDURE_MONEY_PRECISION": "4",
        "PGDATABASE": name,
        **{
            PG_VARIABLES[key]: str(value)
            for key, value in conninfo_to_dict(admin_url).items()
            if key in PG_VARIABLES
        },
    }
    with vendure_server(tmp_path_factory.mktemp("vendure"), **settings) as server:
        yield server
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')
