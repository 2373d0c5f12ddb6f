"""The gateways of this installation, one of each a process, so that their connections are used again."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from core.config import config
from core.errors import text
from gateways.categories import CategoryDesk
from gateways.collecting import Account
from gateways.errors import GatewayRejected, Problem
from gateways.formats import COLLECTORS
from gateways.labels import LabelDesk
from gateways.marketplaces import Stores, marketplace
from gateways.marketplaces import category_desk as categories_of
from gateways.marketplaces import label_desk as labels_of
from gateways.marketplaces import order_desk as desk_of
from gateways.marketplaces import settlement_desk as settlements_of
from gateways.payouts import PayoutGateway
from gateways.ports import Marketplace, OrderDesk, PaymentGateway, SmsGateway
from gateways.settlements import SettlementDesk
from gateways.sms.client import HttpSmsGateway
from services.marketplaces import MARKETPLACES
from workers.floor_stores import SharedShelf, SharedTokens

NO_SMS = Problem(None, "not_connected", text("Chưa nối với cổng tin nhắn nào"))


def payment_gateway(collector: str, credentials: dict[str, Any]) -> PaymentGateway:
    """Of a channel with this collector."""
    gateway: PaymentGateway = client_of(collector).payment_gateway(_account(collector, credentials))
    return gateway


def payout_gateway(collector: str, credentials: dict[str, Any]) -> PayoutGateway:
    """Pays out of the same account, where the collector pays out."""
    gateway: PayoutGateway = client_of(collector).payout_gateway(_account(collector, credentials))
    return gateway


def client_of(collector: str) -> Any:
    return import_module(f"gateways.{collector}.client")


def _account(collector: str, credentials: dict[str, Any]) -> Account:
    url = dict(config().collector_urls).get(collector, COLLECTORS[collector].url)
    return Account(url, credentials, config().gateway_timeout_seconds)


def floor(name: str) -> Marketplace:
    """The marketplace of that name. Raises GatewayRejected where it is not connected."""
    return marketplace(name, config(), _stores(name))


def order_desk(name: str) -> OrderDesk:
    """Where the floor of that name tells of its orders. Raises GatewayRejected where it is not connected, or has
    none for us."""
    return desk_of(name, config(), _stores(name))


def _stores(name: str) -> Stores:
    return Stores(SharedTokens(name), SharedShelf(name))


def settlement_desk(name: str) -> SettlementDesk:
    """Where the floor of that name tells what it paid out. Raises GatewayRejected where it is not connected, or
    takes no money for us."""
    return settlements_of(name, config(), _stores(name))


def category_desk(name: str) -> CategoryDesk:
    """Where the floor of that name tells its categories. Raises GatewayRejected where it is not connected, or has
    none of its own."""
    return categories_of(name, config(), _stores(name))


def label_desk(name: str) -> LabelDesk:
    """Where the floor of that name prints labels for its carriers. Raises GatewayRejected where it is not connected,
    or has none."""
    return labels_of(name, config(), _stores(name))


def floors_with_orders() -> list[str]:
    """The connected floors that tell of orders."""
    return [name for name in MARKETPLACES if _has(order_desk, name)]


def floors_with_settlements() -> list[str]:
    """The connected floors that pay out what buyers paid."""
    return [name for name in MARKETPLACES if _has(settlement_desk, name)]


def floors_with_categories() -> list[str]:
    """The connected floors with categories of their own."""
    return [name for name in MARKETPLACES if _has(category_desk, name)]


def _has(desk: Callable[[str], object], name: str) -> bool:
    try:
        desk(name)
    except GatewayRejected:
        return False
    return True


@cache
def sms_gateway() -> SmsGateway:
    """Raises GatewayRejected where none is connected."""
    settings = config()
    if settings.sms_base_url is None:
        raise GatewayRejected("no SMS gateway is connected", (NO_SMS,))
    return HttpSmsGateway(
        settings.sms_base_url, settings.sms_client_id, settings.sms_secret, settings.gateway_timeout_seconds
    )
