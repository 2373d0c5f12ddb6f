"""Floors without an interface for programs: staff carry a sheet there, and bring its answers back.

A publication waits until an answer for its version has come. An answer for an older one is kept, and the newest goes
on waiting; the same answers again change nothing. What misses something is refused before anybody carries it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.clock import now
from core.config import config
from core.errors import NotFound, text
from gateways.errors import Problem
from models import Listing, Product, Publication, PublicationStatus
from models.bulk import among
from services import audit
from services.access import Actor, visible_listings
from services.events import Event, PublicationListed, PublicationRejected, record, record_all
from services.listing_sheets import MOST_ROWS, RowProblem, WrongRows
from services.marketplaces import SHEET_FLOORS
from services.offers import Draft, draft_for
from services.said import Said, said_of


@dataclass(frozen=True)
class Carried:
    """What is to be done on the floor about one listing: show `draft` with these photos, or take it down (None)."""

    publication: Publication
    said: Said
    draft: Draft | None
    photos: Sequence[str]
    is_new: bool


@dataclass(frozen=True)
class Answer:
    """What the floor said to a row: its listing stands there (`url`), or was refused for `reason`."""

    number: int
    sku: str
    version: int
    done: bool
    url: str | None
    reason: str | None


@dataclass(frozen=True)
class Answered:
    """How many publications are done, refused, and were answered before."""

    done: int
    refused: int
    known: int


def count_waiting(session: Session, actor: Actor) -> dict[str, int]:
    """How many publications wait to be carried, by floor."""
    query = (
        select(Publication.marketplace, func.count())
        .where(*_waiting(actor), among(Publication.marketplace, SHEET_FLOORS))
        .group_by(Publication.marketplace)
    )
    found = dict(session.execute(query).tuples().all())
    return {name: found.get(name, 0) for name in SHEET_FLOORS}


def list_to_carry(session: Session, actor: Actor, marketplace: str) -> list[Carried]:
    """What staff are to do on the floor, the longest waiting first. Raises NotFound for a floor of another kind."""
    _require_sheet_floor(marketplace)
    listing = joinedload(Publication.listing)
    product = listing.joinedload(Listing.product)
    query = (
        select(Publication)
        .join(Publication.listing)
        .where(*_waiting(actor), Publication.marketplace == marketplace)
        .options(
            listing.joinedload(Listing.approval),
            product.joinedload(Product.seller),
            product.selectinload(Product.photos),
            product.selectinload(Product.papers),
        )
        .order_by(Publication.next_attempt_at, Publication.id)
        .limit(MOST_ROWS)
    )
    return list(map(_carried, session.scalars(query)))


def _carried(publication: Publication) -> Carried:
    listing = publication.listing
    said = said_of(listing)
    if not publication.is_wanted:
        return Carried(publication, said, None, [], is_new=False)
    photos = said.shown(listing.product.photos)
    draft = draft_for(listing, publication.marketplace, len(photos), said)
    is_new = publication.published_version is None
    return Carried(publication, said, draft, list(map(_address, photos)), is_new)


def _address(photo_id: UUID) -> str:
    return f"{config().base_url}/photos/{photo_id}/large.jpg"


def keep_back(session: Session, publication_id: UUID) -> None:
    """Let nobody carry there what misses something: its gaps stand on the listing. What stands there already is carried
    all the same, for its price."""
    publication = session.get_one(Publication, publication_id, with_for_update=True)
    waits = publication.status is PublicationStatus.WAITING
    if not (waits and publication.is_wanted and publication.external_id is None):
        return
    draft = _carried(publication).draft
    if draft and draft.missing:
        publication.status = PublicationStatus.REJECTED
        publication.problems = [gap.problem.stored for gap in draft.missing]
        record(session, PublicationRejected(publication.id, publication.marketplace))


def take_answers(session: Session, actor: Actor, marketplace: str, answers: Sequence[Answer]) -> Answered:
    """Store what the floor answered. Raises NotFound, and WrongRows where a row is about nothing that was carried."""
    _require_sheet_floor(marketplace)
    known = _publications(session, actor, marketplace, answers)
    if problems := [problem for answer in answers if (problem := _problem(answer, known.get(answer.sku)))]:
        raise WrongRows(problems)
    events: list[Event] = []
    done = refused = 0
    for answer in answers:
        publication = known[answer.sku]
        if answer.version <= (publication.published_version or 0) or _refused_already(publication, answer):
            continue
        events.append(_accept(publication, answer) if answer.done else _refuse(publication, answer))
        done, refused = done + answer.done, refused + (not answer.done)
    session.flush()
    record_all(session, events)
    audit.note(session, actor, "floor.answered", None, marketplace=marketplace, done=done, refused=refused)
    return Answered(done, refused, len(answers) - done - refused)


def _publications(
    session: Session, actor: Actor, marketplace: str, answers: Sequence[Answer]
) -> Mapping[str, Publication]:
    query = (
        select(Publication)
        .join(Publication.listing)
        .where(
            Publication.marketplace == marketplace,
            among(Listing.sku, {answer.sku for answer in answers}),
            visible_listings(actor),
        )
        .options(selectinload(Publication.listing))
        .order_by(Publication.id)
        .with_for_update(of=Publication)
    )
    return {publication.listing.sku: publication for publication in session.scalars(query)}


def _problem(answer: Answer, publication: Publication | None) -> RowProblem | None:
    if publication is None:
        return RowProblem(answer.number, "sku", text("Mã hàng này không bán trên sàn"))
    if not 1 <= answer.version <= publication.desired_version:
        return RowProblem(answer.number, "version", text("Không có bản này của tin; hãy giữ nguyên cột này"))
    return None


def _refused_already(publication: Publication, answer: Answer) -> bool:
    same = publication.problems[:1] == [_reason(answer).stored]
    return publication.status is PublicationStatus.REJECTED and not answer.done and same


def _accept(publication: Publication, answer: Answer) -> Event:
    publication.published_version = answer.version
    publication.external_id = publication.listing.sku
    publication.external_url = answer.url or publication.external_url
    publication.problems = []
    if answer.version == publication.desired_version:
        shown = publication.is_wanted
        publication.status = PublicationStatus.LISTED if shown else PublicationStatus.WITHDRAWN
    elif (
        publication.status is PublicationStatus.WITHDRAWN
    ):  # it was carried all the same, and is to be taken down
        publication.status, publication.next_attempt_at = PublicationStatus.WAITING, now()
    return PublicationListed(publication.id, publication.marketplace, answer.version)


def _refuse(publication: Publication, answer: Answer) -> Event:
    if answer.version == publication.desired_version:
        publication.status = PublicationStatus.REJECTED
        publication.problems = [_reason(answer).stored]
    return PublicationRejected(publication.id, publication.marketplace)


def _reason(answer: Answer) -> Problem:
    said = text("Sàn chưa nhận tin này, lý do ghi ở dưới: hãy sửa điều họ nêu rồi duyệt lại")
    return Problem(None, "refused", said, answer.reason or "")


def _waiting(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        Publication.status == PublicationStatus.WAITING,
        Publication.listing_id.in_(select(Listing.id).where(visible_listings(actor))),
    )


def _require_sheet_floor(marketplace: str) -> None:
    if marketplace not in SHEET_FLOORS:
        raise NotFound()
