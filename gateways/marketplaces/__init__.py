"""The floors this installation is connected to, by the name that publications carry."""

from collections.abc import Callable
from functools import cache

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


@cache
def marketplace(name: str, config: Config) -> Marketplace:
    """The floor `name`, one client per process so that its sign-in is kept (not for threads).

    Raises GatewayRejected where the installation has no such floor.
    """
    connect = _FLOORS.get(name)
    floor = connect(config) if connect else None
    if floor is None:
        raise _not_connected(name)
    return floor


@cache
def order_desk(name: str, config: Config) -> OrderDesk:
    """Where orders of the floor `name` are told, one client per process (not for threads).

    Raises GatewayRejected where the installation has no such floor, or buyers cannot order through it.
    """
    connect = _DESKS.get(name)
    desk = connect(config) if connect else None
    if desk is None:
        raise _not_connected(name)
    return desk


def _not_connected(name: str) -> GatewayRejected:
    problem = Problem(None, "not_connected", text("Sàn %(floor)s chưa được kết nối", floor=name))
    return GatewayRejected(f"floor {name} is not connected", (problem,))
