"""Statements over the API: uploaded, read by the worker, told line by line; the manager's business only."""

import io
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import EventDelivery, PaymentStatus, StatementStatus
from services.statements import importing
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign
from tests.integration.services.statement_files import count_payments, row, statement_file
from tests.integration.workers.harness import carry, pass_time
from tests.unit.services.statements.files import camt, camt_entry
from workers.jobs import statements


def send(caller: Caller, content: bytes, name: str = "sao-ke.csv", **about: Any) -> Any:
    headers = about.pop("headers", {})
    data = {"file": (io.BytesIO(content), name), **{key: str(value) for key, value in about.items()}}
    return caller.post("/statements", data=data, content_type="multipart/form-data", headers=headers)


def test_statement_from_upload_to_its_lines(as_: Sign, bac_ha: Place, session: Session) -> None:
    manager = as_(bac_ha.manager)
    open_one = builders.make_payment_request(session, bac_ha.stall)
    bad = ("31-02-2026", "FT1", "+1000", "x")
    file = statement_file([row(open_one.reference, reference="FT-A"), row("mua rau", reference="FT-B"), bad])
    answer = send(manager, file, payout_account_id=bac_ha.stall.payout_account_id)
    assert answer.status_code == 202, answer.text
    path = f"/statements/{answer.json['id']}"
    assert list(answer.json) == ["id"]
    assert manager.get(path).json["status"] == "waiting"
    carry()
    found = manager.get(path).json
    counts = {
        name: found[name] for name in ("lines", "matched", "review", "duplicates", "reversals", "rejected")
    }
    assert counts == {"lines": 2, "matched": 1, "review": 1, "duplicates": 0, "reversals": 0, "rejected": 1}
    assert (found["status"], found["problem"]) == ("done", None)
    items = manager.get(f"{path}/lines").json["items"]
    named = ("bank_reference", "amount", "memo", "outcome", "payment_request_references")
    assert [tuple(item[name] for name in named) for item in items] == [
        ("FT-A", 50_000, open_one.reference, "matched", [open_one.reference]),
        ("FT-B", 50_000, "mua rau", "review", []),
    ]
    assert [item["bank_reference"] for item in manager.get(f"{path}/lines?outcome=review").json["items"]] == [
        "FT-B"
    ]
    first = manager.get(f"{path}/lines?limit=1").json
    rest = manager.get(f"{path}/lines?limit=1&cursor={first['next_cursor']}").json
    assert [page["items"][0]["bank_reference"] for page in (first, rest)] == ["FT-A", "FT-B"]
    assert rest["next_cursor"] is None
    (broken,) = manager.get(f"{path}/broken").json["items"]
    assert (broken["number"], broken["rejected"]) == (6, True)
    session.refresh(open_one)
    assert open_one.status is PaymentStatus.PAID
    assert [item["id"] for item in manager.get("/statements").json["items"]] == [answer.json["id"]]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.csv"), (b"xin chao", "notes.txt"), (b"\x89PNG\r\n\x1a\n" + bytes(99), "x.png")],
)
def test_bad_file_is_told_beside_its_field(as_: Sign, bac_ha: Place, content: bytes, name: str) -> None:
    answer = send(as_(bac_ha.manager), content, name, channel_id=bac_ha.channel.id)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["file"]


