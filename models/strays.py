"""Orders of floors that are nobody's here, in whole or in part, until somebody says whose they are."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.money import MAX_DONG
from models.base import Base, Created, Dong, Id, SealedText, not_blank, one_of, text_enum
from models.listings import Listing
from models.order_states import OrderStatus


class StrayReason(StrEnum):
    """Why an order, or a part of it, is not among the orders."""

    FOREIGN = "foreign"
    """Goods that no listing here is known by."""
    LATE = "late"
    """Its seller's part had left before these goods came to be known."""
    UNREADABLE = "unreadable"


class StrayState(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    CANCELLED = "cancelled"
    """By its floor: nobody has to send anything."""
    SET_ASIDE = "set_aside"


class StrayOrder(Created, Base):
    """A floor's order as it was last told. `lines` holds all of it, what is ours too: `[{sku, external_id, title,
    quantity, price, known}]`; of what cannot be read, as far as it can be kept. By `skus` and `external_ids`, those
    of the unknown goods, a listing that comes to be known finds its orders. The buyer is kept sealed for whoever
    will send it, as long as it waits."""

    __tablename__ = "stray_orders"
    __table_args__ = (
        UniqueConstraint("marketplace", "external_id"),
        one_of("status", OrderStatus),
        one_of("reason", StrayReason),
        one_of("state", StrayState),
        not_blank("external_id"),
        not_blank("set_aside_because"),
        CheckConstraint(f"total BETWEEN 0 AND {MAX_DONG}", name="total_within_reason"),
        CheckConstraint(f"withheld BETWEEN 0 AND {MAX_DONG}", name="withheld_within_reason"),
        CheckConstraint("jsonb_typeof(lines) = 'array'", name="lines_listed"),
        CheckConstraint("placed_at IS NOT NULL OR reason = 'unreadable'", name="placed_where_readable"),
        CheckConstraint(
            "(state = 'set_aside') = (set_aside_because IS NOT NULL)"
            " AND (state = 'set_aside') = (set_aside_by IS NOT NULL)",
            name="set_aside_with_reason",
        ),
        CheckConstraint(
            "state = 'waiting' OR num_nonnulls(buyer_name, buyer_phone, buyer_address) = 0",
            name="buyer_while_waiting",
        ),
        Index("ix_stray_orders_waiting", "created_at", "id", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_stray_orders_to_find",
            "marketplace",
            "id",
            postgresql_where=text("state = 'waiting' AND reason = 'foreign'"),
        ),
    )

    id: Mapped[Id]
    marketplace: Mapped[str]
    external_id: Mapped[str]
    number: Mapped[str]
    placed_at: Mapped[datetime | None]
    status: Mapped[OrderStatus] = mapped_column(text_enum(OrderStatus))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    skus: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    external_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    total: Mapped[Dong]
    paid: Mapped[bool]
    cancel_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    withheld: Mapped[Dong]
    buyer_name: Mapped[str | None] = mapped_column(SealedText)
    buyer_phone: Mapped[str | None] = mapped_column(SealedText)
    buyer_address: Mapped[str | None] = mapped_column(SealedText)
    reason: Mapped[StrayReason] = mapped_column(text_enum(StrayReason))
    state: Mapped[StrayState] = mapped_column(text_enum(StrayState), default=StrayState.WAITING)
    set_aside_because: Mapped[str | None]
    set_aside_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class OrderTie(Created, Base):
    """Whose goods a line of a floor's order is where no SKU says so; for ever, so that the order is followed though
    the floor calls the goods something else tomorrow. Without `tied_by` the publication's number on the floor said
    so."""

    __tablename__ = "order_ties"
    __table_args__ = (not_blank("goods"), Index(None, "listing_id"))

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    """The order's."""
    goods: Mapped[str] = mapped_column(primary_key=True)
    """What the floor knows them by: their SKU, else its own number of them, else their title."""
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    tied_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    listing: Mapped[Listing] = relationship()


def goods_of(line: Mapping[str, Any]) -> str:
    """What its floor knows the goods of a kept line by."""
    return str(line["sku"].strip() or (line["external_id"] or "").strip() or line["title"].strip())
