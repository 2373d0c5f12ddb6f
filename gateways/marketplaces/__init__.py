"""The floors this installation is connected to, by the name that publications carry."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import local
from typing import Any, TypeVar

from core.config import Config
from core.errors import text
from gateways.categories import CategoryDesk
from gateways.errors import GatewayRejected, Problem
from gateways.labels import LabelDesk
from gateways.marketplaces.lazada.api import LazadaAccount, LazadaApi
from gateways.marketplaces.lazada.categories import LazadaCategoryDesk
from gateways.marketplaces.lazada.client import LazadaMarketplace
from gateways.marketplaces.lazada.labels import LazadaLabelDesk
from gateways.marketplaces.lazada.orders import LazadaOrderDesk
from gateways.marketplaces.lazada.settlements import LazadaSettlementDesk
from gateways.marketplaces.medusa.client import MedusaMarketplace
from gateways.marketplaces.medusa.orders import MedusaOrderDesk
from gateways.marketplaces.oscar.client import OscarMarketplace
from gateways.marketplaces.oscar.orders import OscarOrderDesk
from gateways.marketplaces.shopee.api import ShopeeAccount, ShopeeApi
from gateways.marketplaces.shopee.categories import ShopeeCategoryDesk
from gateways.marketplaces.shopee.client import ShopeeMarketplace
from gateways.marketplaces.shopee.labels import ShopeeLabelDesk
from gateways.marketplaces.shopee.orders import ShopeeOrderDesk
from gateways.marketplaces.shopee.settlements import ShopeeSettlementDesk
from gateways.marketplaces.tiktok.api import TiktokAccount, TiktokApi
from gateways.marketplaces.tiktok.categories import TiktokCategoryDesk
from gateways.marketplaces.tiktok.client import TiktokMarketplace
from gateways.marketplaces.tiktok.labels import TiktokLabelDesk
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


T = TypeVar("T", Marketplace, OrderDesk, SettlementDesk, CategoryDesk, LabelDesk)
Access = Any
"""What a floor's clients are made from: their `api`, or its arguments."""


@dataclass(frozen=True)
class Floor:
    """How one floor is entered (None: this installation is not connected to it), and the clients made of that."""

    enter: Callable[[Config, Stores], Access | None]
    marketplace: Callable[[Access, Stores], Marketplace]
    order_desk: Callable[[Access, Stores], OrderDesk]
    settlement_desk: Callable[[Access, Stores], SettlementDesk] | None = None
    """None where its buyers pay the shop's owner: nothing is kept back, nothing is paid out."""
    category_desk: Callable[[Access, Stores], CategoryDesk] | None = None
    """None where goods stand in no category of the floor's own, or its owner makes them himself."""
    label_desk: Callable[[Access, Stores], LabelDesk] | None = None
    """None where sellers send what was ordered by a carrier of their own."""


def _vendure(config: Config, stores: Stores) -> Access | None:
    account = (config.vendure_url, config.vendure_username, config.vendure_password)
    return (*account, config.gateway_timeout_seconds) if config.vendure_url else None


def _oscar(config: Config, stores: Stores) -> Access | None:
    account = (config.oscar_url, config.oscar_token)
    return (*account, config.gateway_timeout_seconds) if config.oscar_url else None


def _medusa(config: Config, stores: Stores) -> Access | None:
    account = (config.medusa_url, config.medusa_api_key, config.medusa_email, config.medusa_password)
    return (*account, config.gateway_timeout_seconds) if config.medusa_url else None


def _shopee(config: Config, stores: Stores) -> Access | None:
    floor, timeout = config.shopee, config.gateway_timeout_seconds
    if floor.url is None:
        return None
    account = ShopeeAccount(floor.url, int(floor.app), floor.secret, int(floor.shop), timeout)
    return ShopeeApi(account, stores.tokens)


def _lazada(config: Config, stores: Stores) -> Access | None:
    floor, timeout = config.lazada, config.gateway_timeout_seconds
    if floor.url is None:
        return None
    account = LazadaAccount(floor.url, floor.auth_url, floor.app, floor.secret, timeout)
    return LazadaApi(account, stores.tokens)


