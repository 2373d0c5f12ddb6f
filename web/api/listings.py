"""Listings: what is offered, and how it stands on each floor."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, post_dump, validate, validates_schema

from core.errors import text
from models import Listing, ListingStatus, Publication, PublicationStatus
from services import claims, listings
from services.approvals import waiting_changes
from services.marketplaces import MARKETPLACES
from services.offers import Draft
from services.queries import lists
from services.queries.paging import Page
from services.reasons import reasons_of
from web.api.fields import LONGEST_CODE, Amount, Paging, Said, View, Whole, WithId, choice, page_of, search
from web.api.smorest import Blueprint, stored
from web.auth import SELLS, actor, allow
from web.database import session
from web.goods import LARGEST_STOCK, LARGEST_VERSION, LONGEST_VARIANT
from web.schemas import Input, Line

blueprint = Blueprint("listings", __name__, "Listings and their publications")


class Marketplaces(fields.List):
    """Names of floors, each once."""

    def __init__(self, **options: Any) -> None:
        known = validate.OneOf(MARKETPLACES, error=text("Chưa đăng được lên sàn này"))
        super().__init__(fields.String(validate=known), **options)


class Prices(fields.Dict):
    """Other prices on single floors, in đồng; they stand for all that were given before."""

    def __init__(self) -> None:
        known = validate.OneOf(MARKETPLACES, error=text("Chưa đăng được lên sàn này"))
        super().__init__(keys=fields.String(validate=known), values=Amount())


class Sku(fields.String):
    def __init__(self, **options: Any) -> None:
        said = text("Mã hàng gồm 3 đến 40 chữ hoa, chữ số và dấu gạch")
        form = validate.Regexp(r"[A-Z0-9][A-Z0-9-]{2,39}\Z", error=said)
        super().__init__(validate=form, **options)


class ListingInput(WithId):
    """`price` in đồng a unit. Without a `sku` one is made. One of `prices` that is ten times `price`, or a tenth, is
    refused at `price_is_right`, unless that is true. A product is offered in one `variant` once."""

    product_id = fields.UUID(required=True)
    sku = Sku()
    price = Amount(required=True)
    stock = Whole(0, LARGEST_STOCK, required=True)
    marketplaces = Marketplaces(required=True)
    variant = Line(LONGEST_VARIANT, metadata={"description": "how it differs from others of the product"})
    prices = Prices()
    price_is_right = fields.Boolean()


class ListingChange(Input):
    """A price that jumps tenfold, on one floor too, is refused at `price_is_right`, unless that is true.
    `stock_seen` is the number that the person saw, in `version_seen` (the listing's `version`): what orders have taken
    since is taken of `stock` too, the same sent again changes nothing, and where somebody has said another number since
    `stock` is refused. Without `version_seen` only the two numbers that were said last are known again."""

    price = Amount()
    price_is_right = fields.Boolean()
    stock = Whole(0, LARGEST_STOCK)
    stock_seen = Whole(0, LARGEST_STOCK)
    version_seen = Whole(1, LARGEST_VERSION)
    marketplaces = Marketplaces()
    variant = Line(LONGEST_VARIANT, allow_none=True)
    prices = Prices()

    @validates_schema
    def _both_seen(self, data: dict[str, Any], **_: object) -> None:
        if "version_seen" in data and "stock_seen" not in data:
            raise ValidationError([text("Cần điền ô này")], "stock_seen")


MADE: dict[str, Callable[[Listing], Sequence[Any]]] = {
    "missing": listings.list_missing,
    "waiting": waiting_changes,
}


class MissingView(View):
    marketplace = fields.String()
    field = fields.String()
    text = Said()


class WaitingView(View):
    """A field of product or listing, `origin`, `papers` or `photos` (their ids); `price` and `prices` only beside a new
    `unit`."""

    field = fields.String()
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class ListingView(View):
    """`missing` is what chosen floors still want. It can be approved where one of them misses nothing; the others show
    it once that is filled in and approved, and say so until then (`publications`). `waiting` is what an approved one
    says otherwise than it was approved (`approved_version`): it is shown nowhere until it is approved anew."""

    id = fields.UUID()
    product_id = fields.UUID()
    sku = fields.String()
    price = fields.Integer()
    stock = fields.Integer()
    status = choice(ListingStatus)
    marketplaces = fields.List(fields.String())
    variant = fields.String(allow_none=True)
    prices = fields.Dict(keys=fields.String(), values=fields.Integer(), attribute="own_prices")
    version = fields.Integer()
    approved_version = fields.Integer(allow_none=True)
    missing = fields.Nested(MissingView, many=True)
    waiting = fields.Nested(WaitingView, many=True)
    created_at = fields.AwareDateTime()

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        made = MADE.get(attr)
        return made(obj) if made else super().get_attribute(obj, attr, default)


class DraftView(View):
    """How the listing will stand on one floor, put together from what is known of the goods."""

    marketplace = fields.String()
    title = fields.String()
    description = fields.String()
    price = fields.Integer()
    category = fields.String(allow_none=True)
    missing = fields.Nested(MissingView, many=True)


class DraftsView(View):
    items = fields.List(fields.Nested(DraftView))


class FloorProblemView(View):
    """`field` is one of the product's or listing's (`attributes.…`, `photos`), where it is known. `text` says what to
    do, and quotes the floor; `said` are its own words alone, and `photo_id` is the photo, where it is about one."""

    always = ("field", "code", "text")
    field = fields.String(allow_none=True)
    code = fields.String()
    text = Said()
    said = fields.String()
    photo_id = fields.UUID(allow_none=True)

    @post_dump
    def _quote(self, told: dict[str, Any], **_: object) -> dict[str, Any]:
        if told.get("said"):
            told["text"] += f" «{told['said']}»"
        return {name: value for name, value in told.items() if value or name in self.always}


class PublicationView(View):
    """`errors` are the floor's reasons, in the seller's language. With the code `taken` the floor holds something under
    our SKU and another title: it is left alone until a person claims it."""

    marketplace = fields.String()
    status = choice(PublicationStatus)
    external_id = fields.String(allow_none=True)
    external_url = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FloorProblemView), attribute="problems")
    attempts = fields.Integer()
    next_attempt_at = fields.AwareDateTime(allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return reasons_of(obj) if attr == "problems" else super().get_attribute(obj, attr, default)


class ListingQuery(Paging):
    market_id = fields.UUID(metadata={"description": "the seller has a stall there"})
    commune = Line(LONGEST_CODE, metadata={"description": "of the seller"})
    status = choice(ListingStatus)
    q = search("part of the product's or seller's name, or an exact SKU")


@blueprint.get("/listings")
@allow(*SELLS)
@blueprint.arguments(ListingQuery, location="query")
@blueprint.response(200, page_of(ListingView))
def list_listings(query: dict[str, Any]) -> Page[Listing]:
    """Listings of the sellers within sight, the newest first."""
    return lists.list_listings(session(), actor(), **query)


@blueprint.post("/listings")
@allow(*SELLS)
@blueprint.arguments(ListingInput)
@blueprint.creates(ListingView)
def create_listing(data: dict[str, Any]) -> tuple[Listing, int]:
    """Offer a product. Nothing is published before it is approved."""
    return stored(listings.draft_listing(session(), actor(), **data))


@blueprint.get("/listings/<uuid:listing_id>")
@allow(*SELLS)
@blueprint.response(200, ListingView)
def get_listing(listing_id: UUID) -> Listing:
    """One listing."""
    return listings.get_listing(session(), actor(), listing_id)


@blueprint.get("/listings/<uuid:listing_id>/drafts")
@allow(*SELLS)
@blueprint.response(200, DraftsView)
def list_drafts(listing_id: UUID) -> dict[str, Sequence[Draft]]:
    """What each floor that was chosen will show once this is approved, and what it still wants."""
    return {"items": listings.list_drafts(listings.get_listing(session(), actor(), listing_id))}


@blueprint.patch("/listings/<uuid:listing_id>")
@allow(*SELLS)
@blueprint.arguments(ListingChange)
@blueprint.response(200, ListingView)
def change_listing(data: dict[str, Any], listing_id: UUID) -> Listing:
    """A new price, stock or choice of floors; what is approved is published anew at once, but for `variant`, which
    waits to be approved, and for prices of a `unit` that waits: they wait with it."""
    return listings.change_listing(session(), actor(), listing_id, **data)


@blueprint.post("/listings/<uuid:listing_id>/approve")
@allow(*SELLS)
@blueprint.response(200, ListingView)
def approve_listing(listing_id: UUID) -> Listing:
    """Publish it, or what has changed since it was approved; 422 says what the floors still miss, 409 that the
    household has not agreed."""
    return listings.approve_listing(session(), actor(), listing_id)


@blueprint.post("/listings/<uuid:listing_id>/withdraw")
@allow(*SELLS)
@blueprint.response(200, ListingView)
def withdraw_listing(listing_id: UUID) -> Listing:
    """Take it down from every floor."""
    return listings.withdraw_listing(session(), actor(), listing_id)


@blueprint.post("/listings/<uuid:listing_id>/retry")
@allow(*SELLS)
@blueprint.response(200, ListingView)
def retry_publications(listing_id: UUID) -> Listing:
    """Ask those floors again that refused it, or on which it failed."""
    return listings.retry_publications(session(), actor(), listing_id)


@blueprint.get("/listings/<uuid:listing_id>/publications")
@allow(*SELLS)
@blueprint.response(200, PublicationView(many=True))
def list_publications(listing_id: UUID) -> Sequence[Publication]:
    """How it stands on each floor."""
    return listings.get_listing(session(), actor(), listing_id).publications


@blueprint.post("/listings/<uuid:listing_id>/publications/<marketplace>/claim")
@allow(*SELLS)
@blueprint.response(200, PublicationView)
def claim_publication(listing_id: UUID, marketplace: str) -> Publication:
    """What the floor holds under our SKU is ours: publish to it; 409 where it holds nothing that waits for that."""
    return claims.claim_publication(session(), actor(), listing_id, marketplace)
