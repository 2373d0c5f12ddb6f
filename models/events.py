"""The outbox (what happened), its deliveries (what must follow) and the inbox (what outsiders told us)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Id, one_of, text_enum


class OutboxEvent(Created, Base):
    """Something that happened, stored in the transaction that made it happen.

    `id` is the order in which a stall's screen is told (`Last-Event-ID`); `relayed_at` is set when its
    deliveries stand on the road.
    """

    __tablename__ = "outbox_events"
    __table_args__ = (
        Index("ix_outbox_events_not_relayed", "id", postgresql_where=text("relayed_at IS NULL")),
        Index("ix_outbox_events_stall", "stall_id", "id", postgresql_where=text("stall_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    market_id: Mapped[UUID | None]
    stall_id: Mapped[UUID | None]
    relayed_at: Mapped[datetime | None]


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    DONE = "done"
    DEAD = "dead"


class EventDelivery(Base):
    """One job owed to one event. While it is queued, the relay puts it on the road again at `due_at`:
    the end of a lease, or of a pause after a failure. So an emptied Redis loses nothing."""

    __tablename__ = "event_deliveries"
    __table_args__ = (
        one_of("status", DeliveryStatus),
        Index("ix_event_deliveries_due", "due_at", postgresql_where=text("status = 'queued'")),
        Index("ix_event_deliveries_dead", "event_id", postgresql_where=text("status = 'dead'")),
    )

    event_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("outbox_events.id", ondelete="CASCADE"), primary_key=True
    )
    job: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[DeliveryStatus] = mapped_column(text_enum(DeliveryStatus))
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime]
    error: Mapped[str | None]


TELLS_OF_ACCOUNT = "body ? 'accounts'"
"""Of an inbox message: it is a bank's notice, not a collector's."""


class IgnoredBecause(StrEnum):
    """Why a message is kept and nothing follows from it."""

    OUTGOING = "outgoing"
    """It tells of money that went out, and came before such notices were acted on."""
    OTHER_ACCOUNT = "other_account"
    """It tells of an account that is not its channel's."""


class InboxMessage(Base):
    """A message from outside, stored once per (source, key) before anyone thinks about it."""

    __tablename__ = "inbox_messages"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        one_of("ignored", IgnoredBecause),
        Index(
            "ix_inbox_messages_of_accounts",
            "channel_id",
            "received_at",
            postgresql_where=text(TELLS_OF_ACCOUNT),
        ),
    )

    id: Mapped[Id]
    source: Mapped[str]
    key: Mapped[str]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("collection_channels.id"))
    body: Mapped[dict[str, Any]]
    ignored: Mapped[IgnoredBecause | None] = mapped_column(text_enum(IgnoredBecause))
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
