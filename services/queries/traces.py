"""What a lot's label leads to: where it comes from, when it was harvested, which papers; who, where that is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from core.errors import NotFound
from models import AdminUnit, Listing, ListingApproval, ListingStatus, Lot, Product, Seller
from models.orders import SHOP
from services.access import published_sellers
from services.queries.shop import on_sale, said_origin
from services.said import Said, as_approved, as_told


@dataclass(frozen=True)
class Trace:
    """`product` is what was approved last where the product was ever offered, else what it tells now. `seller` and
    `photo_ids` are there only while everybody may see the seller; `sku` while it is on sale."""

    lot: Lot
    product: Said
    commune: str
    province: str
    seller: Seller | None
    photo_ids: Sequence[UUID]
    sku: str | None


def get_trace(session: Session, gtin: str, code: str) -> Trace:
    """Raises NotFound for a lot that there is not."""
    province = aliased(AdminUnit)
    origin = case((ListingApproval.id.is_(None), Product.origin_commune), else_=said_origin())
    query = (
        select(
            Lot,
            ListingApproval,
            AdminUnit.name,
            province.name,
            published_sellers(),
            case((on_sale(), Listing.sku)),
        )
        .join(Lot.product)
        .join(Product.seller)
        .outerjoin(Listing, Listing.id == _offered())
        .outerjoin(Listing.approval)
        .join(AdminUnit, AdminUnit.code == func.coalesce(origin, Seller.commune_code))
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
    lot, approval, commune, in_province, public, sku = found
    product = lot.product
    said = as_approved(product, approval) if approval else as_told(product)
    return Trace(
        lot=lot,
        product=said,
        commune=commune,
        province=in_province,
        seller=product.seller if public else None,
        photo_ids=said.shown(product.photos) if public else (),
        sku=sku,
    )


def _offered() -> "ScalarSelect[UUID]":
    """Of a product's listings that were ever approved the first, rather one that is on sale, and in our shop."""
    offered = aliased(Listing)
    query = select(offered.id).where(offered.product_id == Product.id, offered.approved_version.is_not(None))
    on_sale_first = (offered.status == ListingStatus.APPROVED).desc()
    in_shop_first = offered.marketplaces.contains([SHOP]).desc()
    first = query.order_by(on_sale_first, in_shop_first, offered.id).limit(1)
    return first.correlate(Product).scalar_subquery()


def list_recent_lots(session: Session, product_id: UUID, most: int) -> list[Lot]:
    """The lots of a product that were harvested last; none that was withdrawn."""
    query = select(Lot).where(Lot.product_id == product_id, Lot.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(Lot.harvested_on.desc(), Lot.id.desc()).limit(most)))