def _tiktok(config: Config, stores: Stores) -> Access | None:
    floor, timeout = config.tiktok, config.gateway_timeout_seconds
    if floor.url is None:
        return None
    account = TiktokAccount(floor.url, floor.auth_url, floor.app, floor.secret, floor.shop, timeout)
    return TiktokApi(account, stores.tokens)


def _woocommerce(config: Config, stores: Stores) -> Access | None:
    floor = config.woocommerce
    if floor.url is None:
        return None
    return WooApi(WooAccount(floor.url, floor.app, floor.secret, config.gateway_timeout_seconds))


def _of_account(client: Callable[..., T]) -> Callable[[Access, Stores], T]:
    return lambda account, stores: client(*account)


def _of_api(client: Callable[[Any], T]) -> Callable[[Access, Stores], T]:
    return lambda api, stores: client(api)


def _with_pictures(client: Callable[[Any, PictureShelf], T]) -> Callable[[Access, Stores], T]:
    return lambda api, stores: client(api, stores.pictures)


_FLOORS = {
    "vendure": Floor(_vendure, _of_account(VendureMarketplace), _of_account(VendureOrderDesk)),
    "oscar": Floor(_oscar, _of_account(OscarMarketplace), _of_account(OscarOrderDesk)),
    "medusa": Floor(_medusa, _of_account(MedusaMarketplace), _of_account(MedusaOrderDesk)),
    "shopee": Floor(
        _shopee,
        _with_pictures(ShopeeMarketplace),
        _of_api(ShopeeOrderDesk),
        _of_api(ShopeeSettlementDesk),
        _of_api(ShopeeCategoryDesk),
        _of_api(ShopeeLabelDesk),
    ),
    "lazada": Floor(
        _lazada,
        _with_pictures(LazadaMarketplace),
        _of_api(LazadaOrderDesk),
        _of_api(LazadaSettlementDesk),
        _of_api(LazadaCategoryDesk),
        _of_api(LazadaLabelDesk),
    ),
    "tiktok": Floor(
        _tiktok,
        _with_pictures(TiktokMarketplace),
        _of_api(TiktokOrderDesk),
        _of_api(TiktokSettlementDesk),
        _of_api(TiktokCategoryDesk),
        _of_api(TiktokLabelDesk),
    ),
    "woocommerce": Floor(_woocommerce, _of_api(WooMarketplace), _of_api(WooOrderDesk)),
}

_of_thread = local()


def marketplace(name: str, config: Config, stores: Stores) -> Marketplace:
    """The floor `name`: one client for each thread, so that its sign-in and connections are kept.

    Raises GatewayRejected where the installation has no such floor.
    """
    client: Marketplace = _connected("marketplace", name, config, stores)
    return client


def order_desk(name: str, config: Config, stores: Stores) -> OrderDesk:
    """Where orders of the floor `name` are told: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or buyers cannot order through it.
    """
    client: OrderDesk = _connected("order_desk", name, config, stores)
    return client


def settlement_desk(name: str, config: Config, stores: Stores) -> SettlementDesk:
    """Where the floor `name` tells what it paid out: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or it takes no money for us.
    """
    client: SettlementDesk = _connected("settlement_desk", name, config, stores)
    return client


def category_desk(name: str, config: Config, stores: Stores) -> CategoryDesk:
    """Where the floor `name` tells its categories: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or it has none of its own.
    """
    client: CategoryDesk = _connected("category_desk", name, config, stores)
    return client


def label_desk(name: str, config: Config, stores: Stores) -> LabelDesk:
    """Where the floor `name` prints labels for its carriers: one client for each thread.

    Raises GatewayRejected where the installation has no such floor, or it has no carriers.
    """
    client: LabelDesk = _connected("label_desk", name, config, stores)
    return client


def _connected(kind: str, name: str, config: Config, stores: Stores) -> Any:
    clients: dict[Any, Any] = _of_thread.__dict__.setdefault("clients", {})
    key = (kind, name, config, stores)
    if key not in clients:
        floor = _FLOORS.get(name)
        connect = getattr(floor, kind, None)
        access = floor.enter(config, stores) if floor and connect else None
        if connect is None or access is None:
            said = text("Sàn này chưa được kết nối: hãy báo người quản trị")
            problem = Problem(None, "not_connected", said)
            raise GatewayRejected(f"floor {name} is not connected", (problem,))
        clients[key] = connect(access, stores)
    return clients[key]
