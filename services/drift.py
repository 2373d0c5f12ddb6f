"""Reading floors back: what a floor shows now and then differs from what it was given, by its own people's hands or
by a call whose answer was lost. It is found here, told, and mended by publishing again."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Text, text
from gateways.errors import Problem
from gateways.ports import Standing
from models import FloorAccount, Publication, PublicationStatus
from models.orders import SHOP
from services.events import PublicationCheckDue, PublicationRequested, record, record_all
from services.marketplaces import SHEET_FLOORS
from services.offers import Draft, draft_for

CHECK_EVERY = timedelta(hours=6)
SETTLED = (PublicationStatus.LISTED, PublicationStatus.WITHDRAWN)


@dataclass(frozen=True)
class CheckTask:
    """What the floor should show for `sku`: `expected` with this stock, or nothing."""

    publication_id: UUID
    marketplace: str
    version: int
    sku: str
    expected: Draft | None
    stock: int


def claim_due_checks(session: Session, most: int) -> int:
    """Have those read back that were not for the longest time; how many."""
    due = (
        select(Publication.id)
        .where(
            Publication.status.in_(SETTLED),
            Publication.marketplace.not_in((SHOP, *SHEET_FLOORS)),
            Publication.marketplace.not_in(
                select(FloorAccount.marketplace).where(FloorAccount.shut_at.is_not(None))
            ),
            func.coalesce(Publication.read_at, Publication.created_at) < now() - CHECK_EVERY,
        )
        .order_by(Publication.read_at.nulls_first(), Publication.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = session.execute(
        update(Publication)
        .where(Publication.id.in_(due))
        .values(read_at=now())
        .returning(Publication.id, Publication.marketplace),
        execution_options={"synchronize_session": False},
    )
    events = [PublicationCheckDue(row.id, row.marketplace) for row in claimed]
    record_all(session, events)
    return len(events)


def begin_check(session: Session, publication_id: UUID) -> CheckTask | None:
    """What to compare with; None where it is being published at this moment."""
    publication = session.get_one(Publication, publication_id)
    if publication.status not in SETTLED or publication.published_version != publication.desired_version:
        return None
    listing, floor = publication.listing, publication.marketplace
    wanted = publication.is_wanted
    return CheckTask(
        publication_id=publication.id,
        marketplace=publication.marketplace,
        version=publication.desired_version,
        sku=listing.sku,
        expected=draft_for(listing, floor, listing.product.photos) if wanted else None,
        stock=listing.stock,
    )


def finish_check(session: Session, task: CheckTask, standing: Standing | None) -> None:
    """Publish again where the floor shows something else; the reason stands on the listing until then."""
    publication = session.get_one(Publication, task.publication_id, with_for_update=True)
    if publication.desired_version != task.version or publication.status not in SETTLED:
        return
    publication.read_at = now()
    strayed = differences(task.expected, task.stock, standing)
    if not strayed:
        return
    publication.strayed_at = now()
    publication.published_version = None
    publication.status = PublicationStatus.WAITING
    publication.problems = [asdict(problem) for problem in strayed]
    record(session, PublicationRequested(publication.id, publication.marketplace))


def differences(expected: Draft | None, stock: int, standing: Standing | None) -> list[Problem]:
    """What the floor shows otherwise than `expected`, by our own fields. Less stock may be a sale that is still to be
    heard of; only more can be oversold."""
    shown = standing is not None and standing.shown
    if expected is None:
        return [_strayed(None, text("Sàn vẫn hiện tin đã gỡ; đang gỡ lại"))] if shown else []
    if standing is None or not shown:
        return [_strayed(None, text("Sàn không còn hiện tin này; đang đăng lại"))]
    found = []
    if standing.price != expected.price:
        found.append(_strayed("price", text("Giá trên sàn đã khác; đang sửa lại")))
    if standing.stock > stock:
        found.append(_strayed("stock", text("Số lượng trên sàn đã khác; đang sửa lại")))
    if standing.title != expected.title:
        found.append(_strayed("title", text("Tên trên sàn đã khác; đang sửa lại")))
    return found


def _strayed(field: str | None, said: Text) -> Problem:
    return Problem(field, "strayed", said)
