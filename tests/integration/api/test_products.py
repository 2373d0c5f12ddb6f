"""Products."""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Product
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused


def _product(place: Place, **facts: object) -> dict[str, object]:
    return {"seller_id": str(place.seller.id), "name": "Mận tam hoa", "unit": "kg"} | facts


def test_holder_and_clerk_add_products(as_: Sign, bac_ha: Place) -> None:
    facts = {
        "description": "Giòn và ngọt",
        "origin_commune": builders.BAC_HA,
        "weight_grams": 1_000,
        "shelf_life_days": 7,
        "certificates": ["VietGAP 0123"],
        "attributes": {"mùa": "tháng 6"},
    }
    for user in (bac_ha.stallholder, bac_ha.clerk):
        caller = as_(user)
        made = caller.post("/products", _product(bac_ha, **facts))
        assert made.status_code == 201
        assert {name: made.json[name] for name in facts} == facts
        assert caller.get(f"/products/{made.json['id']}").json == made.json
        assert made.json in caller.get("/products").json["items"]


def test_sent_again_with_its_id_it_is_stored_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    body = _product(bac_ha, id=str(uuid4()))
    caller = as_(bac_ha.stallholder)
    assert [caller.post("/products", body).status_code for _ in range(2)] == [201, 200]
    assert len(session.scalars(select(Product)).all()) == 2


def test_bad_field_is_named(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    cases = [
        ("seller_id", str(sa_pa.seller.id)),
        ("seller_id", 7),
        ("name", "  "),
        ("unit", "x" * 21),
        ("description", "x" * 2001),
        ("origin_commune", "15"),
        ("origin_commune", "00000"),
        ("weight_grams", 0),
        ("weight_grams", 1.5),
        ("weight_grams", "1000"),
        ("weight_grams", 10**30),
        ("shelf_life_days", True),
        ("shelf_life_days", -1),
        ("certificates", ["x"] * 21),
        ("certificates.0", [None]),
        ("attributes", "x"),
        ("attributes", [1]),
        ("attributes", {str(number): "x" for number in range(51)}),
        ("attributes.mùa.value", {"mùa": {"deep": {}}}),
        ("attributes.mùa.value", {"mùa": "a\u0000"}),
        ("created_at", "2026-01-01T00:00:00Z"),
    ]
    caller = as_(bac_ha.stallholder)
    assert_refused(lambda body: caller.post("/products", body), _product(bac_ha), cases)


def test_changed_product_is_published_anew(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    path = f"/products/{bac_ha.product.id}"
    changed = caller.patch(path, {"name": "Mận hậu", "weight_grams": 500}).json
    assert (changed["name"], changed["weight_grams"], changed["unit"]) == ("Mận hậu", 500, "kg")
    assert caller.patch(path, {"weight_grams": None}).json["weight_grams"] is None
    assert caller.get(f"/listings/{bac_ha.listing.id}").json["version"] == 3
    cases = [("name", None), ("seller_id", str(uuid4())), ("id", str(uuid4())), ("weight_grams", 0)]
    assert_refused(lambda body: caller.patch(path, body), {}, cases)


def test_a_paper_is_told_once(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    paper = {"name": "VietGAP", "number": "1/2026", "expires_on": "2027-12-31"}
    twice = {"papers": [paper, paper | {"expires_on": "2028-12-31"}]}
    path = f"/products/{bac_ha.product.id}"
    for refused in (caller.patch(path, twice), caller.post("/products", _product(bac_ha, **twice))):
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["papers"])
    cases = [
        ("papers.0.expires_on", [paper | {"expires_on": "31/12/2027"}]),
        ("papers.0.number", [{**paper, "number": ""}]),
    ]
    assert_refused(lambda body: caller.patch(path, body), {}, cases)
    assert caller.patch(path, {"papers": [paper]}).json["papers"] == [paper]


def test_manager_keeps_no_goods(as_: Sign, bac_ha: Place) -> None:
    assert as_(bac_ha.manager).post("/products", _product(bac_ha)).status_code == 403


def test_filtered_by_seller_and_name(as_: Sign, bac_ha: Place, session: Session) -> None:
    other = builders.make_product(session, name="Ngô nếp")
    caller = as_(bac_ha.clerk)

    def found(**query: str) -> list[str]:
        return [item["id"] for item in caller.get("/products", query_string=query).json["items"]]

    assert found() == [str(other.id), str(bac_ha.product.id)]
    assert found(seller_id=str(other.seller_id)) == [str(other.id)]
    assert found(q="NGÔ") == [str(other.id)]
