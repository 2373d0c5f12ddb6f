"""The shop as everybody sees it."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import ConsentPurpose, Listing, ListingStatus, Photo, PhotoFile, PhotoSize, PhotoStatus, Product
from services.consents import change_household
from services.listings import approve_listing
from tests import builders
from tests.integration.pages.conftest import Shown


class Visitor:
    """Somebody of whom nothing is known."""

    def __init__(self, client: FlaskClient, app: Flask) -> None:
        self.client, self.app = client, app

    def get(self, path: str, *, anew: bool = True, **options: Any) -> Shown:
        """The page; as it is now, unless the kept one is asked for (`anew=False`)."""
        return Shown(self.fetch(path, anew=anew, **options))

    def fetch(self, path: str, *, anew: bool = True, **options: Any) -> TestResponse:
        """What is no page."""
        if anew:
            self.app.extensions["page_cache"].clear()
        return self.client.get(path, **options)


@pytest.fixture
def visitor(client: FlaskClient, app: Flask) -> Visitor:
    app.extensions["page_cache"].clear()
    return Visitor(client, app)


def offer(session: Session, product: Product | None = None, **facts: Any) -> Listing:
    """A listing on sale in the shop."""
    listing = builders.make_listing(session, product, **{"marketplaces": ["shop"]} | facts)
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    return listing


def household_offer(session: Session, **facts: Any) -> Listing:
    """One of a household that agreed to everything."""
    household = builders.make_household(session)
    seller = builders.make_seller(
        session, household_id=household.id, commune_code=None, name="Giàng Thị Mỷ", phone=household.phone
    )
    return offer(session, builders.make_product(session, seller, **facts))


def answer_publication(session: Session, listing: Listing, granted: bool) -> None:
    """The household's new word."""
    household_id = listing.product.seller.household_id
    assert household_id
    consents = [{"purpose": ConsentPurpose.PUBLICATION, "granted": granted, "wording_version": "2026-01"}]
    change_household(session, builders.anybody(session), household_id, consents=consents)
    session.commit()
    session.expire_all()


def approve_anew(session: Session, product: Product) -> None:
    """What the product tells now, in each of its listings that was approved before."""
    session.expire_all()
    approved = (Listing.product_id == product.id, Listing.status == ListingStatus.APPROVED)
    for listing_id in session.scalars(select(Listing.id).where(*approved)).all():
        approve_listing(session, builders.anybody(session), listing_id)
    session.commit()
    session.expire_all()


def add_photo(session: Session, product: Product, position: int = 1) -> Photo:
    """One that a worker has made ready, and that was approved where the product is offered."""
    photo = store_photo(session, product, position)
    approve_anew(session, product)
    return photo


def store_photo(session: Session, product: Product, position: int = 1) -> Photo:
    """One that a worker has made ready."""
    photo = Photo(
        product_id=product.id, position=position, sha256=bytes([position] * 32), status=PhotoStatus.READY
    )
    session.add(photo)
    session.flush()
    for size in (PhotoSize.SMALL, PhotoSize.MEDIUM, PhotoSize.LARGE):
        session.add(PhotoFile(photo_id=photo.id, size=size, sha256=bytes(32), content=b"jpeg"))
    session.commit()
    session.expire_all()
    return photo


def facts_of(shown: Shown, kind: str) -> dict[str, Any]:
    """The page's JSON-LD of one type."""
    scripts = shown.tree.findall(".//script[@type='application/ld+json']")
    (found,) = [fact for script in scripts if (fact := json.loads(script.text or ""))["@type"] == kind]
    return dict(found)


def meta_of(shown: Shown, name: str) -> str | None:
    found = shown.tree.find(f".//meta[@property='{name}']")
    found = shown.tree.find(f".//meta[@name='{name}']") if found is None else found
    return None if found is None else found.get("content")
