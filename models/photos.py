"""Photos of products, as they are shown. What the camera wrote into them is never kept."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Id, one_of, text_enum

MOST_PHOTOS = 9
"""As many as the strictest floor shows (TikTok Shop)."""


class PhotoStatus(StrEnum):
    WAITING = "waiting"
    """Its renditions are being made."""
    READY = "ready"
    REFUSED = "refused"


class Photo(Created, Base):
    """One photo of a product, in the order of `position`; the first stands for the product."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("product_id", "sha256"),
        UniqueConstraint("product_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_PHOTOS}", name="position_in_range"),
        CheckConstraint("octet_length(sha256) = 32", name="sha256_whole"),
        CheckConstraint("(status = 'refused') = (problem IS NOT NULL)", name="problem_where_refused"),
        one_of("status", PhotoStatus),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    position: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the file as it was sent: the same photo is one photo."""
    status: Mapped[PhotoStatus] = mapped_column(text_enum(PhotoStatus), default=PhotoStatus.WAITING)
    problem: Mapped[str | None]


class PhotoSize(StrEnum):
    ORIGINAL = "original"
    """As it was sent, until its renditions are made; nobody is shown it."""
    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"


class PhotoFile(Base):
    """A photo in one size: all but the original are JPEGs."""

    __tablename__ = "photo_files"
    __table_args__ = (
        one_of("size", PhotoSize),
        CheckConstraint("octet_length(content) > 0", name="content_not_empty"),
    )

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True)
    size: Mapped[PhotoSize] = mapped_column(text_enum(PhotoSize), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)
