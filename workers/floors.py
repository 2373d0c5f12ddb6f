"""Speaking to a floor: at its pace, and not at all while it is down."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from redis.commands.core import Script

from gateways.errors import GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.base import Pace, paced
from gateways.ports import Marketplace, OrderDesk
from gateways.settlements import SettlementDesk
from services import floor_accounts
from services.marketplaces import floor_named
from workers.database import transaction
from workers.floor_stores import remembering
from workers.providers import floor, order_desk, settlement_desk
from workers.queues import redis

LATEST = 0.02
"""Seconds after its turn that a call may still go: one that comes later takes another turn, or calls would bunch up."""
ON_THE_WAY = 0.05
"""By how much the way of one call to the floor may be longer than another's."""

TAKE_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.0f', turn + ARGV[1]), 'PX', 60000)
return turn - now
"""
"""Every call takes the next free turn; turns are so far apart that no second holds more calls than the floor allows.
Microseconds."""


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
def _mindful(marketplace: str) -> Iterator[None]:
    try:
        with paced(pace_of(marketplace)), remembering():
            yield
    except GatewayThrottled as error:
        with transaction() as session:
            floor_accounts.note_throttled(session, marketplace, error.retry_after)
        raise
    except GatewayUnavailable:
        with transaction() as session:
            floor_accounts.note_failure(session, marketplace)
        raise


@cache
def pace_of(marketplace: str) -> Pace:
    """Waits for the floor's next turn, which all workers share."""
    apart = round(1_000_000 * (1 + LATEST + ON_THE_WAY) / floor_named(marketplace).calls_per_second)
    take_turn = _take_turn()

    def pace() -> None:
        late = LATEST
        while late >= LATEST:
            asked = time.monotonic()
            wait = take_turn(keys=[f"floor:{marketplace}:turn"], args=[apart]) / 1_000_000
            time.sleep(wait)
            late = time.monotonic() - asked - wait

    return pace


@cache
def _take_turn() -> "Script | Callable[..., Any]":
    return redis().register_script(TAKE_TURN)
