"""A product is offered in one size once: two equal listings would stand side by side on every floor, and share out one
heap of goods between them. Old ones that stand so already (`Listing.doubled`) stay until somebody decides."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import InvalidInput, text
from models import Listing, ListingStatus, Product

OF_GOODS = ("name", "unit", "grade")
"""What tells a seller's goods apart for those who write them into a sheet, where no product has a number."""


class OfferedAlready(InvalidInput):
    """The listing `listing_id` offers the same."""

    listing_id: UUID


def find_equal(session: Session, listing: Listing) -> Listing | None:
    """Another listing that offers the same product in the same size."""
    return _find(session, listing.product_id, listing.variant, listing.id)


def require_only(session: Session, product_id: UUID, variant: str | None, but: UUID | None = None) -> None:
    """Raises OfferedAlready where another listing than `but` offers the same."""
    if found := _find(session, product_id, variant, but):
        said = text(
            "Tin %(sku)s đang bán đúng sản phẩm và cỡ này. Hãy sửa tin đó, hoặc ghi cỡ, loại gói khác",
            sku=found.sku,
        )
        refusal = OfferedAlready.of("variant", said)
        refusal.listing_id = found.id
        raise refusal


def require_new(session: Session, seller_id: UUID, goods: Mapping[str, Any], variant: str | None) -> None:
    """Raises InvalidInput where goods that the seller calls the same are offered in the same size."""
    alike = [_alike(getattr(Product, name), goods.get(name)) for name in OF_GOODS]
    query = select(Listing.sku).join(Listing.product).where(Product.seller_id == seller_id, *alike)
    if sku := session.scalar(query.where(*_stands_as(variant)).limit(1)):
        said = text(
            "Người bán này có tin %(sku)s bán đúng hàng và cỡ này rồi; muốn sửa thì ghi mã đó", sku=sku
        )
        raise InvalidInput.of("sku", said)


def _find(session: Session, product_id: UUID, variant: str | None, but: UUID | None) -> Listing | None:
    query = select(Listing).where(Listing.product_id == product_id, *_stands_as(variant))
    if but:
        query = query.where(Listing.id != but)
    return session.scalars(query.order_by(Listing.created_at, Listing.id).limit(1)).first()


def _stands_as(variant: str | None) -> tuple[ColumnElement[bool], ...]:
    return Listing.status != ListingStatus.WITHDRAWN, _alike(Listing.variant, variant)


def _alike(stored: InstrumentedAttribute[Any], said: str | None) -> ColumnElement[bool]:
    """As the database's own rule compares: `Túi 1 kg` is `túi 1 kg`, nothing is nothing."""
    return func.lower(stored).is_not_distinct_from(func.lower(literal(said, String)))
