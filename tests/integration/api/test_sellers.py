"""Sellers."""

from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Seller
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused

TRADER = {"kind": "trader", "name": "Sùng Thị Máy", "phone": "0912 345 678"}


def test_clerk_and_manager_register_sellers(as_: Sign, bac_ha: Place) -> None:
    for user in (bac_ha.clerk, bac_ha.manager):
        caller = as_(user)
        made = caller.post("/sellers", TRADER)
        assert made.status_code == 201
        assert made.json["commune_code"] == builders.BAC_HA
        assert made.json["code"].startswith("NB-")
        assert caller.get(f"/sellers/{made.json['id']}").json == made.json


def test_household_sells_in_its_own_commune_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    household = builders.make_household(session)
    body = {**TRADER, "kind": "household", "household_id": str(household.id)}
    caller = as_(bac_ha.clerk)
    assert caller.post("/sellers", body).json["commune_code"] == household.commune_code
    again = caller.post("/sellers", body)
    assert again.status_code == 422
    assert list(again.json["errors"]) == ["household_id"]


def test_sent_again_with_its_id_it_is_stored_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    body = {**TRADER, "id": str(uuid4())}
    caller = as_(bac_ha.clerk)
    assert [caller.post("/sellers", body).status_code for _ in range(2)] == [201, 200]
    assert len(session.scalars(select(Seller).where(Seller.name == TRADER["name"])).all()) == 1


def test_bad_field_is_named(as_: Sign, bac_ha: Place) -> None:
    cases = [
        ("kind", "shop"),
        ("kind", {}),
        ("name", None),
        ("name", "   "),
        ("phone", "911"),
        ("household_id", "x"),
        ("household_id", str(uuid4())),
        ("commune_code", "00000"),
        ("commune_code", "15"),
        ("created_by", str(uuid4())),
        ("code", "NB-AAAAAA"),
    ]
    caller = as_(bac_ha.manager)
    assert_refused(lambda body: caller.post("/sellers", body), TRADER, cases)


def test_trader_is_no_household(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.clerk).post("/sellers", {**TRADER, "household_id": str(bac_ha.household.id)})
    assert list(answer.json["errors"]) == ["household_id"]


def test_clerk_registers_in_own_communes_with_own_households_only(
    as_: Sign, bac_ha: Place, sa_pa: Place
) -> None:
    caller = as_(bac_ha.clerk)
    assert caller.post("/sellers", {**TRADER, "commune_code": builders.SA_PA}).status_code == 403
    body = {**TRADER, "kind": "household", "household_id": str(sa_pa.household.id)}
    assert list(caller.post("/sellers", body).json["errors"]) == ["household_id"]


def test_manager_finds_a_clerks_seller_by_exact_phone_id_or_code_only(
    as_: Sign, bac_ha: Place, session: Session
) -> None:
    seller = builders.make_seller(
        session, name="Tẩn Láo Lở", phone="+84912777666", commune_code=builders.SA_PA
    )

    def found(user, q: str) -> list[str]:
        return [item["id"] for item in as_(user).get("/sellers", query_string={"q": q}).json["items"]]

    for q in ("0912 777 666", str(seller.id), seller.code):
        assert found(bac_ha.manager, q) == [str(seller.id)]
        assert found(bac_ha.clerk, q) == []
    assert found(bac_ha.manager, "tan lao") == []
    assert as_(bac_ha.manager).get(f"/sellers/{seller.id}").status_code == 200
    assert as_(bac_ha.clerk).get(f"/sellers/{seller.id}").status_code == 404


def test_filtered_by_market_commune_and_name(
    as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    administrator = as_(builders.make_administrator(session))

    def found(**query: str) -> set[str]:
        return {item["id"] for item in administrator.get("/sellers", query_string=query).json["items"]}

    assert found() == {str(bac_ha.seller.id), str(sa_pa.seller.id)}
    assert found(market_id=str(sa_pa.market.id)) == {str(sa_pa.seller.id)}
    assert found(commune=builders.BAC_HA) == {str(bac_ha.seller.id)}
    assert found(q=sa_pa.seller.name.upper()) == {str(sa_pa.seller.id)}
