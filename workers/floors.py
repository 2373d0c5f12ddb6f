"""Speaking to a floor: at its pace, and not at all while it is down."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from core.clock import now
from gateways.categories import CategoryDesk
from gateways.errors import GatewayShut, GatewayThrottled, GatewayUnavailable
from gateways.labels import LabelDesk, StillPrinting
from gateways.marketplaces.base import paced, understood
from gateways.ports import Marketplace, OrderDesk
from gateways.settlements import SettlementDesk
from services import floor_accounts
from workers.database import transaction
from workers.pace import pace_of
from workers.providers import category_desk, floor, label_desk, order_desk, settlement_desk

log = structlog.get_logger()


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
def printing(marketplace: str) -> Iterator[LabelDesk]:
    """The same floor where it prints labels of parcels. Raises GatewayRejected where it has no carriers."""
    with _mindful(marketplace):
        yield label_desk(marketplace)


@contextmanager
def _mindful(marketplace: str) -> Iterator[None]:
    began = now()
    try:
        with paced(pace_of(marketplace)), understood():
            yield
    except StillPrinting:
        raise
    except GatewayThrottled as error:
        with transaction() as session:
            error.left_alone = floor_accounts.note_throttled(session, marketplace, error.retry_after)
        raise
    except GatewayUnavailable as error:
        with transaction() as session:
            error.left_alone = floor_accounts.note_failure(session, marketplace, error.retry_after)
        raise
    except GatewayShut as error:
        log.error("floor_shut", marketplace=marketplace, error=str(error))
        with transaction() as session:
            said = str(error) or type(error).__name__
            pause = floor_accounts.note_shut(session, marketplace, said, began)
        shut = GatewayShut(str(error), (floor_accounts.SHUT,))
        shut.left_alone = pause
        raise shut from error
