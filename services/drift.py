"""Reading floors back: what a floor shows now and then differs from what it was given, by its own people's hands or
by a call whose answer was lost. It is found here, told, and mended by publishing again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Text, text
from core.text import same_words
from gateways.errors import Problem
from gateways.ports import Offer, Ours, Picture, Standing
from models import FloorAccount, Publication, PublicationStatus
from models.orders import SHOP
from services.events import PublicationCheckDue, PublicationRequested, record, record_all
from services.marketplaces import SHEET_FLOORS
from services.publishing import expected_offer, ours_on

CHECK_EVERY = timedelta(hours=6)
EQUAL = (PublicationStatus.LISTED, PublicationStatus.WITHDRAWN)
GIVEN_UP = (PublicationStatus.REJECTED, PublicationStatus.FAILED)
"""Nothing more will be tried: what stands there all the same is sold, at whatever price."""
CHECKED = (*EQUAL, *GIVEN_UP)
IN_REVIEW = "in_review"
"""What gateways call the warning that a floor looks at it before it shows it."""


@dataclass(frozen=True)
class CheckTask:
    """What the floor should show of what is `ours`: `expected`, or nothing. Where it was `given_up`, the floor is known
    to refuse the fields in `refused`."""

    publication_id: UUID
    marketplace: str
    version: int
    ours: Ours
    expected: Offer | None
    given_up: bool = False
    refused: frozenset[str | None] = frozenset()


def claim_due_checks(session: Session, most: int) -> int:
    """Have those read back that were not for the longest time; how many. What a floor was never asked to show does not
    stand there."""
    due = (
        select(Publication.id)
        .where(
            Publication.status.in_(CHECKED),
            (Publication.attempts > 0) | Publication.external_id.is_not(None),
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
    """What to compare with; None where it is being published at this moment, or soon will be: another price holds since
    midnight, and the floor is yet to be told."""
    publication = session.get_one(Publication, publication_id)
    given_up = publication.status in GIVEN_UP
    is_equal = publication.status in EQUAL and publication.published_version == publication.desired_version
    today = business_day(now())
    untold = any(dated.is_untold(today) for dated in publication.listing.dated_prices)
    if untold or not (is_equal or given_up):
        return None
    return CheckTask(
        publication_id=publication.id,
        marketplace=publication.marketplace,
        version=publication.desired_version,
        ours=ours_on(publication.listing, publication.marketplace, publication.external_id),
        expected=expected_offer(session, publication) if publication.is_wanted else None,
        given_up=given_up,
        refused=frozenset(problem["field"] for problem in publication.problems) if given_up else frozenset(),
    )


def finish_check(session: Session, task: CheckTask, standing: Standing | None) -> None:
    """Publish again where the floor shows something else; the reason stands on the listing until then."""
    publication = session.get_one(Publication, task.publication_id, with_for_update=True)
    if publication.desired_version != task.version or publication.status not in CHECKED:
        return
    publication.read_at = now()
    if standing and publication.external_id is None:
        publication.external_id = standing.external_id  # the answer that told it was lost
    strayed = differences(task, standing)
    publication.shown_price = _sold_at(standing) if task.expected and not strayed else None
    if not strayed:
        if task.expected is None:
            if not (standing and standing.in_review):
                _note_withdrawn(publication)
        elif standing and standing.shown:
            _forget_review(publication)
        return
    publication.strayed_at = now()
    publication.published_version = None
    publication.status = PublicationStatus.WAITING
    publication.problems = [problem.stored for problem in strayed]
    record(session, PublicationRequested(publication.id, publication.marketplace))


def _sold_at(standing: Standing | None) -> int | None:
    """In đồng; None where it is not sold."""
    sold = standing and standing.shown and standing.stock != 0 and standing.price > 0
    return standing.price if standing and sold else None


def _note_withdrawn(publication: Publication) -> None:
    """Nothing of it is shown, whatever became of the try to take it down."""
    publication.status = PublicationStatus.WITHDRAWN
    publication.published_version = publication.desired_version
    publication.told_stock = None
    publication.problems = []


def _forget_review(publication: Publication) -> None:
    """It has passed."""
    publication.problems = [problem for problem in publication.problems if problem["code"] != IN_REVIEW]


def differences(task: CheckTask, standing: Standing | None) -> list[Problem]:
    """What the floor shows otherwise than it should, by our own fields. What was given up is not made to stand there,
    nor are its words and pictures compared: the floor has refused them."""
    shown = standing is not None and standing.shown
    if task.expected is None:
        return [_strayed(None, text("Sàn vẫn hiện tin đã gỡ; đang gỡ lại"))] if shown else []
    if standing is None or not shown:
        gone = text("Sàn không còn hiện tin này; đang đăng lại")
        comes_later = standing is not None and (standing.in_review or not task.expected.stock)
        return [] if task.given_up or comes_later else [_strayed(None, gone)]
    sold = [found for found in _sold_otherwise(task.expected, standing) if found.field not in task.refused]
    return sold if task.given_up else sold + _shown_otherwise(task.expected, standing)


def _sold_otherwise(expected: Offer, standing: Standing) -> list[Problem]:
    """Less stock may be a sale that is still to be heard of; only more can be oversold."""
    found = []
    if standing.price != expected.price:
        found.append(_strayed("price", text("Giá trên sàn đã khác; đang sửa lại")))
    if standing.stock is None or standing.stock > expected.stock:
        found.append(_strayed("stock", text("Số lượng trên sàn đã khác; đang sửa lại")))
    return found


def _shown_otherwise(expected: Offer, standing: Standing) -> list[Problem]:
    """As far as the floor tells."""
    found = []
    if not same_words(standing.title, expected.title):
        found.append(_strayed("title", text("Tên trên sàn đã khác; đang sửa lại")))
    if standing.description is not None and not same_words(standing.description, expected.description):
        found.append(_strayed("description", text("Mô tả trên sàn đã khác; đang sửa lại")))
    if not _same_pictures(expected.pictures, standing):
        found.append(_strayed("pictures", text("Ảnh trên sàn đã khác; đang sửa lại")))
    return found


def _same_pictures(expected: Sequence[Picture], standing: Standing) -> bool:
    """So many, the first of them ours. A floor may show one twice as one."""
    different = {picture.key: picture for picture in expected}
    if standing.pictures is not None and standing.pictures not in (len(expected), len(different)):
        return False
    if standing.first_picture is None or not expected:
        return True
    return standing.first_picture in (expected[0].key, expected[0].known_as)


def _strayed(field: str | None, said: Text) -> Problem:
    return Problem(field, "strayed", said)
