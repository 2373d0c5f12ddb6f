"""Prices for some days, as programs set them; the calls that were there before go on saying the ordinary price."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from core.clock import business_day, now
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign, assert_refused


def ahead(days: int) -> str:
    return (business_day(now()) + timedelta(days=days)).isoformat()


def dated(**facts: object) -> dict[str, Any]:
    return {"price": 30_000, "first_day": ahead(0), "last_day": ahead(8)} | facts


def test_it_is_set_listed_and_ended(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller, path = as_(bac_ha.stallholder), f"/listings/{bac_ha.listing.id}"
    before = caller.get(path).json
    made = caller.post(f"{path}/prices", dated(name="Giá Tết"))
    assert made.status_code == 201
    assert {name: made.json[name] for name in dated(name="Giá Tết")} == dated(name="Giá Tết")
    assert (made.json["marketplace"], made.json["unit"]) == (None, "kg")
    floor = caller.post(f"{path}/prices", dated(price=29_000, marketplace="vendure")).json
    assert caller.get(f"{path}/prices").json == {"items": [floor, made.json], "next_cursor": None}
    assert caller.get(path).json == before, "the ordinary price, and a draft of the same version"
    drafts = {one["marketplace"]: one["price"] for one in caller.get(f"{path}/drafts").json["items"]}
    assert drafts == {"vendure": 29_000}
    for price_id in (made.json["id"], floor["id"], floor["id"]):
        assert caller.send("DELETE", f"{path}/prices/{price_id}").status_code == 204
    assert caller.get(f"{path}/prices").json["items"] == []
    assert caller.get(f"{path}/drafts").json["items"][0]["price"] == 35_000


def test_sent_again_it_is_stored_once(as_: Sign, bac_ha: Place) -> None:
    caller, path = as_(bac_ha.clerk), f"/listings/{bac_ha.listing.id}/prices"
    body, key = dated(id=str(uuid4())), {"Idempotency-Key": "tet"}
    assert [caller.post(path, body).status_code for _ in range(2)] == [201, 200]
    later = dated(first_day=ahead(20), last_day=ahead(21))
    answers = [caller.post(path, later, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert len(caller.get(path).json["items"]) == 2


def test_bad_field_is_named(as_: Sign, bac_ha: Place) -> None:
    caller, path = as_(bac_ha.clerk), f"/listings/{bac_ha.listing.id}/prices"
    caller.post(path, dated(first_day=ahead(5)))
    cases = [
        ("price", 0),
        ("price", 10**13),
        ("price", "30.000"),
        ("first_day", ahead(-1)),
        ("first_day", "12/02/2027"),
        ("last_day", ahead(-1)),
        ("marketplace", "chợ"),
        ("name", "x" * 61),
        ("note", "x"),
    ]
    good = dated(last_day=ahead(4))
    assert_refused(lambda body: caller.post(path, body), good, cases)
    overlap = caller.post(path, dated(last_day=ahead(5)))
    assert (overlap.status_code, list(overlap.json["errors"])) == (422, ["first_day"])
    jump = caller.post(path, good | {"price": 3_000})
    assert (jump.status_code, list(jump.json["errors"])) == (422, ["price_is_right"])
    assert caller.post(path, good | {"price": 3_000, "price_is_right": True}).status_code == 201


def test_only_who_keeps_the_goods_sets_it(
    as_: Sign, nobody: Caller, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    path = f"/listings/{bac_ha.listing.id}/prices"
    made = as_(bac_ha.seller_account).post(path, dated()).json
    callers = [
        (nobody, 401),
        (as_(bac_ha.manager), 403),
        (as_(builders.make_officer(session)), 403),
        (as_(sa_pa.clerk), 404),
        (as_(sa_pa.stallholder), 404),
    ]
    for caller, status in callers:
        answers = [
            caller.get(path),
            caller.post(path, dated(first_day=ahead(9), last_day=ahead(9))),
            caller.send("DELETE", f"{path}/{made['id']}"),
        ]
        assert [answer.status_code for answer in answers] == [status] * 3
    clerk = as_(bac_ha.clerk)
    assert clerk.send("DELETE", f"/listings/{bac_ha.listing.id}/prices/{uuid4()}").status_code == 404
    assert clerk.get(path).json["items"] == [made]
