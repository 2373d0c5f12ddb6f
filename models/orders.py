"""Orders of buyers, from floors and from the shop, and how far each floor has been read."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    and_,
    false,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from core.money import MAX_DONG
from models.approvals import ListingApproval
from models.base import Base, Created, Dong, Id, SealedBytes, SealedText, not_blank, one_of, text_enum
from models.listings import Listing
from models.order_states import OPEN, OrderStatus, is_as_far
from models.payment_states import HAS_MONEY
from models.payments import PaymentRequest
from models.people import Seller

if TYPE_CHECKING:
    from models.settlements import SettlementShare

SHOP = "shop"
"""Our own shop, as a marketplace (`web/shop/`): it shows our very rows, so nobody has to be called."""


class Order(Created, Base):
    """What one seller is to send to one buyer. An order on a floor that holds several sellers' goods is as many
    rows; each seller sees the own part.

    `total` is what the goods cost, in đồng, `floor_total` all goods of the floor's order, ours or not; `withheld` is
    the tax that the floor keeps back of it, as the order says (what was paid out says it better). `earned_on` is
    the business day on which it came into the revenue book, `returned_on` the one on which it was taken out
    again; one that is paid by a payment request is in the book by its payment, so never by itself.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("marketplace", "external_id", "seller_id"),
        UniqueConstraint("payment_request_id"),
        one_of("status", OrderStatus),
        one_of("floor_status", OrderStatus),
        not_blank("external_id"),
        not_blank("number"),
        not_blank("cancel_reason"),
        CheckConstraint(f"total BETWEEN 0 AND {MAX_DONG}", name="total_not_negative"),
        CheckConstraint("floor_total >= total", name="total_within_floors"),
        CheckConstraint("withheld BETWEEN 0 AND total", name="withheld_within_total"),
        CheckConstraint("cancel_reason IS NULL OR status = 'cancelled'", name="reason_where_cancelled"),
        CheckConstraint(
            "tracking_number IS NULL OR status IN ('shipped', 'delivered', 'cancelled')",
            name="tracked_once_shipped",
        ),
        CheckConstraint("(marketplace = 'shop') = (floor_status IS NULL)", name="floor_where_there_is_one"),
        CheckConstraint("labels_asked_at IS NULL OR floor_status IS NOT NULL", name="labels_of_a_floor"),
        CheckConstraint("payment_request_id IS NULL OR marketplace = 'shop'", name="request_of_the_shop"),
        CheckConstraint("payment_request_id IS NULL OR earned_on IS NULL", name="earned_once"),
        CheckConstraint("returned_on IS NULL OR earned_on IS NOT NULL", name="returned_once_earned"),
        CheckConstraint("returned_on >= earned_on", name="returned_after_earned"),
        CheckConstraint(
            "(status IN ('delivered', 'cancelled')) = (closed_at IS NOT NULL)", name="closed_when_over"
        ),
        Index(None, "seller_id", "placed_at", "id"),
        Index(
            "ix_orders_open",
            "seller_id",
            "placed_at",
            "id",
            postgresql_where=text(
                "status IN ('new', 'confirmed', 'packed') OR floor_status IN ('new', 'confirmed', 'packed')"
                " AND next_attempt_at IS NULL AND problems <> '[]'"
            ),
        ),
        Index(None, "seller_id", "earned_on", postgresql_where=text("earned_on IS NOT NULL")),
        Index(None, "seller_id", "alerted_at", postgresql_where=text("alerted_at IS NOT NULL")),
        Index(
            "ix_orders_to_forget",
            "closed_at",
            postgresql_where=text(
                "buyer_name IS NOT NULL OR buyer_phone IS NOT NULL OR buyer_address IS NOT NULL"
            ),
        ),
    )

    id: Mapped[Id]
    marketplace: Mapped[str]
    external_id: Mapped[str]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    number: Mapped[str]
    """What the buyer sees."""
    placed_at: Mapped[datetime]
    status: Mapped[OrderStatus] = mapped_column(text_enum(OrderStatus), default=OrderStatus.NEW)
    floor_status: Mapped[OrderStatus | None] = mapped_column(text_enum(OrderStatus))
    """As far as the floor knows."""
    buyer_name: Mapped[str | None] = mapped_column(SealedText)
    buyer_phone: Mapped[str | None] = mapped_column(SealedText)
    buyer_address: Mapped[str | None] = mapped_column(SealedText)
    total: Mapped[Dong]
    floor_total: Mapped[Dong]
    paid: Mapped[bool] = mapped_column(default=False)
    withheld: Mapped[Dong] = mapped_column(default=0)
    cancel_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its buyer asks the floor that it be cancelled, and waits for an answer."""
    ship_by: Mapped[datetime | None]
    """When its floor wants to have it on its way, at the latest."""
    labels_asked_at: Mapped[datetime | None]
    """When its floor was last to be asked for the labels of its parcels; None too where it prints none."""
    label_problems: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'")
    )
    """As `problems`: why they could not be had."""
    tracking_number: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    payment_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_requests.id"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """`[{field, code, text}]`: why the floor could not be told, in the seller's language."""
    next_attempt_at: Mapped[datetime | None]
    earned_on: Mapped[date | None] = mapped_column(Date)
    returned_on: Mapped[date | None] = mapped_column(Date)
    closed_at: Mapped[datetime | None]
    """When it was delivered or cancelled, as far as we know; the buyer is forgotten a while after it."""
    alerted_at: Mapped[datetime | None]
    """When the seller was told of it by SMS."""
    seller: Mapped[Seller] = relationship()
    payment_request: Mapped[PaymentRequest | None] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.id", back_populates="order")
    labels: Mapped[list["OrderLabel"]] = relationship(order_by="OrderLabel.parcel")
    settlements: Mapped[list["SettlementShare"]] = relationship(
        order_by="SettlementShare.settled_at, SettlementShare.id", back_populates="order"
    )

    @property
    def is_paid(self) -> bool:
        """The floor says so, or the seller, or the payment request has its money."""
        return self.paid or (self.payment_request is not None and self.payment_request.status in HAS_MONEY)

    @property
    def printed_numbers(self) -> list[str]:
        """What its parcels are known by, as its floor's labels tell."""
        return [label.tracking_number for label in self.labels if label.tracking_number]

    @property
    def floor_behind(self) -> bool:
        """Its floor does not know yet what the seller did."""
        if self.floor_status is None or self.floor_status is OrderStatus.CANCELLED:
            return False
        deeds = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.CANCELLED)
        return any(is_as_far(self.status, deed) and not is_as_far(self.floor_status, deed) for deed in deeds)

    @property
    def floor_refused(self) -> bool:
        """Its floor will not hear what the seller did, and is not asked again by itself."""
        waits = self.next_attempt_at is not None or self.status is OrderStatus.CANCELLED
        return bool(self.problems) and self.floor_behind and not waits

    @hybrid_property
    def is_to_do(self) -> bool:
        """A person has something to do about it: its goods are still here, or its floor, for which they are, will not
        hear what was done and is not asked again by itself. `ix_orders_open` holds these."""
        refused = bool(self.problems) and self.next_attempt_at is None
        return self.status in OPEN or (refused and self.floor_status in OPEN)

    @is_to_do.inplace.expression
    @classmethod
    def _is_to_do(cls) -> ColumnElement[bool]:
        refused = and_(cls.problems != text("'[]'"), cls.next_attempt_at.is_(None))
        return or_(cls.status.in_(OPEN), and_(cls.floor_status.in_(OPEN), refused))

    @property
    def short(self) -> int:
        """How many pieces of it we did not have."""
        return sum(line.short for line in self.lines)


