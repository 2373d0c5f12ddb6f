"""Where a person mends what a floor wants or refuses: the page that has the field, and the field on it."""

from flask import url_for

from core.errors import Text
from models import Listing
from services.floor_attributes import wishes_of
from services.marketplaces import floors_with_trees
from services.offers import Missing
from services.queries.offered import list_offers_of
from services.reasons import Reason
from web.auth import actor
from web.database import session
from web.stall.listings import ListingFacts
from web.stall.products import ProductFacts
from web.stall.told import in_form
from web.stall.waiting import LABELS
from web.stall.wishes import ATTRIBUTES

OF_LISTING = frozenset(ListingFacts().fields)
OF_PRODUCT = frozenset(ProductFacts().fields) | {ATTRIBUTES}
PHOTOS = "photos"


def mended_by_seller(reason: Reason) -> bool:
    """Whether a form that its seller fills in has the field; of other reasons their text alone says what to do."""
    whole = (reason.field or "").partition(".")[0]
    return not reason.for_administrator and whole in {PHOTOS, *OF_LISTING, *OF_PRODUCT}


def mend_at(listing: Listing, wanted: Missing | Reason) -> str | None:
    """The address of the field, to which a browser goes and gives it the keyboard; None where no form has it. What only
    administrators mend leads nobody else anywhere."""
    if wanted.for_administrator:
        return _category_of(listing, wanted.marketplace)
    field = wanted.field or ""
    whole = field.partition(".")[0]
    of_product = {"product_id": listing.product_id, "listing_id": listing.id}
    if field == PHOTOS:
        return _photo_at(of_product, wanted)
    if field in OF_LISTING:
        at = in_form(field, listing, wanted.marketplace, ())
        return url_for("stall.listing", listing_id=listing.id, _anchor=f"field-{at}")
    if whole in OF_PRODUCT:
        wishes = []
        if whole == ATTRIBUTES:
            wishes = wishes_of(listing.product, list_offers_of(session(), actor(), listing.product_id))
        at = in_form(field, listing, wanted.marketplace, wishes)
        return url_for("stall.product", **of_product, _anchor=f"field-{at}")
    return None


def _category_of(listing: Listing, marketplace: str) -> str | None:
    """Where an administrator chooses it, for a floor whose categories we know."""
    if not actor().is_administrator or marketplace not in floors_with_trees():
        return None
    return url_for("admin.standing", marketplace=marketplace, goods=listing.product.goods.value)


def _photo_at(of_product: dict[str, object], wanted: Missing | Reason) -> str:
    """The very photo, to be replaced, where one is named."""
    photo_id = wanted.photo_id if isinstance(wanted, Reason) else None
    if photo_id:
        return url_for("stall.replace_photo", photo_id=photo_id, **of_product, _anchor="field-file")
    return url_for("stall.photos", **of_product, _anchor="field-file")


def name_of(wanted: Reason) -> Text | None:
    """What forms call its field; None where floors made it up."""
    return LABELS.get(wanted.field or "") if wanted.field != ATTRIBUTES else None
