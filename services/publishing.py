"""Making a floor equal to a listing: what to do, and what came of it. The call itself is a worker's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, Table, Uuid, any_, bindparam, case, exists, func, null, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload, lazyload, load_only
from sqlalchemy.sql.dml import ReturningUpdate

from core.clock import now
from core.config import config
from gateways.errors import Problem
from gateways.ports import FloorListing, Offer, Ours, Package, Picture
from models import (
    FloorPicture,
    Listing,
    ListingStatus,
    PhotoFile,
    PhotoSize,
    Product,
    Publication,
    PublicationStatus,
)
from services import floor_attributes
from services.events import PublicationListed, PublicationRejected, PublicationRequested, record
from services.marketplaces import SHEET_FLOORS, floor_named
from services.offers import Missing, draft_for
from services.said import Said, said_of

LEASE = timedelta(minutes=2)
"""Longer than any call to a floor may take; a worker that died gives its publication free after it."""

ReadPhoto = Callable[[UUID], bytes]
"""The bytes of a photo, by its id: few floors want them, and most changes are of a price."""


@dataclass(frozen=True)
class PublicationTask:
    """Plain values for one call: show `offer`, or where it is None take down what is `ours`."""

    publication_id: UUID
    marketplace: str
    version: int
    ours: Ours
    offer: Offer | None
    shown_price: int | None = None
    """In đồng, as on the publication before the call."""


class PublicationBusy(Exception):
    """Another worker is at it: floors make two products of two creates, so wait for the lease to end. Or it failed, and
    waits for `next_attempt_at`."""

    def __init__(self, next_attempt_at: datetime | None) -> None:
        super().__init__()
        self.next_attempt_at = next_attempt_at


def begin_publication(
    session: Session, publication_id: UUID, read_photo: ReadPhoto, again: bool = False
) -> PublicationTask | None:
    """Lease a publication and say what its floor must show; None where the floor is equal already, people carry it
    there, or it does not stand there and misses something: then it is refused at once, for its gaps. Raises
    PublicationBusy; for a change that failed before, and comes `again`, also while the whole publication waits: it has
    one next attempt, however many changes wait for it."""
    facts = {"publication": publication_id, "again": again, "moment": now(), "until": now() + LEASE}
    leased = session.execute(_LEASE, facts).one_or_none()
    if leased is None:
        if behind := session.execute(_BEHIND, facts).one_or_none():
            raise PublicationBusy(behind.next_attempt_at)
        return None
    listing = session.scalars(_LISTING, {"listing": leased.listing_id}).unique().one()
    floor, wanted = leased.marketplace, listing.is_wanted_on(leased.marketplace)
    offer: Offer | None = None
    missing: Sequence[Missing] = ()
    if wanted:
        known = {"external_id": leased.external_id, "told_stock": leased.told_stock}
        approved, missing = _offer(session, listing, floor, read_photo)
        offer = replace(approved, **known)
    task = PublicationTask(
        publication_id=publication_id,
        marketplace=floor,
        version=leased.desired_version,
        ours=offer or ours_on(listing, floor, leased.external_id),
        offer=offer,
        shown_price=leased.shown_price,
    )
    if missing and leased.external_id is None:
        reject_publication(session, task, [gap.problem for gap in missing], attempts=leased.attempts - 1)
        return None
    return task


def rehearse(session: Session) -> None:
    """Have all that a publication asks of the database put into SQL, with nothing to find, in a transaction that is
    not committed: whoever is forked from this process then need not do it again, each of its threads for itself."""
    nothing = {"publication": None, "again": False, "moment": now()}
    session.execute(_LEASE, nothing | {"until": now()})
    session.execute(_BEHIND, nothing)
    session.execute(_LISTING, {"listing": None}).unique().all()
    _pictures(session, (), SHEET_FLOORS[0], lambda _: b"")
    floor_attributes.rehearse(session)
    nobody = PublicationTask(UUID(int=0), SHEET_FLOORS[0], 0, Ours(sku="", title="", external_id=None), None)
    finish_publication(session, nobody, FloorListing("", None))


def ours_on(listing: Listing, marketplace: str, external_id: str | None) -> Ours:
    """By what the listing is known on a floor."""
    return Ours(sku=listing.sku, title=draft_for(listing, marketplace, 0).title, external_id=external_id)


def expected_offer(session: Session, publication: Publication) -> Offer:
    """What the floor of a listing that stands there should show."""
    read_photo = partial(photo_content, session)
    return _offer(session, publication.listing, publication.marketplace, read_photo)[0]


def still_sold(publication: Publication) -> bool:
    """Whether the floor refuses the newest version and surely goes on selling one from before, at `shown_price`."""
    refused = publication.status is PublicationStatus.REJECTED
    return refused and publication.is_wanted and publication.shown_price is not None


_table = cast(Table, Publication.__table__)
"""Past the ORM: these are the statements of every publication."""
_unequal = _table.c.published_version.is_distinct_from(_table.c.desired_version)
_behind = (
    _table.c.id == bindparam("publication"),
    _unequal,
    _table.c.marketplace.not_in(SHEET_FLOORS),
)
"""Its floor is to be made equal by workers, and is not."""
_free = _table.c.leased_until.is_(None) | (_table.c.leased_until <= bindparam("moment"))
_due = (
    bindparam("again", type_=Boolean).is_(False)
    | _table.c.next_attempt_at.is_(None)
    | (_table.c.next_attempt_at <= bindparam("moment"))
)
_BEHIND = select(_table.c.next_attempt_at).where(*_behind)
_stock = select(Listing.stock).where(Listing.id == _table.c.listing_id).scalar_subquery()
_wanted = exists().where(
    Listing.id == _table.c.listing_id,
    Listing.status == ListingStatus.APPROVED,
    _table.c.marketplace == any_(Listing.marketplaces),
)
_died = _table.c.leased_until.is_not(None)
"""The worker that had it last, in the middle of a call: the floor may show either price."""
_shown_price = case((_died, null()), else_=_table.c.shown_price)
_LEASE = (
    update(_table)
    .where(*_behind, _free, _due)
    .values(
        leased_until=bindparam("until"),
        status=PublicationStatus.PUBLISHING,
        attempts=_table.c.attempts + 1,
        next_attempt_at=None,
        shown_price=_shown_price,
        told_stock=case(
            (~_wanted, null()), (_table.c.told_stock > _stock, _stock), else_=_table.c.told_stock
        ),
    )
    .returning(
        _table.c.marketplace,
        _table.c.listing_id,
        _table.c.desired_version,
        _table.c.external_id,
        _table.c.told_stock,
        _table.c.shown_price,
        _table.c.attempts,
    )
)
"""From now on the floor may have been told less, or nothing of what it is to take down: the call's answer may be
lost."""
_SHOW = (
    update(_table)
    .where(*_behind, _free)
    .values(
        leased_until=None,
        shown_price=_shown_price,
        status=bindparam("said", type_=_table.c.status.type),
        next_attempt_at=bindparam("again"),
        problems=bindparam("problem", type_=_table.c.problems.type),
    )
)
_LISTING = (
    select(Listing)
    .where(Listing.id == bindparam("listing"))
    .options(
        lazyload(Listing.publications),
        joinedload(Listing.prices),
        joinedload(Listing.dated_prices),
        joinedload(Listing.approval),
        joinedload(Listing.product).options(load_only(Product.id), joinedload(Product.papers)),
    )
)
"""With all that is said of it: as it was approved, the product itself only where it never was."""


def _offer(
    session: Session, listing: Listing, marketplace: str, read_photo: ReadPhoto
) -> tuple[Offer, Sequence[Missing]]:
    """As it was approved, and what the floor misses of it."""
    said = said_of(listing)
    pictures = _pictures(session, said.photo_ids or (), marketplace, read_photo)
    draft = draft_for(listing, marketplace, len(pictures), said)
    offer = Offer(
        listing_id=listing.id,
        sku=listing.sku,
        title=draft.title,
        description=draft.description,
        price=draft.price,
        stock=listing.stock,
        unit=said.unit,
        weight_grams=said.grams,
        package=_package(said),
        category=draft.category,
        attributes=draft.attributes,
        pictures=pictures,
    )
    return offer, draft.missing


def _package(product: Said) -> Package | None:
    sides = (product.package_length, product.package_width, product.package_height)
    length, width, height = (side or 0 for side in sides)
    return Package(length, width, height) if all(sides) else None


def _pictures(
    session: Session, photo_ids: Sequence[UUID], marketplace: str, read_photo: ReadPhoto
) -> tuple[Picture, ...]:
    """As many of these photos as are ready and the floor shows, in their order."""
    facts = {"photos": list(photo_ids), "floor": marketplace, "most": floor_named(marketplace).photos_max}
    return tuple(
        Picture(
            row.key, f"{config().base_url}/photos/{row.id}/large.jpg", partial(read_photo, row.id), row.name
        )
        for row in session.execute(_PICTURES, facts)
    )


_PHOTOS = bindparam("photos", type_=ARRAY(Uuid))
_file, _picture = cast(Table, PhotoFile.__table__).c, cast(Table, FloorPicture.__table__).c
_KEY = func.encode(_file.sha256, "hex")
_PICTURES = (
    select(_file.photo_id.label("id"), _KEY.label("key"), _picture.name)
    .outerjoin_from(
        PhotoFile.__table__,
        FloorPicture.__table__,
        (_picture.marketplace == bindparam("floor")) & (_picture.sha256 == _KEY),
    )
    .where(_file.photo_id == any_(_PHOTOS), _file.size == PhotoSize.LARGE)
    .order_by(func.array_position(_PHOTOS, _file.photo_id))
    .limit(bindparam("most"))
)


def photo_content(session: Session, photo_id: UUID) -> bytes:
    """The photo as floors are given it."""
    file = (PhotoFile.photo_id == photo_id, PhotoFile.size == PhotoSize.LARGE)
    return session.scalars(select(PhotoFile.content).where(*file)).one()


def finish_publication(session: Session, task: PublicationTask, shown: FloorListing | None) -> None:
    """The floor is as it should be: `shown` says where, None that it was taken down. A version that came in
    the meantime is asked for at once: only the newest wins."""
    stands = PublicationStatus.LISTED if task.offer else PublicationStatus.WITHDRAWN
    status = _release(
        session,
        task,
        stands,
        published_version=task.version,
        told_stock=task.offer.stock if task.offer else None,
        shown_price=_sold_at(task, shown),
        problems=[warning.stored for warning in shown.warnings] if shown else [],
        **_place(shown),
    )
    if status is PublicationStatus.WAITING:
        record(session, PublicationRequested(task.publication_id, task.marketplace))
    else:
        record(session, PublicationListed(task.publication_id, task.marketplace, task.version))


def reject_publication(
    session: Session,
    task: PublicationTask,
    problems: Sequence[Problem],
    *,
    stands: FloorListing | None = None,
    stock_told: bool = False,
    price_told: bool = False,
    held_external_id: str | None = None,
    attempts: int | None = None,
) -> None:
    """The floor refuses it for good, or a part of it: the reasons stand on the listing until something is changed.
    `stands` is where the rest is, at the new price where that is told; `held_external_id` is what has our SKU there,
    where that is the reason: it is known until ours stands there. `attempts` is how many there were, where the floor
    was not asked this time."""
    facts = _place(stands) | _told(task, stock_told)
    now_at = _sold_at(task, stands) if task.shown_price else None
    facts["shown_price"] = now_at if price_told or now_at is None else task.shown_price
    if attempts is not None:
        facts["attempts"] = attempts
    if held_external_id:
        facts["held_external_id"] = held_external_id
    problems_said = [problem.stored for problem in problems]
    released = _release(
        session, task, PublicationStatus.REJECTED, only_unequal=True, problems=problems_said, **facts
    )
    if released:
        record(session, PublicationRejected(task.publication_id, task.marketplace))


def _told(task: PublicationTask, stock_told: bool) -> dict[str, Any]:
    return {"told_stock": task.offer.stock} if stock_told and task.offer else {}


def _sold_at(task: PublicationTask, shown: FloorListing | None) -> int | None:
    """The price of the task's offer, in đồng, where buyers see it on the floor: what has a warning may be hidden."""
    sold = shown and not shown.warnings and task.offer and task.offer.stock
    return task.offer.price if sold and task.offer else None


