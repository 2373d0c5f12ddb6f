"""The floors this installation is connected to, by the name that publications carry."""

from collections.abc import Callable
from threading import local

from core.config import Config
from core.errors import text
from gateways.errors import GatewayRejected, Problem
from gateways.marketplaces.vendure.client import VendureMarketplace
from gateways.ports import Marketplace


def _vendure(config: Config) -> Marketplace | None:
    if config.vendure_url is None:
        return None
    return VendureMarketplace(
        config.vendure_url,
        config.vendure_username,
        config.vendure_password,
        config.gateway_timeout_seconds,
    )


_of_thread = local()

_FLOORS: dict[str, Callable[[Config], Marketplace | None]] = {"vendure": _vendure}


def marketplace(name: str, config: Config) -> Marketplace:
    """The floor `name`: one client for each thread, so that its sign-in and connections are kept.

    Raises GatewayRejected where the installation has no such floor.
    """
    clients: dict[tuple[str, Config], Marketplace] = _of_thread.__dict__.setdefault("clients", {})
    if (name, config) not in clients:
        clients[name, config] = _connect(name, config)
    return clients[name, config]


def _connect(name: str, config: Config) -> Marketplace:
    connect = _FLOORS.get(name)
    floor = connect(config) if connect else None
    if floor is None:
        problem = Problem(None, "not_connected", text("Sàn %(floor)s chưa được kết nối", floor=name))
        raise GatewayRejected(f"floor {name} is not connected", (problem,))
    return floor
