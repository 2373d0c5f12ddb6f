"""Listings: drafted, approved, changed, withdrawn."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateways.marketplaces import _FLOORS
from models import (
    ConsentPurpose,
    Listing,
    OutboxEvent,
    PhotoFile,
    PhotoSize,
    Publication,
    PublicationStatus,
)
from models.orders import SHOP
from services.marketplaces import MARKETPLACES, SHEET_FLOORS
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused
from tests.integration.shop.conftest import store_photo


def _listing(place: Place, **facts: object) -> dict[str, object]:
    return {
        "product_id": str(place.product.id),
        "price": 35_000,
        "stock": 40,
        "marketplaces": ["vendure"],
        "variant": "Túi 1 kg",
    } | facts


def _requested(session: Session) -> int:
    types = session.scalars(select(OutboxEvent.type)).all()
    return types.count("publication.requested.v1")


def test_offered_floors_are_our_own_and_those_with_a_client() -> None:
    assert set(MARKETPLACES) - {SHOP, *SHEET_FLOORS} == set(_FLOORS)


def test_draft_is_published_nowhere(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.stallholder)
    made = caller.post("/listings", _listing(bac_ha, sku="MAN-TAM-HOA"))
    assert made.status_code == 201
    assert (made.json["status"], made.json["version"], made.json["missing"]) == ("draft", 1, [])
    assert (made.json["sku"], made.json["price"], made.json["stock"]) == ("MAN-TAM-HOA", 35_000, 40)
    assert caller.get(f"/listings/{made.json['id']}").json == made.json
    assert caller.get("/listings").json["items"][0] == made.json
    assert caller.get(f"/listings/{made.json['id']}/publications").json == []
    assert _requested(session) == 0


def test_the_same_size_again_is_refused_beside_it(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    first = caller.post("/listings", _listing(bac_ha)).json
    refused = [caller.post("/listings", _listing(bac_ha))]
    other = caller.post("/listings", _listing(bac_ha, variant="Túi 2 kg")).json
    refused.append(caller.patch(f"/listings/{other['id']}", {"variant": "túi 1 kg"}))
    caller.post(f"/listings/{first['id']}/withdraw", {})
    assert caller.patch(f"/listings/{other['id']}", {"variant": "Túi 1 kg"}).status_code == 200
    refused.append(caller.post(f"/listings/{first['id']}/approve", {}))
    assert [(answer.status_code, list(answer.json["errors"])) for answer in refused] == [
        (422, ["variant"])
    ] * 3
    assert first["sku"] in refused[0].json["errors"]["variant"][0]


def test_sent_again_with_its_id_it_is_stored_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    body = _listing(bac_ha, id=str(uuid4()))
    caller = as_(bac_ha.clerk)
    assert [caller.post("/listings", body).status_code for _ in range(2)] == [201, 200]
    assert len(session.scalars(select(Listing)).all()) == 2


def test_bad_field_is_named(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    cases = [
        ("product_id", str(sa_pa.product.id)),
        ("product_id", "x"),
        ("sku", "a"),
        ("sku", "LOWER-case"),
        ("sku", "A" * 41),
        ("sku", bac_ha.listing.sku),
        ("price", 0),
        ("price", "35000"),
        ("price", 10**13),
        ("stock", -1),
        ("stock", 1.5),
        ("stock", "40"),
        ("stock", 10**20),
        ("stock", None),
        ("marketplaces", "vendure"),
        ("marketplaces.0", ["sendo"]),
        ("marketplaces.1", ["vendure", "everywhere"]),
        ("marketplaces.0", [None]),
        ("status", "approved"),
        ("version", 7),
    ]
    caller = as_(bac_ha.stallholder)
    assert_refused(lambda body: caller.post("/listings", body), _listing(bac_ha), cases)


def test_approved_listing_asks_for_its_publication_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.stallholder)
    for _ in range(2):
        assert caller.post(f"/listings/{bac_ha.listing.id}/approve").json["status"] == "approved"
    assert _requested(session) == 1
    (publication,) = caller.get(f"/listings/{bac_ha.listing.id}/publications").json
    assert publication.pop("next_attempt_at")
    assert publication == {
        "marketplace": "vendure",
        "status": "waiting",
        "external_id": None,
        "external_url": None,
        "errors": [],
        "attempts": 0,
    }


def test_what_a_floor_misses_is_said_before_and_at_approval(as_: Sign, bac_ha: Place, session) -> None:
    bare = builders.make_listing(session, builders.make_product(session, bac_ha.seller, description=None))
    caller = as_(bac_ha.stallholder)
    (missing,) = caller.get(f"/listings/{bare.id}").json["missing"]
    assert (missing["marketplace"], missing["field"]) == ("vendure", "description")
    refused = caller.post(f"/listings/{bare.id}/approve")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["description"])
    nowhere = caller.post("/listings", _listing(bac_ha, marketplaces=[])).json
    assert [item["field"] for item in nowhere["missing"]] == ["marketplaces"]


def test_where_one_floor_is_ready_it_is_approved_and_says_what_others_miss(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    made = caller.post("/listings", _listing(bac_ha, marketplaces=["shop", "shopee"])).json
    approved = caller.post(f"/listings/{made['id']}/approve")
    assert (approved.status_code, approved.json["status"]) == (200, "approved")
    assert {item["marketplace"] for item in approved.json["missing"]} == {"shopee"}
    shown = caller.get(f"/listings/{made['id']}/publications").json
    assert [(one["marketplace"], one["status"]) for one in shown] == [
        ("shop", "listed"),
        ("shopee", "waiting"),
    ]


def test_household_that_did_not_agree_is_not_published(as_: Sign, session: Session) -> None:
    household = builders.make_household(session, consents=builders.consents(ConsentPurpose.REGISTRATION))
    seller = builders.make_seller(session, household_id=household.id, commune_code=None)
    listing = builders.make_listing(session, builders.make_product(session, seller))
    answer = as_(builders.make_clerk(session)).post(f"/listings/{listing.id}/approve")
    assert answer.status_code == 409
    assert _requested(session) == 0


def test_change_makes_a_new_version_and_publishes_what_is_approved(as_: Sign, bac_ha: Place, session) -> None:
    caller = as_(bac_ha.stallholder)
    path = f"/listings/{bac_ha.listing.id}"
    assert caller.patch(path, {"price": 36_000}).json["version"] == 2
    assert _requested(session) == 0
    caller.post(f"{path}/approve")
    changed = caller.patch(path, {"stock": 0, "price": 36_000})
    assert (changed.json["version"], changed.json["stock"], changed.json["price"]) == (3, 0, 36_000)
    assert caller.patch(path, {}).json == changed.json
    assert _requested(session) == 2


def test_bad_change_is_refused(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    cases = [
        ("price", -5),
        ("stock", "1"),
        ("marketplaces.0", ["sendo"]),
        ("sku", "NEW-SKU"),
        ("status", "approved"),
        ("product_id", str(uuid4())),
    ]
    assert_refused(lambda body: caller.patch(f"/listings/{bac_ha.listing.id}", body), {}, cases)


def test_prices_of_single_floors_are_kept_unless_they_are_unlikely(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    body = _listing(bac_ha, price=40_000, prices={"shopee": 46_000, "tiktok": 400_000})
    refused = caller.post("/listings", body)
    assert (refused.status_code, sorted(refused.json["errors"])) == (422, ["price_is_right", "prices.tiktok"])
    made = caller.post("/listings", body | {"price_is_right": True}).json
    assert made["prices"] == {"shopee": 46_000, "tiktok": 400_000}
    path = f"/listings/{made['id']}"
    refused = caller.patch(path, {"prices": {"shopee": 4_600}})
    assert sorted(refused.json["errors"]) == ["price_is_right", "prices.shopee", "prices.tiktok"]
    assert caller.get(path).json == made
    changed = caller.patch(path, {"prices": {"shopee": 4_600}, "price_is_right": True}).json
    assert (changed["prices"], changed["version"]) == ({"shopee": 4_600}, 2)


def test_withdrawn_until_it_is_approved_again(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.stallholder)
    path = f"/listings/{bac_ha.listing.id}"
    caller.post(f"{path}/approve")
    assert caller.post(f"{path}/withdraw").json["status"] == "withdrawn"
    before = _requested(session)
    changed = caller.patch(path, {"price": 41_000, "stock": 7})
    assert (changed.status_code, changed.json["status"], changed.json["price"]) == (200, "withdrawn", 41_000)
    assert _requested(session) == before
    back = caller.post(f"{path}/approve").json
    assert (back["status"], back["price"], back["stock"]) == ("approved", 41_000, 7)


REASON = {"field": None, "code": "unavailable", "text": "Hệ thống gặp lỗi"}


def test_floors_reasons_are_shown(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.stallholder)
    caller.post(f"/listings/{bac_ha.listing.id}/approve")
    publication = session.scalars(select(Publication)).one()
    publication.status = PublicationStatus.REJECTED
    publication.problems = [{"field": "price", "code": "too_high", "text": "Giá vượt mức mà sàn chứa được"}]
    session.commit()
    (shown,) = caller.get(f"/listings/{bac_ha.listing.id}/publications").json
    assert (shown["status"], shown["errors"]) == ("rejected", publication.problems)


def test_a_refused_photo_is_named_beside_the_floors_own_words(
    as_: Sign, bac_ha: Place, session: Session
) -> None:
    caller = as_(bac_ha.stallholder)
    caller.post(f"/listings/{bac_ha.listing.id}/approve")
    photo = store_photo(session, bac_ha.product)
    key = session.get_one(PhotoFile, (photo.id, PhotoSize.LARGE)).sha256.hex()
    publication = session.scalars(select(Publication)).one()
    told = {"code": "refused", "text": "Hãy thay ảnh", "said": "Blurred", "picture": key}
    publication.problems = [{"field": "pictures", **told}]
    session.commit()
    (shown,) = caller.get(f"/listings/{bac_ha.listing.id}/publications").json
    expected = {"field": "photos", "code": "refused", "text": "Hãy thay ảnh «Blurred»", "said": "Blurred"}
    assert shown["errors"] == [expected | {"photo_id": str(photo.id)}]


def test_filtered_by_status_market_commune_and_words(as_: Sign, bac_ha: Place, sa_pa: Place, session) -> None:
    administrator = as_(builders.make_administrator(session))
    administrator.post(f"/listings/{bac_ha.listing.id}/approve")

    def found(**query: str) -> list[str]:
        return [item["id"] for item in administrator.get("/listings", query_string=query).json["items"]]

    here = [str(bac_ha.listing.id)]
    assert found() == [str(sa_pa.listing.id), *here]
    assert found(status="approved") == here
    assert found(market_id=str(bac_ha.market.id)) == here
    assert found(commune=builders.BAC_HA) == here
    assert found(q=bac_ha.listing.sku.lower()) == here
    assert found(q=bac_ha.seller.name) == here


@pytest.mark.parametrize("status", [PublicationStatus.REJECTED, PublicationStatus.FAILED])
def test_a_floor_that_refused_or_failed_is_asked_again_once(
    as_: Sign, bac_ha: Place, session: Session, status: PublicationStatus
) -> None:
    caller = as_(bac_ha.stallholder)
    path = f"/listings/{bac_ha.listing.id}"
    caller.post(f"{path}/approve")
    session.execute(update(Publication).values(status=status, problems=[REASON]))
    session.commit()
    before = _requested(session)
    for _ in range(2):
        assert caller.post(f"{path}/retry").json["status"] == "approved"
    (shown,) = caller.get(f"{path}/publications").json
    assert (shown["status"], shown["errors"]) == ("waiting", [REASON])
    assert _requested(session) == before + 1
