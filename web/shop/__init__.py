"""The shop: pages for everybody, kept for some seconds by `web.page_cache`. Nobody signs in here."""

from flask import Blueprint, request

from core.errors import NotFound
from web.shop import feeds, fronts, indexing, offers, paying, traces

blueprint = Blueprint("shop", __name__)
SHOP = "/shop/<code>"
OFFER = "/shop/p/<sku>"


@blueprint.before_request
def refuse_what_cannot_be_stored() -> None:
    """No name, code or word that is kept here has such a character, and PostgreSQL takes none."""
    if any("\0" in words for words in (request.path, *request.args.values())):
        raise NotFound()


blueprint.add_url_rule("/shop", view_func=fronts.everything)
blueprint.add_url_rule("/shop/feeds/google.xml", view_func=feeds.google)
blueprint.add_url_rule("/shop/feeds/meta.csv", view_func=feeds.meta)
blueprint.add_url_rule("/feeds/<any('google.xml', 'meta.csv'):name>", view_func=feeds.moved)
blueprint.add_url_rule("/shop/market/<code>", view_func=fronts.market)
blueprint.add_url_rule("/shop/commune/<code>", view_func=fronts.commune)
blueprint.add_url_rule(SHOP, view_func=fronts.shop)
blueprint.add_url_rule(f"{SHOP}/qr", view_func=paying.qr)
blueprint.add_url_rule(f"{SHOP}/qr/<stall_code>.png", view_func=paying.qr_image)
blueprint.add_url_rule(OFFER, view_func=offers.offer)
blueprint.add_url_rule(f"{OFFER}/<words>", view_func=offers.offer)
blueprint.add_url_rule("/01/<gtin>/10/<lot_code>", view_func=traces.trace)
blueprint.add_url_rule("/robots.txt", view_func=indexing.robots)
blueprint.add_url_rule("/sitemap.xml", view_func=indexing.sitemap)
blueprint.add_url_rule("/sitemap-shops.xml", view_func=indexing.sitemap_of_shops)
blueprint.add_url_rule("/sitemap-<int(min=1, max=50000):part>.xml", view_func=indexing.sitemap_of_offers)
