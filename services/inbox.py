"""What outsiders told us, stored once and before anyone thinks about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from core.ids import new_id
from gateways.formats import BANK_FORMATS, COLLECTORS
from models import InboxMessage
from models.bulk import among
from services.events import BankNoticeReceived, PaymentNoticeReceived

FOLLOWED_BY: Mapping[str, str] = {
    **dict.fromkeys(COLLECTORS, PaymentNoticeReceived.type),
    **dict.fromkeys(BANK_FORMATS, BankNoticeReceived.type),
}
"""By source: the event that makes workers read a message."""


@dataclass(frozen=True)
class Arrival:
    """A verified message: `key` is unique within its source, `body` is what it said."""

    source: str
    key: str
    channel_id: UUID
    body: dict[str, Any]


class StoredArrival(NamedTuple):
    source: str
    channel_id: UUID
    body: dict[str, Any]
    received_at: datetime


STORE_ARRIVALS = text(
    """
    WITH stored AS (
        INSERT INTO inbox_messages (id, source, key, channel_id, body)
        SELECT id, source, key, channel_id, body
        FROM jsonb_to_recordset(CAST(:arrivals AS jsonb))
            AS arrived (id uuid, source text, key text, channel_id uuid, body jsonb)
        ON CONFLICT (source, key) DO NOTHING
        RETURNING id, source
    )
    INSERT INTO outbox_events (type, payload)
    SELECT CAST(:events AS jsonb) ->> source, jsonb_build_object('inbox_message_id', id)
    FROM stored
    """
)


def store_arrivals(connection: Connection, arrivals: Sequence[Arrival]) -> int:
    """Store messages together with the events that make workers read them, in one statement; how many were new. A
    message that is stored already changes nothing."""
    rows = [
        {
            "id": str(new_id()),
            "source": arrival.source,
            "key": arrival.key,
            "channel_id": str(arrival.channel_id),
            "body": arrival.body,
        }
        for arrival in arrivals
    ]
    facts = {"arrivals": json.dumps(rows), "events": json.dumps(FOLLOWED_BY)}
    result = connection.execute(STORE_ARRIVALS, facts)
    return result.rowcount


def list_arrivals(session: Session, ids: Sequence[UUID]) -> list[StoredArrival]:
    query = select(InboxMessage.source, InboxMessage.channel_id, InboxMessage.body, InboxMessage.received_at)
    rows = session.execute(query.where(among(InboxMessage.id, ids), InboxMessage.channel_id.is_not(None)))
    return [StoredArrival(*row) for row in rows]