def test_account_must_be_one_and_known(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    manager, file = as_(bac_ha.manager), statement_file([row("x")])
    assert send(manager, file).status_code == 422
    both = {"payout_account_id": bac_ha.stall.payout_account_id, "channel_id": bac_ha.channel.id}
    assert send(manager, file, **both).status_code == 422
    assert send(manager, file, payout_account_id=sa_pa.stall.payout_account_id).status_code == 404
    assert send(manager, file, channel_id=sa_pa.channel.id).status_code == 404
    assert send(manager, file, channel_id="x").status_code == 422
    assert send(as_(bac_ha.clerk), file, channel_id=bac_ha.channel.id).status_code == 403
    assert send(as_(bac_ha.stallholder), file, channel_id=bac_ha.channel.id).status_code == 403


def test_no_file_is_told_beside_its_field(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.manager).post(
        "/statements", data={"channel_id": str(bac_ha.channel.id)}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["file"]


def test_others_know_nothing_of_it(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    file = statement_file([row("x")])
    path = f"/statements/{send(as_(bac_ha.manager), file, channel_id=bac_ha.channel.id).json['id']}"
    for tail in ("", "/lines", "/broken"):
        assert as_(sa_pa.manager).get(path + tail).status_code == 404
        for person in (bac_ha.clerk, bac_ha.stallholder):
            assert as_(person).get(path + tail).status_code == 403
    assert as_(sa_pa.manager).get("/statements").json["items"] == []


def test_same_upload_with_its_id_is_one_statement(as_: Sign, bac_ha: Place) -> None:
    manager, file = as_(bac_ha.manager), statement_file([row("x")])
    id_ = "0192f0c4-0000-7000-8000-000000000001"
    answers = [send(manager, file, channel_id=bac_ha.channel.id, id=id_) for _ in range(2)]
    assert [answer.json for answer in answers] == [{"id": id_}] * 2
    assert len(manager.get("/statements").json["items"]) == 1


def test_long_file_goes_on_in_several_turns(
    as_: Sign, bac_ha: Place, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(statements, "SECONDS_AT_ONCE", 0.0)
    file = statement_file([row("mua rau") for _ in range(7)])
    path = f"/statements/{send(as_(bac_ha.manager), file, channel_id=bac_ha.channel.id).json['id']}"
    carry()
    found = as_(bac_ha.manager).get(path).json
    assert (found["status"], found["lines"], found["review"]) == (StatementStatus.DONE, 7, 7)
    (delivery,) = session.scalars(select(EventDelivery).where(EventDelivery.job == "import_statement"))
    assert (delivery.status, delivery.attempts) == ("done", 0)


def test_file_that_breaks_off_keeps_what_was_read_and_says_so(as_: Sign, bac_ha: Place) -> None:
    """Its head is that of a statement, its end is missing."""
    whole = camt(camt_entry("1000", "FT-C1", "mua rau")).read()
    broken = whole[: whole.index(b"</BkToCstmrStmt>")]
    manager = as_(bac_ha.manager)
    answer = send(manager, broken, "camt.xml", channel_id=bac_ha.channel.id)
    assert answer.status_code == 202
    carry()
    found = manager.get(f"/statements/{answer.json['id']}").json
    assert found["status"] == "failed"
    assert "camt.053" in found["problem"]


def test_same_key_and_file_give_the_first_answer(as_: Sign, bac_ha: Place) -> None:
    """However the form is parted: every sending uses other marks."""
    manager, file = as_(bac_ha.manager), statement_file([row("x")])
    key = {"Idempotency-Key": "a-key"}
    about = {"channel_id": bac_ha.channel.id}
    answers = [send(manager, file, headers=key, **about) for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].json == answers[1].json
    assert send(manager, file + b"\n", headers=key, **about).status_code == 409


def test_long_file_may_be_sent_and_a_longer_one_may_not(as_: Sign, bac_ha: Place) -> None:
    manager = as_(bac_ha.manager)
    for megabytes, status in ((17, 422), (65, 413)):
        long = b"x" * megabytes * 1024 * 1024
        assert send(manager, long, channel_id=bac_ha.channel.id).status_code == status


def test_import_that_fails_in_the_middle_goes_on_and_tells_each_line_once(
    as_: Sign, bac_ha: Place, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    take_rows, calls = importing.take_rows, iter(range(100))

    def take_and_fail_once(session: Session, *rest: Any) -> None:
        take_rows(session, *rest)
        if next(calls) == 1:
            raise RuntimeError("the worker is gone")

    monkeypatch.setattr(importing, "take_rows", take_and_fail_once)
    file = statement_file([row("mua rau") for _ in range(5)])
    path = f"/statements/{send(as_(bac_ha.manager), file, channel_id=bac_ha.channel.id).json['id']}"
    before = count_payments(session)
    carry()
    assert as_(bac_ha.manager).get(path).json["status"] == "running"
    pass_time(session, 60)
    carry()
    found = as_(bac_ha.manager).get(path).json
    assert (found["status"], found["lines"], found["review"]) == ("done", 5, 5)
    assert count_payments(session) == before + 5


def test_import_that_always_fails_says_so_to_the_manager(
    as_: Sign, bac_ha: Place, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(importing, "take_rows", fail)
    file = statement_file([row("mua rau")])
    path = f"/statements/{send(as_(bac_ha.manager), file, channel_id=bac_ha.channel.id).json['id']}"
    for _ in range(4):
        carry()
        pass_time(session, 600)
    found = as_(bac_ha.manager).get(path).json
    assert (found["status"], found["lines"]) == ("failed", 0)
    assert found["problem"]
