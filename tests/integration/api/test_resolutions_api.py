"""Deciding about exceptions by the API."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Payment, Refund, Stall
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign, assert_refused
from tests.integration.services.desk import TYPED, exception_of, tell_payer
from tests.integration.services.statement_files import import_rows, row


@pytest.fixture
def manager(as_: Sign, bac_ha: Place) -> Caller:
    return as_(bac_ha.manager)


@pytest.fixture
def path(session: Session, bac_ha: Place) -> str:
    """Of an orphan of 70.000 đồng."""
    return path_of(session, bac_ha.orphan)


def path_of(session: Session, payment: Payment) -> str:
    return f"/reconciliation/exceptions/{exception_of(session, payment).id}"


def test_list_is_filtered(manager: Caller, bac_ha: Place, path: str) -> None:
    base = f"/reconciliation/exceptions?market_id={bac_ha.market.id}"
    (one,) = manager.get(f"{base}&kind=orphan&status=open").json["items"]
    assert (one["amount"], path.endswith(one["id"])) == (70_000, True)
    assert manager.get(path).json == one
    assert manager.get(f"{base}&kind=late").json["items"] == []
    assert manager.get(f"{base}&status=resolved").json["items"] == []


def test_match(session: Session, manager: Caller, bac_ha: Place, path: str) -> None:
    request = builders.make_payment_request(session, bac_ha.stall, amount=70_000)
    (suggested,) = manager.get(f"{path}/suggestions").json["items"]
    assert (suggested["payment_request_id"], suggested["missing"]) == (str(request.id), 70_000)
    assert suggested["reasons"]
    english = manager.get(f"{path}/suggestions", headers={"Accept-Language": "en"}).json["items"]
    assert len(english[0]["reasons"]) == 1
    wish = {"action": "match", "reason": "Khách gọi", "payment_request_id": str(request.id)}
    answer = manager.post(f"{path}/resolve", wish)
    assert (answer.status_code, answer.json["status"], answer.json["kind"]) == (200, "resolved", "orphan")
    made = answer.json["resolution"]
    assert (made["action"], made["status"], made["amount"]) == ("match", "done", 70_000)
    assert (made["decided_by"], made["approved_by"]) == (str(bac_ha.manager.id), None)
    paid = manager.get(f"/payment-requests/{request.id}").json
    assert (paid["status"], paid["amount_paid"]) == ("paid", 70_000)
    assert manager.get(f"{path}/suggestions").json["items"] == []
    assert manager.post(f"{path}/resolve", wish).status_code == 409
    undone = manager.post(f"{path}/undo", {"reason": "Nhầm quầy"})
    assert (undone.json["status"], undone.json["resolution"]["status"]) == ("open", "undone")
    assert [one["id"] for one in manager.get(f"{path}/resolutions").json["items"]] == [made["id"]]
    assert manager.get(f"/journal/balance?market_id={bac_ha.market.id}").json["total"] == 0


@pytest.mark.parametrize(
    ("action", "kind"), [("write_off", "write_off"), ("ignore", "suspense"), ("refund", "refunds")]
)
def test_other_actions(
    session: Session, manager: Caller, bac_ha: Place, path: str, action: str, kind: str
) -> None:
    tell_payer(session, bac_ha.orphan)
    answer = manager.post(f"{path}/resolve", {"action": action, "reason": "Đã hỏi"})
    assert (answer.status_code, answer.json["status"]) == (200, "resolved"), answer.text
    refund = answer.json["resolution"]["refund"]
    assert refund is None if action != "refund" else refund["status"] == "waiting"
    balance = manager.get(f"/journal/balance?market_id={bac_ha.market.id}").json
    assert balance["total"] == 0
    assert {a["kind"]: a["balance"] for a in balance["accounts"]}[kind] == -70_000


def test_refund_asks_for_the_account_where_it_is_not_known(
    session: Session, manager: Caller, path: str
) -> None:
    wish = {"action": "refund", "reason": "Chuyển nhầm"}
    answer = manager.post(f"{path}/resolve", wish)
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {f"payer_account.{name}" for name in TYPED}
    answer = manager.post(f"{path}/resolve", wish | {"payer_account": TYPED})
    made = answer.json["resolution"]
    assert (made["status"], made["needs_approval"], made["refund"]["amount"]) == ("proposed", True, 70_000)
    assert TYPED["account_number"] not in answer.text
    assert session.scalars(select(Refund)).one().account_number == TYPED["account_number"]


def test_known_payers_account_is_not_overridden(
    session: Session, manager: Caller, bac_ha: Place, path: str
) -> None:
    tell_payer(session, bac_ha.orphan)
    answer = manager.post(
        f"{path}/resolve", {"action": "refund", "reason": "Chuyển nhầm", "payer_account": TYPED}
    )
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["payer_account"])
    assert session.scalars(select(Refund)).all() == []


def test_refusals_stand_beside_their_fields(manager: Caller, bac_ha: Place, sa_pa: Place, path: str) -> None:
    good = {"action": "match", "reason": "Khách gọi", "payment_request_id": str(uuid4())}
    cases = [
        ("action", "burn"),
        ("action", None),
        ("reason", ""),
        ("reason", "   "),
        ("reason", "x" * 301),
        ("payment_request_id", "x"),
        ("payment_request_id", str(uuid4())),
        ("payment_request_id", str(sa_pa.request.id)),
        ("payment_request_id", str(bac_ha.request.id)),
        ("amount", "70.000"),
        ("amount", 0),
    ]
    assert_refused(lambda body: manager.post(f"{path}/resolve", body), good, cases)
    for missing in ("action", "reason", "payment_request_id"):
        answer = manager.post(f"{path}/resolve", {k: v for k, v in good.items() if k != missing})
        assert (answer.status_code, list(answer.json["errors"])) == (422, [missing])
    assert manager.post(f"{path}/undo", {"reason": " "}).json["errors"].keys() == {"reason"}
    assert manager.post(f"{path}/undo", {"reason": "x"}).status_code == 409
    assert manager.post(f"{path}/approve", {}).status_code == 409


def test_second_person(session: Session, as_: Sign, manager: Caller, bac_ha: Place) -> None:
    path = path_of(session, builders.make_orphan(session, bac_ha.channel, 2_500_000))
    answer = manager.post(f"{path}/resolve", {"action": "write_off", "reason": "Quá sáu tháng"})
    assert (answer.json["status"], answer.json["resolution"]["status"]) == ("open", "proposed")
    own = manager.post(f"{path}/approve", {})
    assert (own.status_code, own.content_type) == (403, "application/problem+json")
    second = as_(builders.make_manager(session, bac_ha.market)).post(f"{path}/approve", {})
    assert (second.json["status"], second.json["resolution"]["status"]) == ("resolved", "done")


def test_others_are_kept_out(
    session: Session, as_: Sign, nobody: Caller, bac_ha: Place, sa_pa: Place, path: str
) -> None:
    stranger, holder, clerk = as_(sa_pa.manager), as_(bac_ha.stallholder), as_(bac_ha.clerk)
    for tail, body in (
        ("/resolve", {"action": "ignore", "reason": "x"}),
        ("/undo", {"reason": "x"}),
        ("/approve", {}),
    ):
        assert stranger.post(path + tail, body).status_code == 404
        assert holder.post(path + tail, body).status_code == 403
        assert clerk.post(path + tail, body).status_code == 403
        assert nobody.post(path + tail, body).status_code == 401
    for tail in ("", "/suggestions", "/resolutions"):
        assert stranger.get(path + tail).status_code == 404
        assert holder.get(path + tail).status_code == 403


def test_match_that_was_made_by_itself_is_taken_apart(
    session: Session, manager: Caller, bac_ha: Place, as_: Sign
) -> None:
    payment = builders.make_payment(session, builders.make_payment_request(session, bac_ha.stall))
    path = f"/payments/{payment.id}/unmatch"
    assert "reason" in manager.post(path, {"reason": " "}).json["errors"]
    answer = manager.post(path, {"reason": "Nhầm quầy"})
    assert (answer.status_code, answer.json["status"], answer.json["kind"]) == (200, "open", "orphan")
    made = answer.json["resolution"]
    assert (made["action"], made["status"], made["amount"]) == ("unmatch", "done", payment.amount)
    assert manager.post(path, {"reason": "Nhầm quầy"}).status_code == 409
    assert manager.post(f"/payments/{uuid4()}/unmatch", {"reason": "x"}).status_code == 404
    assert as_(bac_ha.stallholder).post(path, {"reason": "x"}).status_code == 403


@pytest.mark.parametrize(("action", "came"), [("same", 50_000), ("another", 100_000)])
def test_line_that_two_statements_tell(
    session: Session, as_: Sign, manager: Caller, bac_ha: Place, sa_pa: Place, action: str, came: int
) -> None:
    stall = builders.make_stall(session, bac_ha.market)
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, row("mua rau", reference=""))
    query = f"/reconciliation/exceptions?market_id={bac_ha.market.id}&kind=maybe_same"
    (one,) = manager.get(query).json["items"]
    assert (one["payment_id"], one["amount"]) == (None, 50_000)
    assert one["statement_line_id"]
    path, wish = f"/reconciliation/exceptions/{one['id']}", {"action": action, "reason": "Đã hỏi khách"}
    assert as_(sa_pa.manager).post(f"{path}/resolve", wish).status_code == 404
    assert manager.post(f"{path}/resolve", wish | {"action": "ignore"}).status_code == 422
    answer = manager.post(f"{path}/resolve", wish)
    assert (answer.status_code, answer.json["status"], answer.json["kind"]) == (200, "resolved", "maybe_same")
    assert manager.post(f"{path}/resolve", wish).status_code == 409
    assert sum(told(session, stall)) == came
    undone = manager.post(f"{path}/undo", {"reason": "Nhầm"})
    assert (undone.status_code, undone.json["status"]) == (200, "open")
    balance = manager.get(f"/journal/balance?market_id={bac_ha.market.id}").json
    held = {account["kind"]: account["balance"] for account in balance["accounts"]}
    assert (balance["total"], held["suspense"]) == (0, -bac_ha.orphan.amount - 50_000)


def told(session: Session, stall: Stall) -> list[int]:
    """What came into the stall's own account, by payment."""
    session.rollback()
    return list(session.scalars(select(Payment.amount).where(Payment.channel_id == stall.channel_id)))
