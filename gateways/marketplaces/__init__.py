"""The floors this installation is connected to, by the name that publications carry."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import local
from typing import Any, TypeVar

from core.config import Config
from core.errors import text
from gateways.errors import GatewayRejected, Problem
from gateways.marketplaces.lazada.api import LazadaAccount, LazadaApi
from gateways.marketplaces.lazada.client import LazadaMarketplace
from gateways.marketplaces.lazada.orders import LazadaOrderDesk
from gateways.marketplaces.lazada.settlements import LazadaSettlementDesk
from gateways.marketplaces.medusa.client import MedusaMarketplace
from gateways.marketplaces.medusa.orders import MedusaOrderDesk
from gateways.marketplaces.oscar.client import OscarMarketplace
from gateways.marketplaces.oscar.orders import OscarOrderDesk
from gateways.marketplaces.shopee.api import ShopeeAccount, ShopeeApi
from gateways.marketplaces.shopee.client import ShopeeMarketplace
from gateways.marketplaces.shopee.orders import ShopeeOrderDesk
from gateways.marketplaces.shopee.settlements import ShopeeSettlementDesk
from gateways.marketplaces.tiktok.api import TiktokAccount, TiktokApi
from gateways.marketplaces.tiktok.client import TiktokMarketplace
from gateways.marketplaces.tiktok.orders import TiktokOrderDesk
from gateways.marketplaces.tiktok.settlements import TiktokSettlementDesk
from gateways.marketplaces.vendure.client import VendureMarketplace
from gateways.marketplaces.vendure.orders import VendureOrderDesk
from gateways.marketplaces.woocommerce.api import WooAccount, WooApi
from gateways.marketplaces.woocommerce.client import WooMarketplace
from gateways.marketplaces.woocommerce.orders import WooOrderDesk
from gateways.ports import Marketplace, OrderDesk, PictureShelf, TokenStore
from gateways.settlements import SettlementDesk


@dataclass(frozen=True)
class Stores:
    """What all workers share of one floor account."""

    tokens: TokenStore
    pictures: PictureShelf


def _vendure(config: Config, stores: Stores) -> Marketplace | None:
    if config.vendure_url is None:
        return None
    return VendureMarketplace(
        config.vendure_url,
        config.vendure_username,
        config.vendure_password,
        config.gateway_timeout_seconds,
    )


def _vendure_orders(config: Config, stores: Stores) -> OrderDesk | None:
    if config.vendure_url is None:
        return None
    return VendureOrderDesk(
        config.vendure_url,
        config.vendure_username,
        config.vendure_password,
        config.gateway_timeout_seconds,
    )


def _oscar(config: Config, stores: Stores) -> Marketplace | None:
    if config.oscar_url is None:
        return None
    return OscarMarketplace(config.oscar_url, config.oscar_token, config.gateway_timeout_seconds)


def _oscar_orders(config: Config, stores: Stores) -> OrderDesk | None:
    if config.oscar_url is None:
        return None
    return OscarOrderDesk(config.oscar_url, config.oscar_token, config.gateway_timeout_seconds)


def _medusa(config: Config, stores: Stores) -> Marketplace | None:
    return MedusaMarketplace(*account) if (account := _medusa_account(config)) else None


def _medusa_orders(config: Config, stores: Stores) -> OrderDesk | None:
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


def _shopee_api(config: Config, stores: Stores) -> ShopeeApi | None:
    floor = config.shopee
    if floor.url is None:
        return None
    timeout = config.gateway_timeout_seconds
    account = ShopeeAccount(floor.url, int(floor.app), floor.secret, int(floor.shop), timeout)
    return ShopeeApi(account, stores.tokens)


def _shopee(config: Config, stores: Stores) -> Marketplace | None:
    api = _shopee_api(config, stores)
    return ShopeeMarketplace(api, int(config.shopee.shop), stores.pictures) if api else None


def _shopee_orders(config: Config, stores: Stores) -> OrderDesk | None:
    api = _shopee_api(config, stores)
    return ShopeeOrderDesk(api) if api else None


def _shopee_settlements(config: Config, stores: Stores) -> SettlementDesk | None:
    api = _shopee_api(config, stores)
    return ShopeeSettlementDesk(api) if api else None


def _lazada_api(config: Config, stores: Stores) -> LazadaApi | None:
    floor = config.lazada
    if floor.url is None:
        return None
    timeout = config.gateway_timeout_seconds
    account = LazadaAccount(floor.url, floor.auth_url, floor.app, floor.secret, timeout)
    return LazadaApi(account, stores.tokens)


def _lazada(config: Config, stores: Stores) -> Marketplace | None:
    api = _lazada_api(config, stores)
    return LazadaMarketplace(api, stores.pictures) if api else None


def _lazada_orders(config: Config, stores: Stores) -> OrderDesk | None:
    api = _lazada_api(config, stores)
    return LazadaOrderDesk(api) if api else None


def _lazada_settlements(config: Config, stores: Stores) -> SettlementDesk | None:
    api = _lazada_api(config, stores)
    return LazadaSettlementDesk(api) if api else None


def _tiktok_api(config: Config, stores: Stores) -> TiktokApi | None:
    floor = config.tiktok
    if floor.url is None:
        return None
    timeout = config.gateway_timeout_seconds
    account = TiktokAccount(floor.url, floor.auth_url, floor.app, floor.secret, floor.shop, timeout)
    return TiktokApi(account, stores.tokens)


def _tiktok(config: Config, stores: Stores) -> Marketplace | None:
    api = _tiktok_api(config, stores)
    return TiktokMarketplace(api, stores.pictures) if api else None


def _tiktok_orders(config: Config, stores: Stores) -> OrderDesk | None:
    api = _tiktok_api(config, stores)
    return TiktokOrderDesk(api) if api else None


def _tiktok_settlements(config: Config, stores: Stores) -> SettlementDesk | None:
    api = _tiktok_api(config, stores)
    return TiktokSettlementDesk(api) if api else None


def _woocommerce_api(config: Config) -> WooApi | None:
    floor = config.woocommerce
    if floor.url is None:
        return None
    return WooApi(WooAccount(floor.url, floor.app, floor.secret, config.gateway_timeout_seconds))


def _woocommerce(config: Config, stores: Stores) -> Marketplace | None:
    api = _woocommerce_api(config)
    return WooMarketplace(api) if api else None


def _woocommerce_orders(config: Config, stores: Stores) -> OrderDesk | None:
    api = _woocommerce_api(config)
    return WooOrderDesk(api) if api else None


_FLOORS: dict[str, Callable[[Config, Stores], Marketplace | None]] = {
    "vendure": _vendure,
    "oscar": _oscar,
    "medusa": _medusa,
    "shopee": _shopee,
    "lazada": _lazada,
    "tiktok": _tiktok,
    "woocommerce": _woocommerce,
}
_DESKS: dict[str, Callable[[Config, Stores], OrderDesk | None]] = {
    "vendure": _vendure_orders,
    "oscar": _oscar_orders,
    "medusa": _medusa_orders,
    "shopee": _shopee_orders,
    "lazada": _lazada_orders,
    "tiktok": _tiktok_orders,
    "woocommerce": _woocommerce_orders,
}


def _no_settlements(config: Config, stores: Stores) -> None:
    """Its buyers pay the shop's owner: nothing is kept back, nothing is paid out."""


