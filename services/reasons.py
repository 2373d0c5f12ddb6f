"""What floors say against a listing: each reason at the field and the photo of ours where a person mends it.

Gateways name the parts of an offer. People fill in the fields of its product and listing, and the API names those.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import object_session

from core.clock import business_day, now
from core.errors import Text
from models import Listing, Photo, PhotoFile, PhotoSize, Publication, PublicationStatus
from models.bulk import among
from services.floor_attributes import asked_at, place_of
from services.offers import MISSING, facts_of
from services.said import said_now

FIELDS = {
    "title": "name",
    "description": "description",
    "price": "price",
    "stock": "stock",
    "weight": "weight_grams",
    "package": "package_length",
    "pictures": "photos",
    "category": "goods",
    "attributes": "attributes",
    "papers": "papers",
}
"""By the parts of an offer. A SKU is in no form: it is given for ever."""
ATTRIBUTE = "attributes."


class Reason(NamedTuple):
    """One of a floor's reasons, as a person is told it. `said` are the floor's own words; `photo_id` is the photo that
    it is about, where the product still has it."""

    marketplace: str
    field: str | None
    code: str
    text: str
    said: str
    photo_id: UUID | None

    @property
    def for_administrator(self) -> bool:
        """Whether its seller can do nothing about it: in which category such goods stand is an administrator's choice,
        and another kind of goods would be a wrong one."""
        return self.field == FIELDS["category"] and self.code != MISSING


def text_of(problem: Mapping[str, Any]) -> Text:
    """What a stored problem says, to be told in the reader's language."""
    return Text(problem.get("template") or problem["text"], problem.get("values") or {})


def reasons_of(publication: Publication) -> list[Reason]:
    """What its floor says, in the order in which it was told."""
    photos = _photos(publication)
    return [
        Reason(
            publication.marketplace,
            _field(publication, problem["field"]),
            problem["code"],
            text_of(problem),
            problem.get("said") or "",
            photos.get(problem.get("picture") or ""),
        )
        for problem in publication.problems
    ]


def refusals_of(listings: Sequence[Listing]) -> list[Reason]:
    """What somebody is to mend before the floors take these listings: gaps are not among it."""
    standing = [publication for listing in listings for publication in listing.publications]
    refused = [one for one in standing if one.is_wanted and one.status is PublicationStatus.REJECTED]
    reasons = [reason for publication in refused for reason in reasons_of(publication)]
    return [reason for reason in reasons if reason.code != MISSING]


def _field(publication: Publication, theirs: str | None) -> str | None:
    if theirs and theirs.startswith(ATTRIBUTE):
        return _attribute(publication.listing, publication.marketplace, theirs.removeprefix(ATTRIBUTE))
    return FIELDS.get(theirs or "", theirs)


def _attribute(listing: Listing, marketplace: str, known_as: str) -> str:
    """Where the product says an attribute that the floor names in its own way."""
    wanted = place_of(listing, listing.product.goods, marketplace).wanted or ()
    one = next((one for one in wanted if known_as in (one.id, one.name)), None)
    return asked_at(one, facts_of(said_now(listing), business_day(now()))) if one else ATTRIBUTE + known_as


def _photos(publication: Publication) -> Mapping[str, UUID]:
    """The product's photos by the keys under which floors were given them, of those that a reason names."""
    keys = {key for problem in publication.problems if (key := problem.get("picture"))}
    session = object_session(publication)
    if not keys or session is None:
        return {}
    query = (
        select(PhotoFile.photo_id, PhotoFile.sha256)
        .join(Photo, Photo.id == PhotoFile.photo_id)
        .where(
            Photo.product_id == publication.listing.product_id,
            PhotoFile.size == PhotoSize.LARGE,
            among(PhotoFile.sha256, [bytes.fromhex(key) for key in keys]),
        )
    )
    return {row.sha256.hex(): row.photo_id for row in session.execute(query)}
