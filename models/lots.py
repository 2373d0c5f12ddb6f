"""Lots: what was harvested or made of a product at one time, known by the code on its label."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Id, not_blank
from models.listings import Product

LARGEST_LOT = 1_000_000_000
LONGEST_LOT_CODE = 20


class Lot(Created, Base):
    """A lot of a product. Its label is printed: `gtin` and `code` are what the QR on it says, and never change. The
    rest can be corrected; a lot that nobody should use any more is withdrawn, and its page says why."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        UniqueConstraint("gtin", "code"),
        CheckConstraint(f"code ~ '^[A-Z0-9][A-Z0-9-]{{0,{LONGEST_LOT_CODE - 1}}}$'", name="code_well_formed"),
        CheckConstraint("gtin ~ '^[0-9]{14}$'", name="gtin_of_fourteen"),
        CheckConstraint(f"quantity BETWEEN 1 AND {LARGEST_LOT}", name="quantity_positive"),
        CheckConstraint("scans >= 0", name="scans_not_negative"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_whole"),
        not_blank("note"),
        not_blank("withdrawn_reason"),
        Index(None, "product_id", "created_at", "id"),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    gtin: Mapped[str]
    """The product's GTIN when the lot was noted down."""
    code: Mapped[str]
    harvested_on: Mapped[date] = mapped_column(Date)
    quantity: Mapped[int | None]
    """In the product's unit."""
    note: Mapped[str | None]
    """For everybody who scans the label."""
    corrected_at: Mapped[datetime | None]
    """When what is said of it was last put right."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
    """For everybody who scans the label."""
    scans: Mapped[int] = mapped_column(default=0)
    """How often its page was opened by people; of whom, nothing is known."""
    product: Mapped[Product] = relationship()