_SETTLEMENTS: dict[str, Callable[[Config, Stores], SettlementDesk | None]] = {
    "vendure": _no_settlements,
    "oscar": _no_settlements,
    "medusa": _no_settlements,
    "shopee": _shopee_settlements,
    "lazada": _lazada_settlements,
    "tiktok": _tiktok_settlements,
    "woocommerce": _no_settlements,
}


_of_thread = local()

T = TypeVar("T", Marketplace, OrderDesk, SettlementDesk)


def marketplace(name: str, config: Config, stores: Stores) -> Marketplace:
    """The floor `name`: one client for each thread, so that its sign-in and connections are kept.

    Raises GatewayRejected where the installation has no such floor.
    """
    return _connected(_FLOORS, name, config, stores)


def order_desk(name: str, config: Config, stores: Stores) -> OrderDesk:
    """Where orders of the floor `name` are told: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or buyers cannot order through it.
    """
    return _connected(_DESKS, name, config, stores)


def settlement_desk(name: str, config: Config, stores: Stores) -> SettlementDesk:
    """Where the floor `name` tells what it paid out: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or it takes no money for us.
    """
    return _connected(_SETTLEMENTS, name, config, stores)


def _connected(
    known: dict[str, Callable[[Config, Stores], T | None]], name: str, config: Config, stores: Stores
) -> T:
    clients: dict[Any, T] = _of_thread.__dict__.setdefault("clients", {})
    key = (id(known), name, config, stores)
    if key not in clients:
        connect = known.get(name)
        client = connect(config, stores) if connect else None
        if client is None:
            problem = Problem(None, "not_connected", text("Sàn %(floor)s chưa được kết nối", floor=name))
            raise GatewayRejected(f"floor {name} is not connected", (problem,))
        clients[key] = client
    return clients[key]
