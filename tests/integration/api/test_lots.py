"""Lots: noted down, labelled."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.config import config
from models import AuditEntry, Lot
from tests.integration.api.conftest import Caller, Place, Sign, assert_refused


@pytest.fixture
def caller(as_: Sign, bac_ha: Place) -> Caller:
    return as_(bac_ha.stallholder)


def today(days: int = 0) -> str:
    return (business_day(now()) + timedelta(days=days)).isoformat()


def test_a_lot_is_noted_down_once_and_has_an_address(caller: Caller, bac_ha: Place, session: Session) -> None:
    path = f"/products/{bac_ha.product.id}/lots"
    body = {"id": str(uuid4()), "harvested_on": today(-1), "quantity": 120, "note": "Hái buổi sáng"}
    made = caller.post(path, body)
    assert (made.status_code, caller.post(path, body).status_code) == (201, 200)
    said = made.json
    assert (said["quantity"], said["note"], said["scans"]) == (120, "Hái buổi sáng", 0)
    assert said["code"].startswith(f"{business_day(now()) - timedelta(days=1):%y%m%d}-")
    assert said["link"] == f"{config().base_url}/01/{said['gtin']}/10/{said['code']}"
    assert said["gtin"].startswith("020")
    assert caller.get(path).json == {"items": [said], "next_cursor": None}


def test_its_own_gtin_goes_before_and_what_is_printed_stays(caller: Caller, bac_ha: Place) -> None:
    path = f"/products/{bac_ha.product.id}"
    before = caller.post(f"{path}/lots", {"harvested_on": today(), "code": "A-1"}).json
    assert caller.patch(path, {"gtin": "893 6012 345674"}).json["gtin"] == "08936012345674"
    after = caller.post(f"{path}/lots", {"harvested_on": today(), "code": "A-2"}).json
    assert after["gtin"] == "08936012345674"
    (second, first) = caller.get(f"{path}/lots").json["items"]
    assert (first["link"], second["link"]) == (before["link"], after["link"])


def test_bad_field_is_named(caller: Caller, bac_ha: Place) -> None:
    path = f"/products/{bac_ha.product.id}/lots"
    caller.post(path, {"harvested_on": today(), "code": "TAKEN"})
    cases = [
        ("harvested_on", today(1)),
        ("harvested_on", "2019-12-31"),
        ("harvested_on", "25/11/2026"),
        ("code", "TAKEN"),
        ("code", "chữ"),
        ("code", "A/B"),
        ("code", "A" * 21),
        ("quantity", 0),
        ("quantity", 1.5),
        ("quantity", 10**12),
        ("scans", 7),
        ("gtin", "08936012345674"),
    ]
    assert_refused(lambda body: caller.post(path, body), {"harvested_on": today()}, cases)
    assert_refused(
        lambda body: caller.patch(f"/products/{bac_ha.product.id}", body),
        {},
        [("gtin", "8936012345675"), ("gtin", "2000000000015"), ("gtin", 8936012345674.5)],
    )


def test_labels_are_a_pdf_for_those_who_keep_the_goods(
    caller: Caller, as_: Sign, bac_ha: Place, sa_pa: Place
) -> None:
    path = f"/products/{bac_ha.product.id}/lots"
    lot = caller.post(path, {"harvested_on": today()}).json
    labels = f"{path}/{lot['id']}/labels.pdf"
    answer = caller.get(labels)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")
    stranger = as_(sa_pa.stallholder)
    for outside in (path, labels):
        assert stranger.get(outside).status_code == 404
    assert stranger.post(path, {"harvested_on": today()}).status_code == 404
    assert as_(bac_ha.manager).get(path).status_code == 403
    assert caller.get(f"/products/{uuid4()}/lots/{lot['id']}/labels.pdf").status_code == 404


def test_two_products_have_two_numbers(session: Session, bac_ha: Place, sa_pa: Place) -> None:
    assert bac_ha.product.item_number != sa_pa.product.item_number


def test_the_database_refuses_a_second_lot_under_one_address(
    session: Session, bac_ha: Place, sa_pa: Place
) -> None:
    for product in (bac_ha.product, sa_pa.product):
        session.add(
            Lot(product_id=product.id, gtin="08936012345674", code="A", harvested_on=business_day(now()))
        )
    with pytest.raises(IntegrityError, match="uq_lots_gtin_code"):
        session.flush()
    session.rollback()
    assert session.scalars(select(Lot)).all() == []


def test_what_leads_to_a_lot_never_changes(caller: Caller, bac_ha: Place, session: Session) -> None:
    caller.post(f"/products/{bac_ha.product.id}/lots", {"harvested_on": today()})
    for change in ({"code": "OTHER"}, {"gtin": "08936012345674"}):
        with pytest.raises(DBAPIError):
            session.execute(update(Lot).values(**change))
        session.rollback()


def test_a_lot_is_put_right_and_what_it_was_is_written_down(
    caller: Caller, bac_ha: Place, session: Session
) -> None:
    path = f"/products/{bac_ha.product.id}/lots"
    made = caller.post(path, {"harvested_on": today(-3), "quantity": 120, "note": "Hái sáng"}).json
    one = f"{path}/{made['id']}"
    assert caller.get(one).json == made
    change = {"harvested_on": today(-2), "quantity": None}
    said = caller.patch(one, change).json
    assert (said["harvested_on"], said["quantity"], said["note"]) == (today(-2), None, "Hái sáng")
    assert (said["code"], said["link"]) == (made["code"], made["link"]), "the label stays"
    assert said["corrected_at"]
    assert caller.patch(one, change).json == said, "the same again changes nothing"
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "lot.corrected"))
    assert entry.user_id == bac_ha.stallholder.id
    assert entry.facts == {
        "fields": "harvested_on, quantity",
        "harvested_on_was": today(-3),
        "quantity_was": 120,
    }
    cases = [
        ("harvested_on", today(1)),
        ("harvested_on", None),
        ("quantity", 0),
        ("note", 7),
        ("code", "OTHER"),
        ("gtin", "08936012345674"),
        ("scans", 7),
    ]
    assert_refused(lambda body: caller.patch(one, body), {}, cases)


def test_a_lot_is_withdrawn_and_let_go_on(caller: Caller, bac_ha: Place, session: Session) -> None:
    path = f"/products/{bac_ha.product.id}/lots"
    one = f"{path}/{caller.post(path, {'harvested_on': today()}).json['id']}"
    said = caller.patch(one, {"withdrawn_reason": "Lẫn hàng"}).json
    assert (said["withdrawn_reason"], bool(said["withdrawn_at"]), said["corrected_at"]) == (
        "Lẫn hàng",
        True,
        None,
    )
    said = caller.patch(one, {"withdrawn_reason": None}).json
    assert (said["withdrawn_reason"], said["withdrawn_at"]) == (None, None)
    query = select(AuditEntry.action, AuditEntry.reason).order_by(AuditEntry.created_at, AuditEntry.id)
    deeds = [tuple(row) for row in session.execute(query) if row.action.startswith("lot.")]
    assert deeds[1:] == [("lot.withdrawn", "Lẫn hàng"), ("lot.restored", None)]
    with pytest.raises(IntegrityError, match="ck_lots_withdrawn_whole"):
        session.execute(update(Lot).values(withdrawn_reason="x"))
    session.rollback()


def test_others_cannot_put_a_lot_right(caller: Caller, as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    path = f"/products/{bac_ha.product.id}/lots"
    one = f"{path}/{caller.post(path, {'harvested_on': today()}).json['id']}"
    stranger, manager = as_(sa_pa.stallholder), as_(bac_ha.manager)
    assert [stranger.patch(one, {"quantity": 1}).status_code, stranger.get(one).status_code] == [404, 404]
    assert manager.patch(one, {"quantity": 1}).status_code == 403
    assert as_(bac_ha.clerk).patch(one, {"quantity": 1}).status_code == 200
