"""A POST sent twice is done once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import IdempotencyKey, PaymentRequest, Seller
from tests.integration.api.conftest import Caller, Place, Sign

KEY = {"Idempotency-Key": "once"}
TRADER = {"kind": "trader", "name": "Sùng Thị Máy", "phone": "0912 345 678"}


def _named(session: Session) -> int:
    session.expire_all()
    return len(session.scalars(select(Seller).where(Seller.name == TRADER["name"])).all())


def test_same_key_and_body_give_the_first_answer(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.clerk)
    first = caller.post("/sellers", TRADER, headers=KEY)
    second = caller.post("/sellers", TRADER, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert first.content_type == second.content_type
    assert _named(session) == 1


def test_same_key_with_another_body_or_call_is_refused(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.clerk)
    caller.post("/sellers", TRADER, headers=KEY)
    other = caller.post("/sellers", {**TRADER, "phone": "0912 000 001"}, headers=KEY)
    assert (other.status_code, other.content_type) == (409, "application/problem+json")
    elsewhere = caller.post(f"/households/{bac_ha.household.id}/verify", TRADER, headers=KEY)
    assert elsewhere.status_code == 409
    assert _named(session) == 1


def test_key_is_ones_own(as_: Sign, bac_ha: Place, session: Session) -> None:
    first = as_(bac_ha.clerk).post("/sellers", TRADER, headers=KEY)
    second = as_(bac_ha.manager).post("/sellers", TRADER, headers=KEY)
    assert first.json["id"] != second.json["id"]


def test_failure_leaves_the_key_free(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.clerk)
    assert caller.post("/sellers", {**TRADER, "phone": "1"}, headers=KEY).status_code == 422
    assert caller.post("/sellers", TRADER, headers=KEY).status_code == 201


def test_key_that_is_too_long_is_refused(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.clerk).post("/sellers", TRADER, headers={"Idempotency-Key": "x" * 256})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])


def test_call_without_a_body_is_done_once_too(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    path = f"/listings/{bac_ha.listing.id}"
    first = caller.post(f"{path}/approve", headers=KEY)
    caller.post(f"{path}/withdraw")
    assert caller.post(f"{path}/approve", headers=KEY).data == first.data
    assert caller.get(path).json["status"] == "withdrawn"


def test_kept_answers_are_sealed(as_: Sign, bac_ha: Place, session: Session) -> None:
    body = {"stall_id": str(bac_ha.stall.id), "amount": 1_000}
    answer = as_(bac_ha.stallholder).post("/payment-requests", body, headers=KEY)
    raw = bytes(session.execute(text("SELECT body FROM idempotency_keys")).scalar_one())
    assert answer.json["id"].encode() not in raw
    assert session.scalars(select(IdempotencyKey.body)).one() == answer.text


def test_of_many_at_once_one_is_done(app: Flask, as_: Sign, bac_ha: Place, session: Session) -> None:
    token = as_(bac_ha.stallholder).token
    body = {"stall_id": str(bac_ha.stall.id), "amount": 77_000}

    def ask(_: int) -> bytes:
        return Caller(app.test_client(), token).post("/payment-requests", body, headers=KEY).data

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(ask, range(6)))
    assert len(answers) == 1
    assert len(session.scalars(select(PaymentRequest).where(PaymentRequest.amount == 77_000)).all()) == 1


def test_of_many_at_once_with_one_id_one_is_stored(app: Flask, as_: Sign, bac_ha: Place, session) -> None:
    token = as_(bac_ha.clerk).token
    body = {**TRADER, "id": str(uuid4())}

    def register(_: int) -> int:
        return Caller(app.test_client(), token).post("/sellers", body).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(register, range(6)))
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201}
    assert _named(session) == 1


def test_id_of_another_kind_of_object_is_free(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.clerk).post("/sellers", {**TRADER, "id": str(bac_ha.household.id)})
    assert answer.status_code == 201


def test_id_of_what_one_may_not_know_is_not_answered(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    answer = as_(bac_ha.clerk).post("/sellers", {**TRADER, "id": str(sa_pa.seller.id)})
    assert answer.status_code == 404
    assert sa_pa.seller.phone not in answer.text
