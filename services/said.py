"""What is said of a listing. Floors, our shop, feeds and sheets say what was approved last, whatever its product tells
since; only a draft says what its product tells now. What was taken away, a photo or a paper, falls off at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from core.weights import grams_in
from models import AdminUnit, Certificate, Goods, Listing, ListingApproval, Photo, PhotoStatus, Product

OF_PRODUCT = (
    "name",
    "unit",
    "description",
    "goods",
    "grade",
    "season_from",
    "season_to",
    "weight_grams",
    "package_length",
    "package_width",
    "package_height",
    "shelf_life_days",
    "storage",
    "ocop_stars",
    "planting_area_code",
    "gtin",
    "certificates",
    "attributes",
)
"""Facts that are told as the product's columns hold them."""
Facts = Mapping[str, Any]
"""What is said, as JSON can hold it: OF_PRODUCT, `variant`, `origin`, `papers`."""


class Origin(NamedTuple):
    """A commune by its code, and the names that buyers say: Bắc Hà, not Xã Bắc Hà."""

    code: str
    commune: str
    province: str


@dataclass(frozen=True)
class Said:
    """What is said of one listing; its product's facts under the names that they have there."""

    name: str
    variant: str | None
    unit: str
    description: str | None
    goods: Goods
    grade: str | None
    season_from: int | None
    season_to: int | None
    weight_grams: int | None
    package_length: int | None
    package_width: int | None
    package_height: int | None
    shelf_life_days: int | None
    storage: str | None
    ocop_stars: int | None
    planting_area_code: str | None
    gtin: str | None
    certificates: Sequence[str]
    attributes: Mapping[str, Any]
    origin: Origin | None
    papers: Sequence[Certificate]
    """Those that run out count until they do."""
    photo_ids: Sequence[UUID] | None
    """In their order; None: all that the product has."""

    @property
    def grams(self) -> int | None:
        """How heavy one unit is: as the seller says, else as the unit does."""
        return self.weight_grams or grams_in(self.unit)

    def shown(self, photos: Sequence[Photo]) -> list[UUID]:
        """Which of a product's `photos` are to be seen, the first one first."""
        ready = [photo.id for photo in photos if photo.status is PhotoStatus.READY]
        if self.photo_ids is None:
            return ready
        return [photo_id for photo_id in self.photo_ids if photo_id in ready]


def said_of(listing: Listing) -> Said:
    """What everybody is told: as it was approved last, or, where it never was, as its product tells now."""
    return as_approved(listing.product, listing.approval) if listing.approval else said_now(listing)


def as_approved(product: Product, approval: ListingApproval) -> Said:
    named = approval.paper_ids
    papers = [paper for paper in product.papers if paper.id in named]
    return _said(approval.facts, papers, approval.photo_ids)


def said_now(listing: Listing) -> Said:
    """What would be said if it were approved now."""
    return as_told(listing.product, listing.variant)


def as_told(product: Product, variant: str | None = None) -> Said:
    """What a product tells now."""
    return _said(_facts(product, variant), product.papers, None)


def _said(facts: Facts, papers: Sequence[Certificate], photo_ids: Sequence[UUID] | None) -> Said:
    plain = {name: facts.get(name) for name in ("variant", *OF_PRODUCT)}
    return Said(
        **plain | {"goods": Goods(facts["goods"])},  # type: ignore[arg-type]
        origin=Origin(**facts["origin"]) if facts["origin"] else None,
        papers=papers,
        photo_ids=photo_ids,
    )


def facts_now(listing: Listing) -> dict[str, Any]:
    """What its product tells now, to be kept."""
    return _facts(listing.product, listing.variant)


def _facts(product: Product, variant: str | None) -> dict[str, Any]:
    told = {name: getattr(product, name) for name in OF_PRODUCT}
    origin = _origin(product.origin)._asdict() if product.origin else None
    papers = sorted(map(_paper, product.papers), key=lambda paper: (paper["name"], paper["number"]))
    return told | {"variant": variant, "origin": origin, "papers": papers}


def _origin(unit: AdminUnit) -> Origin:
    return Origin(unit.code, _bare_name(unit), _bare_name(unit.province))


def _bare_name(unit: AdminUnit) -> str:
    return unit.name.removeprefix(unit.kind).strip()


def _paper(paper: Certificate) -> dict[str, str]:
    return {
        "id": str(paper.id),
        "name": paper.name,
        "number": paper.number,
        "expires_on": paper.expires_on.isoformat(),
    }


def photos_now(listing: Listing) -> list[UUID]:
    """Its product's photos in their order, with those that are still being made ready."""
    return [photo.id for photo in listing.product.photos if photo.status is not PhotoStatus.REFUSED]
