"""The payments report of a market."""

import csv
import io
from datetime import timedelta

from sqlalchemy.orm import Session

from core.clock import business_day, now
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign

TODAY = business_day(now())
YESTERDAY = now() - timedelta(days=1)


def _report(caller: Caller, place: Place, **query: str) -> dict:
    answer = caller.get(f"/markets/{place.market.id}/reports/payments", query_string=query)
    assert answer.status_code == 200, answer.json
    return answer.json


def _days(count: int) -> dict[str, str]:
    return {"from": (TODAY - timedelta(days=count - 1)).isoformat(), "to": TODAY.isoformat()}


def test_days_without_money_are_there_with_zeros(as_: Sign, bac_ha: Place, session: Session) -> None:
    request = builders.make_payment_request(session, bac_ha.stall)
    builders.make_payment(session, request, 30_000, YESTERDAY)
    report = _report(as_(bac_ha.manager), bac_ha, **_days(3))
    rows = [(row["key"], row["cashless"], row["unmatched"], row["payments"]) for row in report["rows"]]
    assert rows == [
        ((TODAY - timedelta(days=2)).isoformat(), 0, 0, 0),
        ((TODAY - timedelta(days=1)).isoformat(), 30_000, 0, 1),
        (TODAY.isoformat(), 50_000, 70_000, 2),
    ]
    assert report["totals"] == {
        "cashless": 80_000,
        "cash": 0,
        "refunded": 0,
        "unmatched": 70_000,
        "payments": 3,
        "stalls_active": 1,
        "stalls_total": 1,
    }


def test_by_stall_in_the_order_of_their_numbers(as_: Sign, bac_ha: Place, session: Session) -> None:
    for number in ("10", "9"):
        builders.make_stall(session, bac_ha.market, number=number)
    report = _report(as_(bac_ha.manager), bac_ha, group_by="stall", **_days(1))
    numbers = [row["label"].split(" · ")[0] for row in report["rows"]]
    assert numbers == ["9", "10", bac_ha.stall.number, "Chưa rõ của quầy nào"]
    assert [row["cashless"] for row in report["rows"]] == [0, 0, 50_000, 0]
    assert [row["unmatched"] for row in report["rows"]] == [0, 0, 0, 70_000]
    assert [row["key"] for row in report["rows"]][2:] == [str(bac_ha.stall.id), None]
    assert (report["totals"]["stalls_active"], report["totals"]["stalls_total"]) == (1, 3)


def test_by_hour_channel_and_row_the_totals_are_the_same(as_: Sign, bac_ha: Place, session: Session) -> None:
    stall = builders.make_stall(session, bac_ha.market, row="Dãy B")
    request = builders.make_payment_request(session, stall)
    builders.make_payment(session, request, occurred_at=now())
    caller = as_(bac_ha.manager)
    reports = {
        group: _report(caller, bac_ha, group_by=group, **_days(1)) for group in ("hour", "channel", "row")
    }
    for report in reports.values():
        assert report["totals"]["cashless"] == 100_000
        assert sum(row["cashless"] for row in report["rows"]) == 100_000
        assert sum(row["unmatched"] for row in report["rows"]) == 70_000
        assert report["totals"]["stalls_active"] == 2
    assert [row["key"] for row in reports["hour"]["rows"]] == [f"{hour:02}" for hour in range(24)]
    rows = {row["key"]: row["cashless"] for row in reports["row"]["rows"]}
    assert rows == {"Dãy B": 50_000, "": 50_000, None: 0}
    channels = {row["key"]: row["unmatched"] for row in reports["channel"]["rows"]}
    assert channels[str(bac_ha.channel.id)] == 70_000


def test_this_month_where_nothing_is_asked(as_: Sign, bac_ha: Place) -> None:
    rows = _report(as_(bac_ha.manager), bac_ha)["rows"]
    assert (rows[0]["key"], rows[-1]["key"]) == (TODAY.replace(day=1).isoformat(), TODAY.isoformat())


def test_only_what_came_in_the_time_and_in_the_market(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    past = {"from": "2020-02-01", "to": "2020-02-29"}
    report = _report(as_(bac_ha.manager), bac_ha, **past)
    assert len(report["rows"]) == 29
    assert report["totals"]["cashless"] == report["totals"]["unmatched"] == 0


def test_time_that_is_none_or_too_long(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.manager)
    path = f"/markets/{bac_ha.market.id}/reports/payments"
    cases = [
        ({"from": "2026-02-02", "to": "2026-02-01"}, "to"),
        ({"from": "2024-01-01", "to": "2025-01-01"}, "to"),
        ({"from": "1026-01-01"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2026-02-30"}, "from"),
        ({"group_by": "week"}, "group_by"),
    ]
    for query, field in cases:
        answer = caller.get(path, query_string=query)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), query
    year = caller.get(path, query_string={"from": "2024-01-01", "to": "2024-12-31"})
    assert len(year.json["rows"]) == 366


def test_csv_is_read_by_a_spreadsheet(as_: Sign, bac_ha: Place, session: Session) -> None:
    builders.make_stall(
        session, bac_ha.market, builders.make_seller(session, name="Lý A"), number='=HYPERLINK("x")'
    )
    path = f"/markets/{bac_ha.market.id}/reports/payments.csv"
    answer = as_(bac_ha.manager).get(path, query_string={"group_by": "stall", **_days(1)})
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data.startswith("\ufeff".encode())
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["Mục", "Không tiền mặt", "Tiền mặt", "Đã hoàn", "Chưa rõ", "Số giao dịch"]
    assert lines[-1] == ["Tổng cộng", "50000", "0", "0", "70000", "2"]
    assert any(line[0].startswith("'=HYPERLINK") for line in lines)


def test_only_the_markets_manager(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    path = f"/markets/{bac_ha.market.id}/reports/payments"
    for form in ("", ".csv"):
        assert as_(sa_pa.manager).get(path + form).status_code == 404
        assert as_(bac_ha.clerk).get(path + form).status_code == 403
        assert as_(builders.make_administrator(session)).get(path + form).status_code == 200
    for form in (".xlsx", ".pdf"):
        assert as_(bac_ha.manager).get(path + form).status_code == 404


def test_one_statement_beside_those_of_every_request(as_: Sign, bac_ha: Place, count_statements) -> None:
    caller = as_(bac_ha.manager)
    with count_statements() as statements:
        _report(caller, bac_ha, group_by="stall", **_days(30))
    assert len([statement for statement in statements if "payments" in statement]) == 1
