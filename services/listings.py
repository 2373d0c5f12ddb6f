"""Products and listings: drafted, approved, changed, withdrawn; a version for every change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, NotFound, text
from core.ids import new_code, new_id
from models import (
    ConsentPurpose,
    Listing,
    ListingStatus,
    Product,
    Publication,
    Seller,
    SellerKind,
)
from services import audit
from services.access import Actor, goods_kept, require, visible_listings, visible_products, visible_sellers
from services.approvals import fingerprint, keep_approval, waiting_changes
from services.asked_prices import ask_price, own_prices, unit_waits
from services.events import ListingApproved, ListingWithdrawn, record
from services.marketplaces import require_offered
from services.offers import Draft, Missing, draft_for
from services.papers import certificates, require_different
from services.people import agrees
from services.price_jumps import require_likely, require_near, require_usual
from services.publication_requests import ask_again, request_publications
from services.queries.places import require_known_commune
from services.said import said_now
from services.same_offers import require_only
from services.stock_counts import count_stock
from services.storing import REFUSALS, find_stored, store


def add_product(
    session: Session, actor: Actor, *, id: UUID | None = None, seller_id: UUID, **facts: Any
) -> tuple[Product, bool]:
    """Store a product of a seller whose goods the person keeps; False where this `id` is stored already."""
    if stored := find_stored(session, Product, id):
        return get_product(session, actor, stored.id), False
    seller = session.scalar(select(Seller).where(Seller.id == seller_id, visible_sellers(actor)))
    if seller is None:
        raise InvalidInput.of("seller_id", text("Không có người bán này"))
    require_goods_of(session, actor, seller)
    if facts.get("origin_commune"):
        require_known_commune(session, facts["origin_commune"], field="origin_commune")
    papers = facts.pop("papers", [])
    require_different(papers)
    product = Product(id=id or new_id(), seller_id=seller.id, **facts, papers=certificates(papers))
    store(session, product)
    return product, True


def require_goods_of(session: Session, actor: Actor, seller: Seller) -> None:
    """Raises Forbidden for others."""
    kept = select(Seller.id).where(Seller.id == seller.id, goods_kept(actor, Seller.id))
    require(session.scalar(kept) is not None)


def get_product(session: Session, actor: Actor, product_id: UUID) -> Product:
    product = session.scalar(select(Product).where(Product.id == product_id, visible_products(actor)))
    if product is None:
        raise NotFound()
    return product


def draft_listing(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    product_id: UUID,
    sku: str | None = None,
    price: int,
    stock: int,
    marketplaces: Sequence[str],
    variant: str | None = None,
    prices: Mapping[str, int] | None = None,
    price_is_right: bool = False,
    by_hand: bool = False,
) -> tuple[Listing, bool]:
    """Offer a product at `price` đồng a unit (`prices`: others, by floor); False where this `id` is stored already.
    Nothing is published before it is approved. Raises OfferedAlready where this product is offered in this size,
    InvalidInput for a floor that is not connected, for a floor's price that is unlikely beside `price`, unless it is
    right, and where a person wrote it (`by_hand`) for one that hardly anything has."""
    if stored := find_stored(session, Listing, id):
        return get_listing(session, actor, stored.id), False
    product = session.scalar(select(Product).where(Product.id == product_id, visible_products(actor)))
    if product is None:
        raise InvalidInput.of("product_id", text("Không có sản phẩm này"))
    if sku and session.scalar(select(Listing.id).where(Listing.sku == sku)):
        raise InvalidInput.of(*REFUSALS["uq_listings_sku"])
    require_only(session, product.id, variant)
    require_offered(marketplaces)
    if not price_is_right:
        require_near(price, prices or {})
        if by_hand:
            require_usual(price, prices or {})
    listing = Listing(
        id=id or new_id(),
        product_id=product.id,
        sku=sku or new_code("SP", 8),
        price=price,
        stock=stock,
        marketplaces=sorted(set(marketplaces)),
        variant=variant,
        prices=own_prices(prices or {}),
    )
    store(session, listing)
    return listing, True


def get_listing(session: Session, actor: Actor, listing_id: UUID) -> Listing:
    """A listing within sight, with its product and publications. Raises NotFound."""
    query = (
        select(Listing)
        .where(Listing.id == listing_id, visible_listings(actor))
        .options(joinedload(Listing.product).joinedload(Product.seller), joinedload(Listing.approval))
        .execution_options(populate_existing=True)
    )
    listing = session.scalar(query)
    if listing is None:
        raise NotFound()
    return listing


def list_drafts(listing: Listing) -> list[Draft]:
    """How the listing will stand on each floor that was chosen, once what it says now is approved."""
    said, (price, prices) = said_now(listing), listing.told_prices
    photos = len(said.shown(listing.product.photos))
    today = business_day(now())
    dated = {name: listing.dated_price_on(name, today, said.unit) for name in listing.marketplaces}
    asked = {name: one.price if one else prices.get(name, price) for name, one in dated.items()}
    drafts = (draft_for(listing, name, photos, said) for name in listing.marketplaces)
    return [replace(draft, price=asked[draft.marketplace]) for draft in drafts]


def list_missing(listing: Listing) -> list[Missing]:
    """What keeps the listing, as it says now, from standing on the floors that were chosen."""
    return missing_of(listing, list_drafts(listing))


def missing_of(listing: Listing, drafts: Sequence[Draft]) -> list[Missing]:
    """The same, where its drafts are known."""
    if not listing.marketplaces:
        return [Missing("", "marketplaces", text("Hãy chọn ít nhất một sàn"))]
    return [gap for draft in drafts for gap in draft.missing]


def ready_floors(listing: Listing, missing: Sequence[Missing]) -> list[str]:
    """The chosen ones that miss nothing; without any it cannot be approved."""
    lacking = {gap.marketplace for gap in missing}
    return [name for name in listing.marketplaces if name not in lacking]


def held_floors(listing: Listing, missing: Sequence[Missing]) -> list[str]:
    """Those that will not show it, though it is approved: they miss something, and it does not stand there yet."""
    standing = {publication.marketplace for publication in listing.publications if publication.external_id}
    lacking = {gap.marketplace for gap in missing} - standing
    return [name for name in listing.marketplaces if name in lacking]


def approve_listing(session: Session, actor: Actor, listing_id: UUID, seen: str | None = None) -> Listing:
    """Let workers publish what it says now; of an approved one, what has changed since. Floors that miss something hold
    up none of the others. `seen` is the fingerprint of what the person was shown. Raises Conflict where that is not so
    any more and without the household's consent to publication, InvalidInput where no floor is ready, OfferedAlready
    where it would come to stand beside an equal one."""
    listing = lock_listing(session, actor, listing_id)
    _require_consent(session, listing.product.seller)
    if seen not in {None, fingerprint(listing)}:
        raise Conflict(text("Tin vừa được sửa; hãy xem lại rồi duyệt"))
    missing = list_missing(listing)
    if not ready_floors(listing, missing):
        raise InvalidInput({gap.field: [gap.text] for gap in missing})
    if listing.status is ListingStatus.APPROVED and not waiting_changes(listing):
        return listing
    if listing.status is not ListingStatus.APPROVED:
        _offer_once(session, listing, listing.variant)
    is_first = listing.status is ListingStatus.DRAFT
    keep_approval(session, actor, listing, listing.version if is_first else listing.version + 1)
    audit.note(session, actor, "listing.approved", listing.id, version=listing.version)
    record(session, ListingApproved(listing.id, listing.version))
    request_publications(session, [listing])
    return listing


def _offer_once(session: Session, listing: Listing, variant: str | None) -> None:
    """Raises OfferedAlready."""
    require_only(session, listing.product_id, variant, listing.id)
    listing.doubled = False


def _require_consent(session: Session, seller: Seller) -> None:
    """A household's own word is needed; traders and cooperatives are businesses."""
    if seller.kind is not SellerKind.HOUSEHOLD:
        return
    if not agrees(session, seller.household_id, ConsentPurpose.PUBLICATION):
        raise Conflict(text("Hộ chưa đồng ý cho đăng bán trên sàn"))


