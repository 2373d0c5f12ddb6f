"""What floors paid out, as they told it, and whose orders it was for."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.money import MAX_DONG
from models.base import Base, Created, Dong, Id, not_blank, one_of, text_enum
from models.orders import Order

ADDS_UP = "gross - fees - withheld = net"
TAXES = "(vat IS NULL) = (pit IS NULL) AND (vat IS NULL OR vat + pit = withheld)"


class SettlementKind(StrEnum):
    ORDER = "order"
    ADJUSTMENT = "adjustment"


class SettlementProblem(StrEnum):
    """Why a settlement is kept aside and counts nowhere."""

    FOREIGN_CURRENCY = "foreign_currency"
    NOT_WHOLE = "not_whole"
    """Its amounts are no whole đồng."""
    SUMS = "sums"
    """What is taken off does not lead from what came in to what was paid out."""


class FloorSettlement(Created, Base):
    """One settlement as its floor told it; đồng, what the floor took back negative. `order_number` is the floor's own
    number of the order; whose it is stands in the shares, none where we do not know the order. `vat` and `pit` are
    the parts of `withheld` where the floor tells them apart."""

    __tablename__ = "floor_settlements"
    __table_args__ = (
        UniqueConstraint("marketplace", "external_id"),
        one_of("kind", SettlementKind),
        one_of("problem", SettlementProblem),
        not_blank("external_id"),
        CheckConstraint(
            f"problem IS NOT NULL OR (currency = 'VND' AND net IS NOT NULL AND {ADDS_UP})", name="adds_up"
        ),
        CheckConstraint(TAXES, name="taxes_are_withheld"),
        CheckConstraint(
            f"greatest(abs(gross), abs(fees), abs(withheld), abs(net)) <= {MAX_DONG}", name="within_reason"
        ),
        CheckConstraint("num_nulls(gross, fees, withheld, net) IN (0, 4)", name="amounts_together"),
        Index(None, "marketplace", "order_number"),
        Index("ix_floor_settlements_aside", "settled_at", postgresql_where=text("problem IS NOT NULL")),
        Index(None, "settled_at"),
    )

    id: Mapped[Id]
    marketplace: Mapped[str]
    external_id: Mapped[str]
    order_number: Mapped[str | None]
    kind: Mapped[SettlementKind] = mapped_column(text_enum(SettlementKind))
    settled_at: Mapped[datetime]
    currency: Mapped[str]
    gross: Mapped[Dong | None]
    fees: Mapped[Dong | None]
    withheld: Mapped[Dong | None]
    net: Mapped[Dong | None]
    vat: Mapped[Dong | None]
    pit: Mapped[Dong | None]
    problem: Mapped[SettlementProblem | None] = mapped_column(text_enum(SettlementProblem))


class SettlementShare(Base):
    """What of a settlement is one seller's: that of the goods in the seller's part of the order. `settled_at` is the
    settlement's."""

    __tablename__ = "settlement_shares"
    __table_args__ = (
        UniqueConstraint("settlement_id", "order_id"),
        CheckConstraint(ADDS_UP, name="adds_up"),
        CheckConstraint(TAXES, name="taxes_are_withheld"),
        Index(None, "order_id"),
        Index(None, "settled_at", "id"),
    )

    id: Mapped[Id]
    settlement_id: Mapped[UUID] = mapped_column(ForeignKey("floor_settlements.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    settled_at: Mapped[datetime]
    gross: Mapped[Dong]
    fees: Mapped[Dong]
    withheld: Mapped[Dong]
    net: Mapped[Dong]
    vat: Mapped[Dong | None]
    pit: Mapped[Dong | None]
    settlement: Mapped[FloorSettlement] = relationship()
    order: Mapped[Order] = relationship(back_populates="settlements")
