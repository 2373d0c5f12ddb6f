"""What search engines read: schema.org as JSON-LD. Prices in đồng; nothing of persons but what the page shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from core.clock import business_day, now
from core.gtin import in_trade
from models import Listing
from models.orders import SHOP
from services.offers import Draft
from services.queries.shop import Good, Shop
from services.said import Said, said_of
from web.shop.addresses import offer_path, path_of, shop_path
from web.shop.heads import absolute, photo_url

SCHEMA = "https://schema.org"
Facts = dict[str, Any]


def product_facts(
    listing: Listing, said: Said, draft: Draft, shop: Shop, offers: Sequence[Listing], photos: Sequence[UUID]
) -> Facts:
    """A product with its offer, or with all of them where it is sold in several sizes."""
    facts: Facts = {
        "@context": SCHEMA,
        "@type": "Product",
        "name": said.name,
        "description": draft.description or draft.title,
        "sku": listing.sku,
        "url": absolute(path_of(listing)),
        "image": [photo_url(photo_id) for photo_id in photos],
        "countryOfOrigin": {"@type": "Country", "name": "VN"},
        "offers": _offers(offers, shop),
    }
    if said.gtin and in_trade(said.gtin):
        facts["gtin"] = said.gtin
    return {name: value for name, value in facts.items() if value}


def _offers(offers: Sequence[Listing], shop: Shop) -> Facts:
    each = [_offer(listing, shop) for listing in offers]
    if len(each) == 1:
        return each[0]
    prices = [offer["price"] for offer in each]
    return {
        "@type": "AggregateOffer",
        "priceCurrency": "VND",
        "lowPrice": min(prices),
        "highPrice": max(prices),
        "offerCount": len(each),
        "offers": each,
    }


def _offer(listing: Listing, shop: Shop) -> Facts:
    today = business_day(now())
    price, until = listing.price_on(SHOP, today), listing.priced_until(SHOP, today)
    facts = {
        "@type": "Offer",
        "sku": listing.sku,
        "url": absolute(path_of(listing)),
        "price": price,
        "priceCurrency": "VND",
        "priceSpecification": {
            "@type": "UnitPriceSpecification",
            "price": price,
            "priceCurrency": "VND",
            "unitText": said_of(listing).unit,
        },
        "availability": f"{SCHEMA}/{'InStock' if listing.stock else 'OutOfStock'}",
        "itemCondition": f"{SCHEMA}/NewCondition",
        "seller": {"@type": "Organization", "name": shop.name, "url": absolute(shop_path(shop.code))},
    }
    return facts | ({"priceValidUntil": until.isoformat()} if until else {})


def store_facts(shop: Shop) -> Facts:
    """A seller's shop: where it is, and how to call."""
    return {
        "@context": SCHEMA,
        "@type": "Store",
        "name": shop.name,
        "url": absolute(shop_path(shop.code)),
        "telephone": shop.phone,
        "currenciesAccepted": "VND",
        "address": {
            "@type": "PostalAddress",
            "addressLocality": shop.commune,
            "addressRegion": shop.province,
            "addressCountry": "VN",
        },
    }


def list_facts(goods: Sequence[Good]) -> Facts:
    """The goods of a page, in their order."""
    return {
        "@context": SCHEMA,
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "url": absolute(offer_path(good.sku, good.name))}
            for place, good in enumerate(goods, 1)
        ],
    }


def path_facts(*steps: tuple[str, str]) -> Facts:
    """The way down to a page: names and addresses."""
    return {
        "@context": SCHEMA,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(path)}
            for place, (name, path) in enumerate([("Chợ Phiên", url_for("shop.everything")), *steps], 1)
        ],
    }
