"""Speaking to a floor: at its pace, and not at all while it is down."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateways.categories import CategoryDesk
from gateways.errors import GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.base import paced
from gateways.ports import Marketplace, OrderDesk
from gateways.settlements import SettlementDesk
from services import floor_accounts
from workers.database import transaction
from workers.pace import pace_of
from workers.providers import category_desk, floor, order_desk, settlement_desk


@contextmanager
def visiting(marketplace: str) -> Iterator[Marketplace]:
    """The floor, to be called within its limits; how it goes is remembered for the next caller."""
    with _mindful(marketplace):
        yield floor(marketplace)


@contextmanager
def ordering(marketplace: str) -> Iterator[OrderDesk]:
    """The same floor where buyers order. Raises GatewayRejected where it has no orders for us."""
    with _mindful(marketplace):
        yield order_desk(marketplace)


@contextmanager
def settling(marketplace: str) -> Iterator[SettlementDesk]:
    """The same floor where it pays out. Raises GatewayRejected where it takes no money for us."""
    with _mindful(marketplace):
        yield settlement_desk(marketplace)


@contextmanager
def classing(marketplace: str) -> Iterator[CategoryDesk]:
    """The same floor where it tells its categories. Raises GatewayRejected where it has none of its own."""
    with _mindful(marketplace):
        yield category_desk(marketplace)


@contextmanager
def _mindful(marketplace: str) -> Iterator[None]:
    try:
        with paced(pace_of(marketplace)):
            yield
    except GatewayThrottled as error:
        with transaction() as session:
            floor_accounts.note_throttled(session, marketplace, error.retry_after)
        raise
    except GatewayUnavailable:
        with transaction() as session:
            floor_accounts.note_failure(session, marketplace)
        raise