def _place(stands: FloorListing | None) -> dict[str, Any]:
    if stands is None:
        return {}
    return {"external_id": stands.external_id, "external_url": stands.external_url, "held_external_id": None}


def postpone_publication(
    session: Session,
    task: PublicationTask,
    problem: Problem,
    next_attempt_at: datetime | None,
    *,
    stock_told: bool = False,
) -> None:
    """It did not work this time: the reason and the next attempt are shown; without one it has failed. At which price
    the floor sells it then, nobody knows. Stock that the floor was told all the same (`stock_told`) is not told again:
    what it sells until then stays sold."""
    status = PublicationStatus.WAITING if next_attempt_at else PublicationStatus.FAILED
    facts = {"next_attempt_at": next_attempt_at, "problems": [problem.stored], "shown_price": None}
    facts |= _told(task, stock_told)
    _release(session, task, status, only_unequal=True, **facts)


def hold_publication(session: Session, publication_id: UUID, problem: Problem, until: datetime) -> None:
    """Its floor is left alone: the reason and the next attempt are shown."""
    _show(session, publication_id, problem, PublicationStatus.WAITING, until)


def fail_publication(session: Session, publication_id: UUID, problem: Problem) -> None:
    """Its floor could not even be asked, and that does not pass."""
    _show(session, publication_id, problem, PublicationStatus.FAILED, None)


