"""What a lot's label leads to: where it comes from, when it was harvested, which papers; who, where that is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from core.errors import NotFound
from models import AdminUnit, Certificate, Listing, Lot, PhotoStatus, Product, Seller
from services.access import published_sellers
from services.queries.shop import on_sale


@dataclass(frozen=True)
class Trace:
    """`seller` and `photo_ids` are there only while everybody may see the seller; `sku` while it is on sale."""

    lot: Lot
    product: Product
    commune: str
    province: str
    papers: Sequence[Certificate]
    seller: Seller | None
    photo_ids: Sequence[UUID]
    sku: str | None


def get_trace(session: Session, gtin: str, code: str) -> Trace:
    """Raises NotFound for a lot that there is not."""
    province = aliased(AdminUnit)
    query = (
        select(Lot, AdminUnit.name, province.name, published_sellers())
        .join(Lot.product)
        .join(Product.seller)
        .join(AdminUnit, AdminUnit.code == func.coalesce(Product.origin_commune, Seller.commune_code))
        .join(province, province.code == AdminUnit.province_code)
        .where(Lot.gtin == gtin, Lot.code == code)
        .options(
            joinedload(Lot.product).joinedload(Product.seller),
            joinedload(Lot.product).selectinload(Product.photos),
            joinedload(Lot.product).selectinload(Product.papers),
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    lot, commune, in_province, public = found
    photos = [photo.id for photo in lot.product.photos if photo.status is PhotoStatus.READY]
    return Trace(
        lot=lot,
        product=lot.product,
        commune=commune,
        province=in_province,
        papers=lot.product.papers,
        seller=lot.product.seller if public else None,
        photo_ids=photos if public else (),
        sku=_sku_on_sale(session, lot.product_id),
    )


def _sku_on_sale(session: Session, product_id: UUID) -> str | None:
    query = select(Listing.sku).join(Listing.product).join(Product.seller)
    return session.scalar(
        query.where(Listing.product_id == product_id, on_sale()).order_by(Listing.id).limit(1)
    )


def list_recent_lots(session: Session, product_id: UUID, most: int) -> list[Lot]:
    """The lots of a product that were harvested last; none that was withdrawn."""
    query = select(Lot).where(Lot.product_id == product_id, Lot.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(Lot.harvested_on.desc(), Lot.id.desc()).limit(most)))
