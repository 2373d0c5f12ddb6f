"""Changing what is said of a product: every listing of it that stands on floors is brought up to date."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from models import Certificate, Product
from services import audit
from services.access import Actor
from services.listings import certificates, get_product, renew_listings, require_goods_of
from services.queries.places import require_known_commune
from services.storing import store


def change_product(session: Session, actor: Actor, product_id: UUID, **changes: Any) -> Product:
    """Correct a product's facts. Raises NotFound, Forbidden, InvalidInput for an unknown commune."""
    product = get_product(session, actor, product_id)
    require_goods_of(session, actor, product.seller)
    if changes.get("origin_commune"):
        require_known_commune(session, changes["origin_commune"], field="origin_commune")
    papers = changes.pop("papers", None)
    changed = sorted(name for name, value in changes.items() if getattr(product, name) != value)
    for name in changed:
        setattr(product, name, changes[name])
    if papers is not None and sorted(map(_words_of, papers)) != sorted(map(_words, product.papers)):
        changed.append("papers")
        product.papers.clear()
        store(session)
        product.papers.extend(certificates(papers))
    if not changed:
        return product
    store(session)
    audit.note(session, actor, "product.changed", product.id, fields=", ".join(changed))
    renew_listings(session, product.id)
    return product


def _words(paper: Certificate) -> tuple[str, str, date]:
    return paper.name, paper.number, paper.expires_on


def _words_of(paper: Mapping[str, Any]) -> tuple[str, str, date]:
    return paper["name"], paper["number"], paper["expires_on"]
