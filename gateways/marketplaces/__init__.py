"""The floors this installation is connected to, by the name that publications carry."""

from collections.abc import Callable
from threading import local
from typing import TypeVar

from core.config import Config
from core.errors import text
from gateways.errors import GatewayRejected, Problem
from gateways.marketplaces.medusa.client import MedusaMarketplace
from gateways.marketplaces.medusa.orders import MedusaOrderDesk
from gateways.marketplaces.oscar.client import OscarMarketplace
from gateways.marketplaces.oscar.orders import OscarOrderDesk
from gateways.marketplaces.vendure.client import VendureMarketplace
from gateways.marketplaces.vendure.orders import VendureOrderDesk
from gateways.ports import Marketplace, OrderDesk

T = TypeVar("T")


def _vendure(config: Config) -> Marketplace | None:
    if config.vendure_url is None:
        return None
    return VendureMarketplace(
        config.vendure_url,
        config.vendure_username,
        config.vendure_password,
        config.gateway_timeout_seconds,
    )


def _vendure_orders(config: Config) -> OrderDesk | None:
    if config.vendure_url is None:
        return None
    return VendureOrderDesk(
        config.vendure_url,
        config.vendure_username,
        config.vendure_password,
        config.gateway_timeout_seconds,
    )


def _oscar(config: Config) -> Marketplace | None:
    if config.oscar_url is None:
        return None
    return OscarMarketplace(config.oscar_url, config.oscar_token, config.gateway_timeout_seconds)


def _oscar_orders(config: Config) -> OrderDesk | None:
    if config.oscar_url is None:
        return None
    return OscarOrderDesk(config.oscar_url, config.oscar_token, config.gateway_timeout_seconds)


def _medusa(config: Config) -> Marketplace | None:
    return MedusaMarketplace(*account) if (account := _medusa_account(config)) else None


def _medusa_orders(config: Config) -> OrderDesk | None:
    return MedusaOrderDesk(*account) if (account := _medusa_account(config)) else None


def _medusa_account(config: Config) -> tuple[str, str, str, str, float] | None:
    if config.medusa_url is None:
        return None
    return (
        config.medusa_url,
        config.medusa_api_key,
        config.medusa_email,
        config.medusa_password,
        config.gateway_timeout_seconds,
    )


_FLOORS: dict[str, Callable[[Config], Marketplace | None]] = {
    "vendure": _vendure,
    "oscar": _oscar,
    "medusa": _medusa,
}
_DESKS: dict[str, Callable[[Config], OrderDesk | None]] = {
    "vendure": _vendure_orders,
    "oscar": _oscar_orders,
    "medusa": _medusa_orders,
}


_of_thread = local()


def marketplace(name: str, config: Config) -> Marketplace:
    """The floor `name`: one client for each thread, so that its sign-in and connections are kept.

    Raises GatewayRejected where the installation has no such floor.
    """
    return _client("floors", _FLOORS, name, config)


def order_desk(name: str, config: Config) -> OrderDesk:
    """Where orders of the floor `name` are told: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or buyers cannot order through it.
    """
    return _client("desks", _DESKS, name, config)


def _client(kind: str, connects: dict[str, Callable[[Config], T | None]], name: str, config: Config) -> T:
    clients: dict[tuple[str, Config], T] = _of_thread.__dict__.setdefault(kind, {})
    if (name, config) not in clients:
        connect = connects.get(name)
        client = connect(config) if connect else None
        if client is None:
            problem = Problem(None, "not_connected", text("Sàn %(floor)s chưa được kết nối", floor=name))
            raise GatewayRejected(f"floor {name} is not connected", (problem,))
        clients[name, config] = client
    return clients[name, config]
