"""The gateways of this installation, one of each a process, so that their connections are used again."""

from functools import cache
from typing import Any, cast

from requests import Session

from core.config import config
from core.errors import text
from gateways.errors import GatewayRejected, Problem
from gateways.marketplaces import marketplace
from gateways.payos.client import PayosPaymentGateway, pooled_session
from gateways.payos.payouts.client import PayosPayoutGateway
from gateways.ports import Marketplace, OrderDesk, PaymentGateway, PayoutGateway, SmsGateway
from gateways.sms.client import HttpSmsGateway
from services.marketplaces import MARKETPLACES

NO_SMS = Problem(None, "not_connected", text("Chưa nối với cổng tin nhắn nào"))
NO_ORDERS = Problem(None, "no_orders", text("Chưa báo được cho sàn này; hãy làm việc này trên trang của sàn"))

_payos_session = cache(pooled_session)


def payment_gateway(credentials: dict[str, Any]) -> PaymentGateway:
    """A payOS channel's gateway; its newest checksum key signs."""
    return PayosPaymentGateway(*_payos_account(credentials))


def payout_gateway(credentials: dict[str, Any]) -> PayoutGateway:
    """Pays out of the same account."""
    return PayosPayoutGateway(*_payos_account(credentials))


def _payos_account(credentials: dict[str, Any]) -> tuple[str, str, str, str, float, Session]:
    return (
        config().payos_base_url,
        credentials["client_id"],
        credentials["api_key"],
        credentials["checksum_keys"][0],
        config().gateway_timeout_seconds,
        _payos_session(),
    )


def floor(name: str) -> Marketplace:
    """The marketplace of that name. Raises GatewayRejected where it is not connected."""
    return marketplace(name, config())


def order_desk(name: str) -> OrderDesk:
    """The floor of that name as one through which buyers order. Raises GatewayRejected where it is not connected,
    or has no orders for us."""
    found = floor(name)
    if not callable(getattr(found, "list_orders", None)):
        raise GatewayRejected(f"floor {name} tells no orders", (NO_ORDERS,))
    return cast(OrderDesk, found)


def floors_with_orders() -> list[str]:
    """The connected floors that tell of orders."""
    return [name for name in MARKETPLACES if _tells_orders(name)]


def _tells_orders(name: str) -> bool:
    try:
        order_desk(name)
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
