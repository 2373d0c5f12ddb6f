"""Our own shop shows what is approved at once, and nothing any longer that its seller does not agree to."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict
from core.ids import new_id
from models import OutboxEvent, Publication, PublicationStatus, SellerKind
from services import drift, listings, people
from services.publishing import begin_publication
from services.shop_orders import Wanted, place_order
from tests import builders
from tests.integration.shop.conftest import Visitor, answer_publication, household_offer, offer
from workers.jobs.publishing import read_photo

BUYER = {"name": "Đỗ Thị Khách", "phone": "+84912345678", "address": "12 phố Thử, Hà Nội"}


def test_approved_is_listed_in_the_same_transaction_without_a_worker(session: Session) -> None:
    listing = builders.make_listing(session, marketplaces=["shop", "vendure"])
    listings.approve_listing(session, builders.anybody(session), listing.id)
    stated = {one.marketplace: one for one in listing.publications}
    assert stated["shop"].status is PublicationStatus.LISTED
    assert stated["shop"].published_version == stated["shop"].desired_version == listing.version
    assert str(stated["shop"].external_url).endswith(f"/shop/p/{listing.sku}")
    assert stated["vendure"].status is PublicationStatus.WAITING
    told = session.execute(select(OutboxEvent.type, OutboxEvent.payload)).all()
    by_type = {kind: payload["marketplace"] for kind, payload in told if "marketplace" in payload}
    assert by_type == {"publication.listed.v1": "shop", "publication.requested.v1": "vendure"}


def test_what_an_order_sells_out_stays_in_the_shop_and_floors_are_told(session: Session) -> None:
    listing = builders.make_listing(session, stock=1, marketplaces=["shop", "vendure"])
    listings.approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    place_order(session, id=new_id(), lines=[Wanted(listing.sku, 1)], **BUYER)
    session.commit()
    assert (listing.stock, listing.version) == (0, 2)
    stated = {one.marketplace: (one.status, one.desired_version) for one in listing.publications}
    assert stated == {"shop": (PublicationStatus.LISTED, 2), "vendure": (PublicationStatus.WAITING, 2)}


def test_no_worker_ever_calls_for_it(session: Session) -> None:
    listing = offer(session)
    (publication,) = listing.publications
    assert begin_publication(session, publication.id, read_photo) is None
    publication.created_at = publication.created_at.replace(year=2020)
    session.commit()
    assert drift.claim_due_checks(session, 10) == 0


def test_taken_off_the_shop_or_withdrawn_it_is_gone_at_once(session: Session, visitor: Visitor) -> None:
    actor, listing = builders.anybody(session), offer(session)
    assert visitor.get(f"/shop/p/{listing.sku}").status == 301
    listings.change_listing(session, actor, listing.id, marketplaces=["vendure"])
    session.commit()
    assert visitor.get(f"/shop/p/{listing.sku}").status == 404
    listings.change_listing(session, actor, listing.id, marketplaces=["shop"])
    session.commit()
    assert visitor.get(f"/shop/p/{listing.sku}").status == 301
    listings.withdraw_listing(session, actor, listing.id)
    session.commit()
    statuses = session.scalars(select(Publication.status).where(Publication.marketplace == "shop"))
    assert list(statuses) == [PublicationStatus.WITHDRAWN]
    assert visitor.get(f"/shop/p/{listing.sku}").status == 404


def test_a_withdrawn_consent_takes_goods_name_and_number_down(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    seller = listing.product.seller
    pages = [
        "/shop",
        f"/shop/{seller.code}",
        f"/shop/p/{listing.sku}",
        f"/shop/commune/{seller.commune_code}",
    ]
    assert seller.name in visitor.get("/shop").html
    assert visitor.get(f"/shop/{seller.code}").status == 200
    answer_publication(session, listing, False)
    for path in (
        *pages,
        "/sitemap.xml",
        "/sitemap-shops.xml",
        "/shop/feeds/google.xml",
        "/shop/feeds/meta.csv",
    ):
        html = visitor.get(path).html
        assert seller.name not in html, path
        assert seller.phone not in html, path
        assert seller.code not in html, path
        assert listing.sku not in html, path


def test_who_agrees_again_is_shown_what_is_approved_again(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    answer_publication(session, listing, False)
    answer_publication(session, listing, True)
    assert visitor.get(f"/shop/p/{listing.sku}").status == 404
    listings.approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    assert visitor.get(f"/shop/p/{listing.sku}").status == 301


def test_a_consent_that_ends_by_any_way_hides_the_shop(session: Session, visitor: Visitor) -> None:
    """Even one that was written down past `services.consents`."""
    listing = household_offer(session)
    household = listing.product.seller.household
    assert household
    refused = [consent for consent in builders.consents() if consent["purpose"] == "publication"]
    people.change_household(session, builders.anybody(session), household.id, consents=refused)
    session.commit()
    assert visitor.get(f"/shop/{listing.product.seller.code}").status == 404
    assert visitor.get(f"/shop/p/{listing.sku}").status == 404


def test_a_household_that_nobody_asked_is_not_published(session: Session) -> None:
    seller = builders.make_seller(session, kind=SellerKind.HOUSEHOLD)
    listing = builders.make_listing(session, builders.make_product(session, seller), marketplaces=["shop"])
    with pytest.raises(Conflict):
        listings.approve_listing(session, builders.anybody(session), listing.id)