class OrderLine(Base):
    """`quantity` of one listing at `price` đồng each. `taken` is what the listing's stock was made smaller by for
    it; `short` is what we did not have, since a floor sold it before we could tell it. Its words stay those that its
    buyer was told."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "listing_id", "price"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(f"price BETWEEN 0 AND {MAX_DONG}", name="price_not_negative"),
        CheckConstraint("short >= 0 AND taken >= 0", name="counts_not_negative"),
        CheckConstraint("short + taken <= quantity", name="no_more_than_ordered"),
        ForeignKeyConstraint(
            ["listing_id", "approved_version"], ["listing_approvals.listing_id", "listing_approvals.version"]
        ),
        Index("ix_order_lines_short", "listing_id", postgresql_where=text("short > 0")),
    )

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    sku: Mapped[str]
    quantity: Mapped[int]
    price: Mapped[Dong]
    short: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    approved_version: Mapped[int | None]
    """Of the listing, when it was ordered."""
    order: Mapped[Order] = relationship(back_populates="lines")
    listing: Mapped[Listing] = relationship()
    approval: Mapped[ListingApproval | None] = relationship(
        primaryjoin=lambda: (
            (OrderLine.listing_id == foreign(ListingApproval.listing_id))
            & (OrderLine.approved_version == foreign(ListingApproval.version))
        ),
        uselist=False,
        viewonly=True,
    )

    @property
    def told(self) -> Mapping[str, Any]:
        """`name`, `variant` and `unit` as its buyer was told them; of what was never approved, as they are now."""
        if self.approval:
            return self.approval.facts
        product = self.listing.product
        return {"name": product.name, "variant": self.listing.variant, "unit": product.unit}


class OrderLabel(Created, Base):
    """The slip for one parcel of an order, a PDF that its floor printed. It shows the buyer, so it is forgotten with
    them (`services.buyers`)."""

    __tablename__ = "order_labels"
    __table_args__ = (
        CheckConstraint("parcel >= 1", name="parcel_counted"),
        not_blank("tracking_number"),
        CheckConstraint("octet_length(content) > 0", name="content_not_empty"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    parcel: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tracking_number: Mapped[str | None]
    content: Mapped[bytes] = mapped_column(SealedBytes, deferred=True)


class OrderChange(Created, Base):
    """One step in an order's life, stored with the step itself; rows are only ever added (a trigger refuses
    UPDATE and DELETE). Without `changed_by` the floor said so."""

    __tablename__ = "order_changes"
    __table_args__ = (one_of("from_status", OrderStatus), one_of("to_status", OrderStatus))

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    from_status: Mapped[OrderStatus] = mapped_column(text_enum(OrderStatus))
    to_status: Mapped[OrderStatus] = mapped_column(text_enum(OrderStatus))
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class PollSubject(StrEnum):
    """What a floor is asked for."""

    ORDERS = "orders"
    SETTLEMENTS = "settlements"
    CATEGORIES = "categories"


class FloorCursor(Created, Base):
    """How far what a floor tells of one subject has been read. `created_at` is when we began to."""

    __tablename__ = "floor_cursors"
    __table_args__ = (
        one_of("subject", PollSubject),
        CheckConstraint("failures >= 0", name="failures_not_negative"),
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[PollSubject] = mapped_column(text_enum(PollSubject), primary_key=True)
    cursor: Mapped[str | None]
    next_poll_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    """How often in a row it did not answer."""
    begun_at: Mapped[datetime | None]
    """When it was last begun to be read."""
    hinted_at: Mapped[datetime | None]
    """When the floor said that there is news; None once somebody has begun to read it."""
    problem: Mapped[str | None]
    """What it said then, for operators."""