def _show(
    session: Session,
    publication_id: UUID,
    problem: Problem,
    status: PublicationStatus,
    next_attempt_at: datetime | None,
) -> None:
    said = {"said": status, "again": next_attempt_at, "problem": [problem.stored]}
    session.execute(_SHOW, {"publication": publication_id, "moment": now()} | said)


def _release(
    session: Session,
    task: PublicationTask,
    status: PublicationStatus,
    *,
    only_unequal: bool = False,
    **facts: Any,
) -> PublicationStatus | None:
    """Its lease ends with these facts; the status that it has then: a version that came in the meantime waits,
    whatever became of the one before. None where it is equal and was not to be (`only_unequal`)."""
    given = {"publication": task.publication_id, "task_version": task.version, "said": status}
    given |= {f"given_{name}": value for name, value in facts.items()}
    return session.scalar(_released(tuple(facts), only_unequal), given)


@cache
def _released(names: tuple[str, ...], only_unequal: bool) -> ReturningUpdate[PublicationStatus]:
    """Put together once for the same facts: it ends every publication."""
    said = bindparam("said", type_=_table.c.status.type)
    is_newer = _table.c.desired_version > bindparam("task_version")
    facts = {name: bindparam(f"given_{name}", type_=_table.c[name].type) for name in names}
    return (
        update(_table)
        .where(_table.c.id == bindparam("publication"), *([_unequal] if only_unequal else []))
        .values(leased_until=None, status=case((is_newer, PublicationStatus.WAITING), else_=said), **facts)
        .returning(_table.c.status)
    )
