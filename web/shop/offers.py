"""One offer: what it is, what it costs, whose it is, how to order."""

from flask import Response, request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from core.clock import business_day, now
from models import Listing
from models.orders import SHOP
from services.offers import draft_for
from services.queries import shop as queries
from services.queries.shop import Scope
from services.queries.traces import list_recent_lots
from services.said import said_of
from web.auth import public
from web.database import session
from web.shop.addresses import path_of, shop_path
from web.shop.heads import Head, page, shorten
from web.shop.structured import path_facts, product_facts

MOST_LOTS = 3
MOST_OTHERS = 6


@public
def offer(sku: str, words: str = "") -> AnyResponse:
    """Under its one address; others that name the same SKU lead there."""
    listing = queries.get_offer(session(), sku.upper())
    path = path_of(listing)
    if request.path != path:
        query = request.query_string.decode()
        return redirect(f"{path}?{query}" if query else path, 301)
    return _shown(listing, path)


def _shown(listing: Listing, path: str) -> Response:
    product, said = listing.product, said_of(listing)
    shop = queries.get_shop(session(), product.seller.code)
    photos = said.shown(product.photos)
    draft = draft_for(listing, SHOP, len(photos), said)
    offers, today = queries.list_offers_of(session(), product.id), business_day(now())
    others, _ = queries.list_goods(session(), Scope(seller_id=shop.id))
    head = Head(
        title=draft.title,
        description=shorten(draft.description or f"{draft.title}. {shop.name}, {shop.commune}"),
        path=path,
        photo_id=photos[0] if photos else None,
        kind="product",
        facts=[
            product_facts(listing, said, draft, shop, offers, photos),
            path_facts((shop.name, shop_path(shop.code)), (said.name, path)),
        ],
    )
    return page(
        "shop/offer.html",
        head,
        listing=listing,
        product=said,
        shop=shop,
        draft=draft,
        photos=photos,
        until=listing.priced_until(SHOP, today),
        offers=[(one, said_of(one), one.price_on(SHOP, today)) for one in offers] if len(offers) > 1 else [],
        lots=list_recent_lots(session(), product.id, MOST_LOTS),
        others=[good for good in others if good.sku != listing.sku][:MOST_OTHERS],
    )