def change_listing(
    session: Session,
    actor: Actor,
    listing_id: UUID,
    *,
    stock_seen: int | None = None,
    version_seen: int | None = None,
    **changes: Any,
) -> Listing:
    """A new price, stock or choice of floors: a new version, which approved listings publish at once; another `variant`
    waits until it is approved, as prices do where the unit waits. `prices` by floor stand for all that were given
    before. `stock_seen` is what the person saw, in `version_seen`: what orders have taken since is taken of the new
    number too, and the same number again changes nothing. Raises InvalidInput for a further floor that is not
    connected, for a price that jumps and for more stock while the unit waits, CountedSince for a number that another
    one has overtaken, OfferedAlready for a `variant` in which another listing offers the product."""
    listing = lock_listing(session, actor, listing_id)
    if "marketplaces" in changes:
        require_offered(changes["marketplaces"], listing.marketplaces)
        changes["marketplaces"] = sorted(set(changes["marketplaces"]))
    counted = None
    if "stock" in changes and stock_seen is not None:
        counted = count_stock(session, listing, changes.pop("stock"), stock_seen, version_seen)
    if counted is not None:
        changes["stock"] = counted
    _require_unit_for(listing, changes.get("stock", listing.stock))
    told_price, told_prices = listing.told_prices
    price, prices = changes.pop("price", told_price), changes.pop("prices", told_prices)
    repriced = (price, prices) != (told_price, told_prices)
    if not changes.pop("price_is_right", False) and repriced:
        require_likely(listing, price, prices)
    changed = {name for name, value in changes.items() if getattr(listing, name) != value}
    if not repriced and not changed and counted is None:
        return listing
    if "variant" in changed and listing.status is not ListingStatus.WITHDRAWN:
        _offer_once(session, listing, changes["variant"])
    at_once = repriced and ask_price(session, listing, price, prices)
    for name, value in changes.items():
        setattr(listing, name, value)
    listing.version += 1
    if listing.status is ListingStatus.APPROVED and (changed - {"variant"} or at_once):
        request_publications(session, [listing])
    store(session)
    return listing


