"""Jobs on money that came: in batches, inside our own walls, so that no provider can hold them up."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gateways.formats import FORMATS
from gateways.ports import Transfer
from services import bank_notices
from services.inbox import StoredArrival, list_arrivals
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.queries.stall_events import STALL_TOPIC, list_stalls_to_wake
from workers.deliveries import StoredEvent
from workers.queues import redis
from workers.runtime import run_batch

log = structlog.get_logger()


def settle_payment_notices(event_ids: list[int]) -> None:
    """Read the notices that arrived; store, match, book and announce their money."""
    run_batch("settle_payment_notices", event_ids, _settle)


def _settle(session: Session, events: Sequence[StoredEvent]) -> None:
    arrivals = list_arrivals(session, [UUID(event.payload["inbox_message_id"]) for event in events])
    transfers = [ChannelTransfer(arrival.channel_id, _transfer(arrival)) for arrival in arrivals]
    new = settle_transfers(session, transfers, cause="notice")
    log.info("notices_settled", notices=len(events), new=new)


def _transfer(arrival: StoredArrival) -> Transfer:
    money = FORMATS[arrival.source].read_stored(arrival.body, arrival.received_at)
    assert isinstance(money, Transfer)
    return money


def settle_bank_notices(event_ids: list[int]) -> None:
    """Read what banks told of movements; store, match, book and announce them."""
    run_batch("settle_bank_notices", event_ids, _settle_movements)


def _settle_movements(session: Session, events: Sequence[StoredEvent]) -> None:
    ids = [UUID(event.payload["inbox_message_id"]) for event in events]
    new = bank_notices.settle_bank_notices(session, ids)
    log.info("bank_notices_settled", notices=len(events), new=new)


def tell_stalls(event_ids: list[int]) -> None:
    """Wake the pages of the stalls that the events are about."""
    run_batch("tell_stalls", event_ids, _tell, payloads=False)


def _tell(session: Session, events: Sequence[StoredEvent]) -> None:
    stalls = list_stalls_to_wake(session, [event.id for event in events])
    if stalls:
        redis().publish(STALL_TOPIC, " ".join(map(str, stalls)))
