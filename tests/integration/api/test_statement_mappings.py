"""Statements of unknown layouts over the API: described, tried, kept; the manager's business only."""

import io
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import PaymentStatus, StatementMapping
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign, assert_refused
from tests.integration.workers.harness import carry

SAID: dict[str, object] = {
    "name": "Ngân hàng lạ",
    "header_row": 1,
    "date_at": 0,
    "amount_at": 1,
    "memo_at": 2,
    "date_format": "month_first",
    "decimal": ",",
}


def send(caller: Caller, place: Place, *notes: str) -> str:
    rows = "".join(f"11/25/2026;{50 + number}.000;{note}\n" for number, note in enumerate(notes))
    file = (io.BytesIO(f"Posting day;Movement;Story\n{rows}".encode()), "la.csv")
    data = {"file": file, "payout_account_id": str(place.stall.payout_account_id)}
    answer = caller.post("/statements", data=data, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.text
    return str(answer.json["id"])


def test_unknown_layout_from_upload_to_its_lines(as_: Sign, bac_ha: Place, session: Session) -> None:
    manager = as_(bac_ha.manager)
    request = builders.make_payment_request(session, bac_ha.stall)
    path = f"/statements/{send(manager, bac_ha, request.reference, 'mua rau')}"
    carry()
    assert manager.get(path).json["status"] == "unmapped"
    head = manager.get(f"{path}/head").json
    assert head["rows"][0] == {
        "number": 1,
        "cells": ["Posting day", "Movement", "Story"],
        "can_be_header": True,
    }
    assert head["guess"]["header_row"] == 1
    tried = manager.post(f"{path}/mapping/try", {k: v for k, v in SAID.items() if k != "name"})
    assert [(line["bank_day"], line["amount"]) for line in tried.json["items"]] == [
        ("2026-11-25", 50_000),
        ("2026-11-25", 51_000),
    ]
    assert session.scalars(select(StatementMapping)).all() == []
    saved = manager.post(f"{path}/mapping", SAID)
    assert saved.status_code == 201, saved.text
    assert (saved.json["header"], saved.json["balance_at"]) == (["Posting day", "Movement", "Story"], None)
    carry()
    found = manager.get(path).json
    assert (found["status"], found["matched"], found["review"]) == ("done", 1, 1)
    session.refresh(request)
    assert request.status is PaymentStatus.PAID
    later = f"/statements/{send(manager, bac_ha, 'mua cam')}"
    carry()
    assert manager.get(later).json["status"] == "done"
    for tail in ("/head", "/mapping/try", "/mapping"):
        answer = manager.get(path + tail) if tail == "/head" else manager.post(path + tail, SAID)
        assert answer.status_code in {409, 422}


def test_what_cannot_be_is_told_beside_its_field(as_: Sign, bac_ha: Place) -> None:
    manager = as_(bac_ha.manager)
    path = f"/statements/{send(manager, bac_ha, 'a', 'b')}/mapping"
    cases: list[tuple[str, object]] = [
        ("date_format", "day_first"),
        ("date_format", "x"),
        ("decimal", ";"),
        ("amount_at", 2),
        ("amount_at", 9),
        ("amount_at", None),
        ("amount_at", "1"),
        ("header_row", 2),
        ("name", ""),
    ]
    for field, value in cases:
        answer = manager.post(path, SAID | {field: value})
        assert answer.status_code == 422, (field, value, answer.text)
        expected = {"date_format": {"date_format", "date_at"}, "amount_at": {"amount_at"}}.get(field, {field})
        assert set(answer.json["errors"]) <= expected, (field, value, answer.text)
    assert_refused(lambda body: manager.post(path, body), SAID, [("balance_at", 0), ("credit_at", "x")])


def test_mapping_is_listed_corrected_and_deleted(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    manager, other = as_(bac_ha.manager), as_(sa_pa.manager)
    saved = manager.post(f"/statements/{send(manager, bac_ha, 'a')}/mapping", SAID).json
    carry()
    path, listed = f"/statement-mappings/{saved['id']}", f"/statement-mappings?market_id={bac_ha.market.id}"
    assert manager.get(listed).json == {"items": [saved], "next_cursor": None}
    assert manager.get(path).json == saved
    for caller, status in ((other, 404), (as_(bac_ha.clerk), 403), (as_(bac_ha.stallholder), 403)):
        assert caller.get(path).status_code == status
        assert caller.get(listed).status_code == status
    body = {name: value for name, value in SAID.items() if name != "header_row"} | {"name": "Khác"}
    assert put(other, path, body).status_code == 404
    corrected = put(manager, path, body)
    assert (corrected.status_code, corrected.json["name"]) == (200, "Khác")
    assert put(manager, path, body | {"memo_at": 0}).status_code == 422
    assert other._call("delete", path, {}).status_code == 404
    assert manager._call("delete", path, {}).status_code == 204
    assert manager.get(path).status_code == 404


def put(caller: Caller, path: str, body: dict[str, object]) -> Any:
    return caller._call("put", path, {"json": body})


def test_waiting_file_can_be_let_go(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    manager = as_(bac_ha.manager)
    path = f"/statements/{send(manager, bac_ha, 'a')}"
    assert as_(sa_pa.manager).post(f"{path}/discard").status_code == 404
    answer = manager.post(f"{path}/discard")
    assert (answer.status_code, answer.json["status"]) == (200, "failed")
    assert manager.post(f"{path}/discard").status_code == 409


def test_manager_sets_the_markets_tolerance(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    manager, path = as_(bac_ha.manager), f"/markets/{bac_ha.market.id}"
    assert manager.get(path).json["tolerance"] == 0
    answer = manager.patch(path, {"tolerance": 1_000})
    assert (answer.status_code, answer.json["tolerance"]) == (200, 1_000)
    answer = manager.patch(path, {"alert_reversals": 5})
    told = [answer.json[name] for name in ("tolerance", "alert_reversals", "alert_late_reversals")]
    assert told == [1_000, 5, 2], "what is not named stays"
    assert manager.patch(path, {"alert_late_reversals": 0}).status_code == 422
    assert_refused(
        lambda body: manager.patch(path, body),
        {"tolerance": 0},
        [("tolerance", value) for value in (-1, 5_001, "1000", 1.5, None)],
    )
    assert as_(sa_pa.manager).patch(path, {"tolerance": 1}).status_code in {403, 404}
    assert as_(bac_ha.clerk).patch(path, {"tolerance": 1}).status_code == 403
    asked = manager.post("/payment-requests", {"stall_id": str(bac_ha.stall.id), "amount": 50_000}).json
    assert asked["tolerance"] == 1_000
