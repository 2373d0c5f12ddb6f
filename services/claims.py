"""What a floor holds under our SKU and another title is somebody else's and left alone, unless a person says that it is
ours: then it becomes what the listing says."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, NotFound, text
from models import Publication, PublicationStatus
from services import audit
from services.access import Actor
from services.events import PublicationRequested, record
from services.listings import get_listing, require_goods_of


def claim_publication(session: Session, actor: Actor, listing_id: UUID, marketplace: str) -> Publication:
    """What was found there is ours: the listing stands on it from now on, and is published to it. Raises Conflict where
    nothing was found, or another listing stands on it."""
    listing = get_listing(session, actor, listing_id)
    require_goods_of(session, actor, listing.product.seller)
    of_floor = (Publication.listing_id == listing.id, Publication.marketplace == marketplace)
    publication = session.scalar(select(Publication).where(*of_floor).with_for_update())
    if publication is None:
        raise NotFound()
    held = publication.held_external_id
    if held is None or not publication.is_wanted:
        raise Conflict(text("Không còn sản phẩm nào trên sàn đang chờ nhận; hãy tải lại trang"))
    if _stands_on(session, marketplace, held):
        raise Conflict(text("Sản phẩm đó trên sàn là của một tin khác"))
    audit.note(session, actor, "publication.claimed", listing.id, marketplace=marketplace, external_id=held)
    publication.external_id, publication.external_url = held, None
    publication.held_external_id = publication.published_version = None
    publication.told_stock = publication.shown_price = None
    publication.status, publication.problems = PublicationStatus.WAITING, []
    publication.next_attempt_at = now()
    record(session, PublicationRequested(publication.id, marketplace))
    return publication


def _stands_on(session: Session, marketplace: str, external_id: str) -> bool:
    others = (Publication.marketplace == marketplace, Publication.external_id == external_id)
    return bool(session.scalar(select(exists().where(*others))))
