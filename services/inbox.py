"""What outsiders told us, stored once and before anyone thinks about it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from core.ids import new_id
from models import InboxMessage
from services.events import PaymentNoticeReceived

PAYOS = "payos"


@dataclass(frozen=True)
class Arrival:
    """A verified message: `key` is unique within its source, `body` is what it said."""

    source: str
    key: str
    channel_id: UUID
    body: dict[str, Any]


STORE_ARRIVALS = text(
    """
    WITH arrived AS (
        SELECT * FROM unnest(:ids, :sources, :keys, :channels, CAST(:bodies AS jsonb[]))
            AS a (id, source, key, channel_id, body)
    ), stored AS (
        INSERT INTO inbox_messages (id, source, key, channel_id, body)
        SELECT id, source, key, channel_id, body FROM arrived
        ON CONFLICT (source, key) DO NOTHING
        RETURNING id
    )
    INSERT INTO outbox_events (type, payload)
    SELECT :event, jsonb_build_object('inbox_message_id', id) FROM stored
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("sources", type_=ARRAY(TEXT)),
    bindparam("keys", type_=ARRAY(TEXT)),
    bindparam("channels", type_=ARRAY(Uuid)),
    bindparam("bodies", type_=ARRAY(TEXT)),
)


def store_arrivals(connection: Connection, arrivals: Sequence[Arrival]) -> int:
    """Store messages together with the events that make workers read them, in one statement; how many were
    new. A message that is stored already changes nothing."""
    result = connection.execute(
        STORE_ARRIVALS,
        {
            "ids": [new_id() for _ in arrivals],
            "sources": [arrival.source for arrival in arrivals],
            "keys": [arrival.key for arrival in arrivals],
            "channels": [arrival.channel_id for arrival in arrivals],
            "bodies": [json.dumps(arrival.body) for arrival in arrivals],
            "event": PaymentNoticeReceived.type,
        },
    )
    return result.rowcount


def list_arrivals(session: Session, ids: Sequence[UUID]) -> list[tuple[UUID, dict[str, Any], datetime]]:
    """(channel, body, received at) of stored messages."""
    query = select(InboxMessage.channel_id, InboxMessage.body, InboxMessage.received_at)
    rows = session.execute(query.where(InboxMessage.id.in_(ids), InboxMessage.channel_id.is_not(None)))
    return [(row[0], row[1], row[2]) for row in rows if row[0]]
