"""Changing what is said of a product: every listing of it that stands on floors is brought up to date."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Listing, ListingStatus, Product
from services import audit
from services.access import Actor
from services.listings import get_product, request_publications, require_goods_of
from services.queries.places import require_known_commune
from services.storing import store


def change_product(session: Session, actor: Actor, product_id: UUID, **changes: Any) -> Product:
    """Correct a product's facts. Raises NotFound, Forbidden, InvalidInput for an unknown commune."""
    product = get_product(session, actor, product_id)
    require_goods_of(session, actor, product.seller)
    if changes.get("origin_commune"):
        require_known_commune(session, changes["origin_commune"], field="origin_commune")
    changed = sorted(name for name, value in changes.items() if getattr(product, name) != value)
    if not changed:
        return product
    for name in changed:
        setattr(product, name, changes[name])
    store(session)
    audit.note(session, actor, "product.changed", product.id, fields=", ".join(changed))
    query = select(Listing).where(Listing.product_id == product.id).order_by(Listing.id).with_for_update()
    for listing in session.scalars(query):
        listing.version += 1
        if listing.status is ListingStatus.APPROVED:
            request_publications(session, listing)
    return product
