"""What search engines are told of the shop. Source: the sitemap protocol 0.9 (sitemaps.org), RFC 9309 (robots)."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from flask import Response, url_for

from core.errors import NotFound
from services.queries import shop, shop_index
from web.auth import public
from web.database import session
from web.shop.addresses import offer_path, shop_path
from web.shop.heads import absolute, for_everybody

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
OPEN_PATHS = ("/shop", "/photos/", "/static/", "/feeds/")


@public
def robots() -> Response:
    """The shop is for everybody; the desks behind it are nobody's business."""
    lines = ["User-agent: *", *(f"Allow: {path}" for path in OPEN_PATHS), "Disallow: /"]
    lines += ["", f"Sitemap: {absolute(url_for('shop.sitemap'))}", ""]
    return for_everybody(Response("\n".join(lines), content_type="text/plain; charset=utf-8"))


@public
def sitemap() -> Response:
    """Where the parts are: fronts first, then as many of offers as there need to be."""
    parts = -(-shop_index.count_offers(session()) // shop_index.IN_A_PART)
    paths = [url_for("shop.sitemap_of_shops")]
    paths += [url_for("shop.sitemap_of_offers", part=part) for part in range(1, parts + 1)]
    return _xml("sitemapindex", "sitemap", paths)


@public
def sitemap_of_shops() -> Response:
    markets, communes = shop.list_markets(session()), shop.list_communes(session())
    paths = [url_for("shop.everything")]
    paths += [url_for("shop.market", code=market.code) for market in markets]
    paths += [url_for("shop.commune", code=commune.code) for commune in communes]
    paths += map(shop_path, shop_index.list_shop_codes(session()))
    return _xml("urlset", "url", paths)


@public
def sitemap_of_offers(part: int) -> Response:
    names = shop_index.list_offer_names(session(), part)
    if not names:
        raise NotFound()
    return _xml("urlset", "url", [offer_path(sku, name) for sku, name in names])


def _xml(root: str, each: str, paths: Iterable[str]) -> Response:
    rows = "".join(f"<{each}><loc>{escape(absolute(path))}</loc></{each}>\n" for path in paths)
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {NAMESPACE}>\n{rows}</{root}>\n'
    return for_everybody(Response(document, content_type="application/xml; charset=utf-8"))
