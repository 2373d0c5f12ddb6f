"""Offers on the floors: what is offered at which price, where it stands, what keeps it back."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import ValidationError, fields, pre_load, validates
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import NotFound, text
from models import Listing, ListingStatus, Product, Publication, PublicationStatus
from services import listings as services
from services.approvals import fingerprint, list_approvals, waiting_changes
from services.floor_accounts import SHUT
from services.marketplaces import MARKETPLACES, SHEET_FLOORS, SHOP, floor_named, offered_floors
from services.offers import MISSING, Draft, Missing
from services.papers import running_out
from services.queries.lists import list_listings
from services.queries.offered import list_offers_of, list_unpriced
from services.queries.paging import Page as PageOf
from services.queries.refused import floors_refusing
from services.queries.shelves import shelves_of
from services.reasons import reasons_of, refusals_of
from services.said import said_now
from services.same_offers import find_equal
from services.stock_counts import CountedSince
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, chosen, label, uuid_asked
from web.goods import LARGEST_STOCK, LARGEST_VERSION, LONGEST_VARIANT, RightPrice
from web.languages import translate
from web.parted import ByName
from web.schemas import Dong, Input, Line
from web.shown_forms import ChangeSchema
from web.stall.told import ASKED, beside
from web.stall.waiting import in_words
from web.typed import WholeNumber

SOON, LATER = 3, 20
MOST_UNPRICED = 10
"""Of one page."""
BROKEN_OFF = frozenset({PublicationStatus.REJECTED, PublicationStatus.FAILED})
UNDER_WAY = frozenset({PublicationStatus.WAITING, PublicationStatus.PUBLISHING})


def _own_price(floor: str) -> dict[str, Any]:
    """The words beside one floor's own price."""
    said = text("Giá riêng trên %(floor)s", floor=floor)
    return label(said, text("Để trống thì bằng giá ở trên"), mark_optional=False)


class ListingFacts(Input):
    variant = Line(
        LONGEST_VARIANT,
        load_default=None,
        metadata=label(text("Cỡ, loại gói"), text("Ví dụ: Túi 1 kg. Để trống nếu chỉ bán một cỡ")),
    )
    price = Dong(required=True, metadata=label(text("Giá một đơn vị bán")))
    stock = WholeNumber(0, LARGEST_STOCK, required=True, metadata=label(text("Có sẵn bao nhiêu")))
    marketplaces = fields.List(
        fields.String(), load_default=list, metadata=label(text("Bán trên sàn nào"), mark_optional=False)
    )
    prices = ByName(
        {name: Dong(metadata=_own_price(words)) for name, words in MARKETPLACES.items()}, load_default=dict
    )

    @validates("marketplaces")
    def _known(self, names: list[str], **_: object) -> None:
        if not set(names) <= MARKETPLACES.keys():
            raise ValidationError([text("Không có lựa chọn này")])


