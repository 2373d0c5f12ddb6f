"""What a floor will show of a listing, made from the little that the farmer gives, and what is still missing there.

Title and description are put together from the words in `data/listing_words.csv`: each has its place, and is left out
where the fact that it names is not known. Words marked `short` come in only while the text is shorter than the floor
wants. Nothing is cut in the middle: what would be too long is left out, the later words first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from string import Formatter
from typing import NamedTuple

from core.clock import business_day, now
from core.errors import Text, text
from core.weights import grams_in
from gateways.errors import Problem
from models import Certificate, Goods, Listing
from services.floor_attributes import Lack, Place, attributes_of, place_of
from services.marketplaces import Floor, floor_named, read_rows
from services.said import Said, said_of

EVERYWHERE = "*"


MISSING = "missing"
"""The code of a refusal that no floor was asked for: it would refuse this."""


class Missing(NamedTuple):
    """What a floor still wants of a listing, and beside which field to say it. `for_administrator`: a seller can do
    nothing about it, and would only say something wrong in that field."""

    marketplace: str
    field: str
    text: Text
    for_administrator: bool = False

    @property
    def problem(self) -> Problem:
        """As it stands on a publication."""
        return Problem(self.field, MISSING, self.text)


class Words(NamedTuple):
    """A piece of a text, and the facts that it needs."""

    template: str
    needs: frozenset[str]
    only_if_short: bool


@dataclass(frozen=True)
class Draft:
    """How a listing will stand on one floor; `price` in đồng."""

    marketplace: str
    title: str
    description: str
    price: int
    category: str | None
    missing: tuple[Missing, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)
    """By the floor's own names."""


def draft_for(listing: Listing, marketplace: str, photos: int, said: Said | None = None) -> Draft:
    """The listing as `marketplace` will show it, and each gap that keeps it from standing there: by what everybody is
    told of it (`services.said`), or by `said`, with so many `photos` to be seen."""
    floor, product = floor_named(marketplace), said or said_of(listing)
    today = business_day(now())
    facts = facts_of(product, today)
    told = _worth_telling(product, facts)
    title = _joined(_words(marketplace, "title"), told, floor.title_min, floor.title_max, "")
    description = _joined(
        _words(marketplace, "description"), told, floor.description_min, floor.description_max, "\n"
    )
    place = place_of(listing, product.goods, marketplace)
    attributes, lacking = _attributes(place, product, facts)
    gaps = _gaps(floor, product, title, description, photos)
    missing = tuple(Missing(marketplace, field, words) for field, words in [*gaps, *lacking])
    missing += _unplaced(floor, product.goods, place)
    price = listing.price_on(marketplace, today)
    return Draft(marketplace, title, description, price, place.category, missing, attributes)


def _attributes(
    place: Place, product: Said, facts: Mapping[str, str]
) -> tuple[Mapping[str, str], Sequence[Lack]]:
    """Those of the product itself, where nobody knows what its place wants."""
    if place.wanted is None:
        return product.attributes, []
    return attributes_of(place.wanted, product.attributes, facts)


def _gaps(floor: Floor, product: Said, title: str, description: str, photos: int) -> list[tuple[str, Text]]:
    gaps = []
    if not floor.title_min <= len(title) <= floor.title_max:
        said = text("Tên cần %(least)s đến %(most)s ký tự", least=floor.title_min, most=floor.title_max)
        gaps.append(("name", said))
    if len(description) < floor.description_min and not product.description:
        gaps.append(("description", text("Sàn cần lời giới thiệu sản phẩm")))
    if photos < floor.photos_min:
        gaps.append(("photos", text("Sàn cần ít nhất %(least)s ảnh", least=floor.photos_min)))
    if floor.weight and product.grams is None:
        gaps.append(("weight_grams", text("Sàn cần cân nặng để gửi hàng")))
    if floor.package and product.package_length is None:
        gaps.append(("package_length", text("Sàn cần cỡ gói hàng: dài, rộng, cao")))
    return gaps


def _unplaced(floor: Floor, goods: Goods, place: Place) -> tuple[Missing, ...]:
    """That there is no category for such goods. Of which kind they are, their seller says; the rest administrators."""
    if place.closed:
        said = text("Sàn đã đóng ngành hàng của loại này; hãy báo người quản trị chọn ngành khác")
        return (Missing(floor.marketplace, "goods", said, for_administrator=True),)
    if not floor.category or place.category is not None:
        return ()
    if goods is Goods.OTHER:
        said = text("Hãy chọn loại hàng; không loại nào đúng thì báo người quản trị chọn ngành trên sàn")
        return (Missing(floor.marketplace, "goods", said),)
    said = text("Chưa biết ngành hàng của loại này trên sàn; hãy báo người quản trị")
    return (Missing(floor.marketplace, "goods", said, for_administrator=True),)


def facts_of(product: Said, today: date) -> dict[str, str]:
    """What is said of the goods, in words; what is not known is not there. Papers that have run out are none."""
    known = {
        "name": product.name,
        "variant": product.variant,
        "unit": product.unit,
        "description": product.description,
        "grade": product.grade,
        "commune": product.origin.commune if product.origin else None,
        "province": product.origin.province if product.origin else None,
        "season": _season(product),
        "weight": _weight(product.grams),
        "storage": product.storage,
        "shelf_life_days": product.shelf_life_days,
        "ocop_stars": product.ocop_stars,
        "planting_area_code": product.planting_area_code,
        "papers": "; ".join(_paper(paper) for paper in product.papers if paper.is_valid(today)),
    }
    return {name: str(value).strip() for name, value in known.items() if value}


def _worth_telling(product: Said, facts: Mapping[str, str]) -> Mapping[str, str]:
    """No buyer is told how heavy a kilogram is."""
    if grams_in(product.unit) is None:
        return facts
    return {name: said for name, said in facts.items() if name != "weight"}


def _season(product: Said) -> str | None:
    if product.season_from is None:
        return None
    if product.season_from == product.season_to:
        return f"tháng {product.season_from}"
    return f"tháng {product.season_from} đến tháng {product.season_to}"


def _weight(grams: int | None) -> str | None:
    if grams is None or grams < 1000:
        return f"{grams} g" if grams else None
    return f"{grams / 1000:g} kg".replace(".", ",")


def _paper(paper: Certificate) -> str:
    return f"{paper.name} số {paper.number} (đến {paper.expires_on:%d/%m/%Y})"


def _joined(pieces: Sequence[Words], facts: Mapping[str, str], least: int, most: int, between: str) -> str:
    made: list[str] = []
    length = 0
    for piece in pieces:
        if not piece.needs <= facts.keys() or (piece.only_if_short and length >= least):
            continue
        said = piece.template.format_map(facts)
        longer = length + len(said) + (len(between) if made else 0)
        if longer <= most or not made:
            made.append(said)
            length = longer
    return between.join(made).strip()


@cache
def _words(marketplace: str, part: str) -> tuple[Words, ...]:
    """A floor's own words stand instead of those for every floor that have the same place."""
    rows = {
        int(row["place"]): row
        for wanted in (EVERYWHERE, marketplace)
        for row in read_rows("listing_words.csv")
        if (row["marketplace"], row["part"]) == (wanted, part)
    }
    return tuple(_piece(rows[place]) for place in sorted(rows))


def _piece(row: Mapping[str, str]) -> Words:
    named = {name for _, name, _, _ in Formatter().parse(row["words"]) if name}
    return Words(row["words"], frozenset(named), row["when"] == "short")