def _require_unit_for(listing: Listing, stock: int) -> None:
    """Ten crates counted as 50 kg would be sold as 50 crates. Raises InvalidInput."""
    if stock > listing.stock and unit_waits(listing):
        said = text(
            "Đơn vị «%(unit)s» còn chờ duyệt, nên bây giờ chỉ giảm được số lượng; hãy duyệt tin rồi ghi số mới",
            unit=listing.product.unit,
        )
        raise InvalidInput.of("stock", said)


def withdraw_listing(session: Session, actor: Actor, listing_id: UUID) -> Listing:
    """Take it down from every floor."""
    listing = lock_listing(session, actor, listing_id)
    if listing.status is ListingStatus.WITHDRAWN:
        return listing
    listing.status = ListingStatus.WITHDRAWN
    listing.doubled = False
    listing.version += 1
    audit.note(session, actor, "listing.withdrawn", listing.id, version=listing.version)
    record(session, ListingWithdrawn(listing.id, listing.version))
    request_publications(session, [listing])
    return listing


def leave_floor(session: Session, actor: Actor, listing_id: UUID, marketplace: str) -> Listing:
    """Take it down from this floor; from the only one, as `withdraw_listing` does."""
    listing = lock_listing(session, actor, listing_id)
    others = [name for name in listing.marketplaces if name != marketplace]
    if not others:
        return withdraw_listing(session, actor, listing_id)
    return change_listing(session, actor, listing_id, marketplaces=others)


def retry_publications(session: Session, actor: Actor, listing_id: UUID) -> Listing:
    """Ask those floors again that refused it, or on which it failed; where there are none, nothing changes."""
    listing = lock_listing(session, actor, listing_id)
    if asked := ask_again(session, Publication.listing_id == listing.id):
        audit.note(session, actor, "listing.retried", listing.id, version=listing.version, floors=asked)
        session.expire(listing, ["publications"])
    return listing


def lock_listing(session: Session, actor: Actor, listing_id: UUID) -> Listing:
    """A listing whose goods the person keeps: locked first and read then, so that what is read is what nobody else
    changes. Raises NotFound, Forbidden."""
    session.execute(select(Listing.id).where(Listing.id == listing_id).with_for_update())
    listing = get_listing(session, actor, listing_id)
    require_goods_of(session, actor, listing.product.seller)
    return listing
