"""Changing what is told of a product. Its approved listings go on saying what was approved, but for papers that are
taken away or have run out: floors are asked at once to name those no more."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Certificate, Product
from services import audit
from services.access import Actor
from services.listings import get_product, require_goods_of
from services.papers import Paper, certificates, require_different
from services.publication_requests import renew_listings
from services.queries.places import require_known_commune
from services.storing import store


def lock_product(session: Session, actor: Actor, product_id: UUID) -> Product:
    """A product within sight, locked first and read then, so that what is read is what nobody else changes. Raises
    NotFound."""
    session.execute(select(Product.id).where(Product.id == product_id).with_for_update(key_share=True))
    return get_product(session, actor, product_id)


def change_product(session: Session, actor: Actor, product_id: UUID, **changes: Any) -> Product:
    """Correct a product's facts. Raises NotFound, Forbidden, InvalidInput for an unknown commune and for a paper that
    is told twice."""
    product = get_product(session, actor, product_id)
    require_goods_of(session, actor, product.seller)
    if changes.get("origin_commune"):
        require_known_commune(session, changes["origin_commune"], field="origin_commune")
    papers = changes.pop("papers", None)
    changed = sorted(name for name, value in changes.items() if getattr(product, name) != value)
    for name in changed:
        setattr(product, name, changes[name])
    gone: set[UUID] = set()
    if papers is not None:
        gone, is_other = _change_papers(session, product, papers)
        changed += ["papers"] if is_other else []
    if not changed:
        return product
    store(session)
    audit.note(session, actor, "product.changed", product.id, fields=", ".join(changed))
    renew_listings(session, [product.id], gone)
    return product


def _change_papers(session: Session, product: Product, papers: Sequence[Paper]) -> tuple[set[UUID], bool]:
    """Those that are told again stay; which went, and whether any came or went."""
    require_different(papers)
    told, known = set(map(_words_of, papers)), set(map(_words, product.papers))
    gone = [paper for paper in product.papers if _words(paper) not in told]
    new = [paper for paper in papers if _words_of(paper) not in known]
    for paper in gone:
        product.papers.remove(paper)
    store(session)
    product.papers.extend(certificates(new))
    return {paper.id for paper in gone}, bool(gone or new)


def _words(paper: Certificate) -> tuple[str, str, date]:
    return paper.name, paper.number, paper.expires_on


def _words_of(paper: Paper) -> tuple[str, str, date]:
    return paper["name"], paper["number"], paper["expires_on"]


def retire_papers(session: Session, most: int) -> tuple[int, int]:
    """Have floors shown anew what named a paper that has run out since, `most` papers at once: how many papers, and
    listings. Each paper once, however often this is asked for."""
    due = (
        select(Certificate.id)
        .where(Certificate.lapsed_at.is_(None), Certificate.expires_on < business_day(now()))
        .order_by(Certificate.expires_on, Certificate.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    retired = session.execute(
        update(Certificate)
        .where(Certificate.id.in_(due))
        .values(lapsed_at=now())
        .returning(Certificate.product_id, Certificate.id),
        execution_options={"synchronize_session": False},
    ).all()
    products = {product_id for product_id, _ in retired}
    return len(retired), renew_listings(session, products, {paper_id for _, paper_id in retired})
