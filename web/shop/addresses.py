"""Where things of the shop are; each has one address."""

from flask import url_for

from core.text import slug
from models import Listing
from services.said import said_of


def offer_path(sku: str, name: str) -> str:
    return url_for("shop.offer", sku=sku, words=slug(name))


def path_of(listing: Listing) -> str:
    return offer_path(listing.sku, said_of(listing).name)


def shop_path(code: str) -> str:
    return url_for("shop.shop", code=code)