class Offer(ListingFacts):
    """As a page asks for it. The price of a floor that is not chosen is not seen, so it counts for nothing."""

    price_is_right = RightPrice()

    @pre_load
    def _of_chosen_floors(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        chosen = data.get("marketplaces", ())
        return data | {
            "prices": {name: typed for name, typed in data.get("prices", {}).items() if name in chosen}
        }


class ListingChange(Offer, ChangeSchema):
    """`stock_seen` is the number that the page showed, in `version_seen`: a sale in the meantime is not undone, and
    what is sent twice counts once."""

    compared_elsewhere = frozenset({"stock"})
    stock_seen = WholeNumber(0, LARGEST_STOCK)
    version_seen = WholeNumber(1, LARGEST_VERSION)


class ListingForm(Offer, FormSchema):
    product_id = fields.UUID(required=True)


@allow(*SELLS)
def listings() -> str:
    q, status = request.args.get("q", "").strip(), chosen(ListingStatus, "status")
    refused, cursor = "refused" in request.args, request.args.get("cursor")
    page = list_listings(session(), actor(), q=q or None, status=status, refused=refused, cursor=cursor)
    waiting = {found.id for found in page.items if waiting_changes(found)}
    shown = {"page": page, "waiting": waiting, "q": q, "status": status, "states": ListingStatus}
    shown |= {"refused": refused, "refusing": {found.id: len(floors_refusing(found)) for found in page.items}}
    unpriced = None if refused else _unpriced(q, status)
    return render_template("stall/listings.html", unpriced=unpriced, **shown)


def _unpriced(q: str, status: ListingStatus | None) -> PageOf[Product] | None:
    """Products whose price was never said: they stand before the listings, on the first page of all of them."""
    if status or "cursor" in request.args:
        return None
    after = request.args.get("unpriced")
    return list_unpriced(session(), actor(), q=q or None, limit=MOST_UNPRICED, cursor=after)


@allow(*SELLS)
def new_listing() -> Page | Response:
    """Offer a product; nothing is published before it is approved."""
    asked = uuid_asked("product_id")
    if asked is None:
        raise NotFound()
    product = services.get_product(session(), actor(), asked)
    form = Form(ListingForm(), {"marketplaces": [SHOP]})
    stored = form.submit(partial(services.draft_listing, session(), actor(), by_hand=True))
    if stored is None:
        offers = list_offers_of(session(), actor(), product.id)
        return form.page("stall/listing_new.html", product=product, offers=offers, floors=floors())
    flash(translate("Đã soạn tin. Xem lại rồi bấm duyệt để đăng lên sàn."))
    return redirect(url_for("stall.listing", listing_id=stored[0].id), 303)


def floors(chosen: Collection[str] = ()) -> list[tuple[str, str]]:
    """What there is to choose from, beside those that the listing has."""
    return [(name, MARKETPLACES[name]) for name in offered_floors(chosen)]


@allow(*SELLS)
def listing(listing_id: UUID) -> Page | Response:
    """One offer; sent back, its new price, stock and floors."""
    read = services.lock_listing if request.method == "POST" else services.get_listing
    found = read(session(), actor(), listing_id)
    known = {name: getattr(found, name) for name in ListingFacts().fields if name != "prices"}
    known["price"], known["prices"] = found.told_prices
    form = Form(ListingChange(), known)
    if form.sent is None:
        form.ask_for(ASKED, beside(refusals_of([found]), found))
    if form.submit(partial(services.change_listing, session(), actor(), listing_id)) is None:
        seen = _seen(form, found)
        return form.page("stall/listing.html", floors=floors(found.marketplaces), seen=seen, **_shown(found))
    flash(translate("Đã ghi giá và số lượng mới."))
    return redirect(url_for("stall.listing", listing_id=listing_id), 303)


def _seen(form: Form, found: Listing) -> dict[str, object]:
    """What the person has before their eyes while typing: what the page showed at first, or anew beside the number."""
    now_shown = {"stock_seen": found.stock, "version_seen": found.version}
    if isinstance(form.refusal, CountedSince):
        return now_shown
    return {name: form.typed.get(name, shown) for name, shown in now_shown.items()}


@allow(*SELLS)
def publications(listing_id: UUID) -> str:
    """The part of that page that changes while workers publish; it asks for itself until they are done."""
    found = services.get_listing(session(), actor(), listing_id)
    return render_template("stall/publications.html", **_standing(found, services.list_missing(found)))


def _shown(found: Listing) -> dict[str, object]:
    drafts = services.list_drafts(found)
    missing, today = services.missing_of(found, drafts), business_day(now())
    papers = {"running_out": running_out(found.product.papers, today), "today": today}
    approval = {
        "waiting": in_words(waiting_changes(found)),
        "fingerprint": fingerprint(found),
        "approvals": list_approvals(session(), found.id),
    }
    gaps = {
        "missing": missing,
        "ready": services.ready_floors(found, missing),
        "held": services.held_floors(found, missing),
    }
    dated = [one for one in found.dated_prices if one.last_day >= today]
    equal = None if found.status is ListingStatus.WITHDRAWN else find_equal(session(), found)
    offered = (
        {"dated_prices": dated, "statuses": ListingStatus, "equal": equal}
        | _previews(found, drafts)
        | _asked(found)
    )
    return _standing(found, missing) | papers | approval | gaps | offered


def _previews(found: Listing, drafts: Sequence[Draft]) -> dict[str, object]:
    """What buyers will see on each floor: its words, its photos, and where it stands."""
    photos = said_now(found).shown(found.product.photos)
    seen = {draft.marketplace: photos[: floor_named(draft.marketplace).photos_max] for draft in drafts}
    return {"drafts": drafts, "photos": seen, "shelves": shelves_of(session(), drafts)}


def _asked(found: Listing) -> dict[str, object]:
    """The price of a unit: what everybody is told of an approved listing, else what was said last."""
    if found.approval and found.status is ListingStatus.APPROVED:
        return {"price": found.price, "unit": found.approval.facts["unit"]}
    return {"price": found.told_prices[0], "unit": found.product.unit}


def _standing(found: Listing, missing: Sequence[Missing]) -> dict[str, object]:
    """How it stands on its floors, which changes while workers publish. Those in `lacking` were not asked; what they
    still lack is to be filled in before they are."""
    lacking = {
        publication.marketplace: [gap for gap in missing if gap.marketplace == publication.marketplace]
        for publication in found.publications
        if _lacks(publication)
    }
    to_ask = [one for one in _by_workers(found) if not lacking.get(one.marketplace)]
    return {
        "listing": found,
        "by_sheet": SHEET_FLOORS,
        "ask_again_in": _pause(found),
        "may_be_retried": any(publication.status in BROKEN_OFF for publication in to_ask),
        "lacking": lacking,
        "reasons": {one.marketplace: reasons_of(one) for one in found.publications},
        "filled_in": bool(waiting_changes(found)),
        "shut": SHUT.code,
    }


def _lacks(publication: Publication) -> bool:
    codes = {problem["code"] for problem in publication.problems}
    return publication.status is PublicationStatus.REJECTED and codes == {MISSING}


def _by_workers(found: Listing) -> list[Publication]:
    return [publication for publication in found.publications if publication.marketplace not in SHEET_FLOORS]


def _pause(found: Listing) -> int | None:
    """After how many seconds the page asks again: soon while a worker is at it, later after a failure."""
    under_way = [publication for publication in _by_workers(found) if publication.status in UNDER_WAY]
    if not under_way:
        return None
    return SOON if any(not publication.problems for publication in under_way) else LATER
