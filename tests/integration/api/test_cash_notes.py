"""Cash noted at a stall, by the API and in the market's report."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from core.clock import business_day, now
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused

TODAY = business_day(now()).isoformat()


def test_made_offline_and_sent_twice_it_is_one(as_: Sign, bac_ha: Place) -> None:
    holder, path = as_(bac_ha.stallholder), f"/stalls/{bac_ha.stall.id}/cash-notes"
    body = {"id": str(uuid4()), "amount": 25_000, "note": "mận", "occurred_at": now().isoformat()}
    first, second = holder.post(path, body), holder.post(path, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert first.json["id"] == body["id"]
    assert (first.json["amount"], first.json["business_day"], first.json["voided_at"]) == (
        25_000,
        TODAY,
        None,
    )
    assert holder.get(path).json == {"items": [first.json], "next_cursor": None}


def test_void_is_told_and_may_be_repeated(as_: Sign, bac_ha: Place) -> None:
    holder, path = as_(bac_ha.stallholder), f"/stalls/{bac_ha.stall.id}/cash-notes"
    noted = holder.post(path, {"amount": 25_000}).json
    answers = [holder.post(f"/cash-notes/{noted['id']}/void") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert answers[0].json["voided_at"]
    assert holder.get(path).json["items"] == [answers[0].json]


def test_what_is_wrong_is_said_beside_its_field(as_: Sign, bac_ha: Place) -> None:
    holder, path = as_(bac_ha.stallholder), f"/stalls/{bac_ha.stall.id}/cash-notes"
    cases = [
        ("amount", 0),
        ("amount", "25.000"),
        ("amount", 1.5),
        ("amount", 10**13),
        ("note", "x" * 121),
        ("occurred_at", "2026-11-22T08:00:00"),
        ("occurred_at", (now() + timedelta(days=1)).isoformat()),
        ("id", "one"),
    ]
    assert_refused(lambda body: holder.post(path, body), {"amount": 25_000}, cases)


def test_who_may(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    path = f"/stalls/{bac_ha.stall.id}/cash-notes"
    noted = as_(bac_ha.stallholder).post(path, {"amount": 25_000}).json["id"]
    void = f"/cash-notes/{noted}/void"
    expected = [
        (bac_ha.manager, 200, 403, 403),
        (bac_ha.clerk, 403, 403, 403),
        (sa_pa.stallholder, 404, 404, 404),
        (sa_pa.manager, 404, 403, 403),
        (builders.make_officer(session), 403, 403, 403),
    ]
    for user, read, write, take_back in expected:
        caller = as_(user)
        statuses = [
            caller.get(path).status_code,
            caller.post(path, {"amount": 1_000}).status_code,
            caller.post(void).status_code,
        ]
        assert statuses == [read, write, take_back], user.name


def test_report_has_it_in_its_own_column_whatever_it_is_grouped_by(
    as_: Sign, bac_ha: Place, session: Session
) -> None:
    holder, path = as_(bac_ha.stallholder), f"/stalls/{bac_ha.stall.id}/cash-notes"
    for amount in (25_000, 10_000, 40_000):
        noted = holder.post(path, {"amount": amount}).json
    holder.post(f"/cash-notes/{noted['id']}/void")
    quiet = builders.make_stall(session, bac_ha.market)
    as_(builders.make_stallholder(session, quiet)).post(f"/stalls/{quiet.id}/cash-notes", {"amount": 5_000})
    caller, report = as_(bac_ha.manager), f"/markets/{bac_ha.market.id}/reports/payments"
    for group in ("day", "stall", "hour", "channel", "row"):
        query = {"group_by": group, "from": TODAY, "to": TODAY}
        found = caller.get(report, query_string=query).json
        assert found["totals"] == {
            "cashless": 50_000,
            "cash": 40_000,
            "refunded": 0,
            "unmatched": 70_000,
            "payments": 2,
            "stalls_active": 1,
            "stalls_total": 2,
        }, group
        assert sum(row["cash"] for row in found["rows"]) == 40_000, group
        if group == "stall":
            assert {row["key"]: row["cash"] for row in found["rows"]}[str(quiet.id)] == 5_000
        if group == "channel":
            assert {row["key"]: row["label"] for row in found["rows"]}["cash"] == "Tiền mặt"


def test_the_journal_stays_balanced(as_: Sign, bac_ha: Place) -> None:
    as_(bac_ha.stallholder).post(f"/stalls/{bac_ha.stall.id}/cash-notes", {"amount": 25_000})
    found = as_(bac_ha.manager).get("/journal/balance", query_string={"market_id": str(bac_ha.market.id)})
    assert found.json["total"] == 0
    kinds = {account["kind"]: account["balance"] for account in found.json["accounts"]}
    assert (kinds["cash"], kinds["seller"]) == (25_000, -75_000)
