"""The shop as catalogues that Google Merchant Center and Meta Commerce Manager fetch by themselves.

Sources: Google's product data specification (RSS 2.0 with the namespace `g`); Meta's catalogue fields (CSV). Both want
a photo; what has none is left out. A GTIN is said only where it is one in trade: they refuse restricted ones.
"""

import csv
import io
from http import HTTPStatus
from xml.sax.saxutils import escape

from flask import Response, redirect

from services.queries.shop_index import FeedItem, list_feed_items
from web.auth import public
from web.database import session
from web.shop.addresses import offer_path
from web.shop.heads import absolute, for_everybody, photo_url

NAMESPACE = "http://base.google.com/ns/1.0"
LONGEST_BRAND = 70
MOST_FURTHER_PHOTOS = 10
META_FIELDS = (
    "id", "title", "description", "availability", "condition", "price", "link", "image_link", "brand", "gtin",
)  # fmt: skip


@public
def google() -> Response:
    items = "".join(_item(item) for item in list_feed_items(session()))
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="{NAMESPACE}"><channel>\n'
        f"<title>Chợ Phiên</title><link>{escape(absolute('/shop'))}</link><description>Chợ Phiên</description>\n"
        f"{items}</channel></rss>\n"
    )
    return for_everybody(Response(document, content_type="application/xml; charset=utf-8"))


def _item(item: FeedItem) -> str:
    facts = _facts(item, in_stock="in_stock", sold_out="out_of_stock")
    pairs = [(name, value) for name, value in facts.items() if value]
    further = item.photo_ids[1 : MOST_FURTHER_PHOTOS + 1]
    pairs += [("additional_image_link", photo_url(photo_id)) for photo_id in further]
    if not item.gtin:
        pairs.append(("identifier_exists", "no"))
    return f"<item>{''.join(f'<g:{name}>{escape(value)}</g:{name}>' for name, value in pairs)}</item>\n"


@public
def meta() -> Response:
    written = io.StringIO()
    rows = csv.DictWriter(written, META_FIELDS)
    rows.writeheader()
    rows.writerows(
        _facts(item, in_stock="in stock", sold_out="out of stock") for item in list_feed_items(session())
    )
    return for_everybody(Response(written.getvalue(), content_type="text/csv; charset=utf-8"))


@public
def moved(name: str) -> Response:
    """Whoever was told where a feed stood at first is led on."""
    return for_everybody(redirect(f"/shop/feeds/{name}", HTTPStatus.MOVED_PERMANENTLY, Response))


def _facts(item: FeedItem, *, in_stock: str, sold_out: str) -> dict[str, str]:
    return {
        "id": item.sku,
        "title": item.title,
        "description": item.description,
        "availability": in_stock if item.stock else sold_out,
        "condition": "new",
        "price": f"{item.price} VND",
        "link": absolute(offer_path(item.sku, item.name)),
        "image_link": photo_url(item.photo_ids[0]),
        "brand": item.brand[:LONGEST_BRAND],
        "gtin": item.gtin or "",
    }
