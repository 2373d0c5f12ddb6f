"""The API of fees: what `api.md` promises and what stands beside it."""

from urllib.parse import urlsplit

import pypdfium2
import pytest
import zxingcpp

from core.clock import business_day, now
from core.periods import month_of
from core.reference_codes import is_reference
from core.vietqr import decode
from tests import builders
from tests.qr_readers import as_image, drawn, read_by_both

TODAY = business_day(now())
MONTH = month_of(TODAY)


@pytest.fixture
def market(session):
    return builders.make_market(session)


@pytest.fixture
def manager(session, market, as_):
    return as_(builders.make_manager(session, market))


def tariff(market, **facts):
    return {
        "market_id": str(market.id),
        "kind": "area_month",
        "rate": 12_000,
        "valid_from": f"{MONTH}-01",
    } | facts


def test_tariff_invoices_qr_cash_and_receipt(session, market, manager, as_):
    stall = builders.make_stall(session, market, area_m2=8)
    holder = as_(builders.make_stallholder(session, stall))
    assert manager.post("/fee-tariffs", tariff(market)).status_code == 201
    assert [t["rate"] for t in manager.get(f"/fee-tariffs?market_id={market.id}").json["items"]] == [12_000]
    issue = f"/markets/{market.id}/fee-invoices"
    issued = manager.post(issue, {"period": MONTH})
    assert (issued.status_code, issued.json["issued"], issued.json["total"]) == (201, 1, 96_000)
    assert manager.post(issue, {"period": MONTH}).json["issued"] == 0
    account = {"bin": builders.BANK, "account_number": "0011223344", "holder_name": "BAN QUAN LY CHO"}
    set_account = manager.client.put(
        f"/api/v1/markets/{market.id}/fee-account",
        json=account,
        headers={"Authorization": f"Bearer {manager.token}"},
    )
    assert set_account.json["account_number"] == "•••••••344"
    (invoice,) = holder.get("/fee-invoices?status=issued").json["items"]
    assert is_reference(invoice["reference"])
    assert (invoice["stall_number"], invoice["remaining"]) == (stall.number, 96_000)
    one = f"/fee-invoices/{invoice['id']}"
    assert decode(holder.get(one).json["qr_payload"]).amount == 96_000
    words = holder.get(f"{one}/qr.txt").text
    assert decode(words).account_number == "0011223344"
    assert read_by_both(drawn(holder.get(f"{one}/qr.svg").text)) == [words]
    assert read_by_both(as_image(holder.get(f"{one}/qr.png").data)) == [words]
    assert holder.get(f"{one}/receipt.pdf").status_code == 409
    assert holder.post(f"{one}/cash", {}).status_code == 403
    assert manager.post(f"{one}/cash", {"amount": 96_001}).status_code == 422
    paid = manager.post(f"{one}/cash", {}).json
    assert paid["amount"] == 96_000
    assert holder.get(one).json["status"] == "paid"
    with pypdfium2.PdfDocument(holder.get(f"{one}/receipt.pdf").data) as pdf:
        (qr,) = zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())
    assert holder.get(f"{one}/qr.svg").status_code == 404

    checked = urlsplit(qr.text).path
    shown = holder.client.get(checked).text
    assert invoice["reference"] in shown
    assert "Phí đã nộp đủ" in shown
    assert invoice["seller_name"] not in shown
    manager.post(f"/fee-payments/{paid['id']}/undo", {"reason": "ghi nhầm quầy"})
    assert "Phí chưa nộp đủ" in holder.client.get(checked).text
    assert holder.client.get(f"{checked[:-4]}AAAA").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rate": 0}, "rate"),
        ({"rate": "12.000"}, "rate"),
        ({"kind": "year"}, "kind"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"kind": "day", "row": "A"}, "row"),
    ],
)
def test_bad_tariffs_are_refused_beside_their_field(market, manager, wrong, field):
    answer = manager.post("/fee-tariffs", tariff(market, **wrong))
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_province_sets_rates_for_a_class_of_markets(session, market, manager, as_):
    admin = as_(builders.make_administrator(session))
    rate = {"province_code": builders.LAO_CAI, "market_class": 3, "kind": "area_month", "rate": 9_000}
    rate |= {"valid_from": f"{MONTH}-01"}
    created = admin.post("/fee-tariffs", rate)
    assert (created.status_code, created.json["market_id"], created.json["market_class"]) == (201, None, 3)
    assert manager.post("/fee-tariffs", rate).status_code == 403
    assert [t["rate"] for t in manager.get("/fee-tariffs?province_code=15").json["items"]] == [9_000]
    assert manager.get(f"/fee-tariffs?market_id={market.id}").json["items"] == []
    for wrong in ({"market_class": 4}, {"market_class": None}, {"province_code": "99"}):
        answer = admin.post("/fee-tariffs", rate | wrong)
        assert (answer.status_code, len(answer.json["errors"])) == (422, 1)
    assert "market_id" in admin.post("/fee-tariffs", rate | {"market_id": str(market.id)}).json["errors"]
    assert manager.get("/fee-tariffs").status_code == 422
    builders.make_stall(session, market, area_m2=8)
    assert manager.post(f"/markets/{market.id}/fee-invoices", {"period": MONTH}).json["total"] == 72_000
    (invoice,) = manager.get("/fee-invoices").json["items"]
    assert invoice["basis"] == [
        {"kind": "area_month", "rate": 9_000, "market_class": 3, "area_m2": 8, "amount": 72_000}
    ]


def test_tickets_are_for_a_day_and_a_seller(session, market, manager):
    manager.post("/fee-tariffs", tariff(market, kind="day", rate=5_000))
    seller, issue = builders.make_seller(session), f"/markets/{market.id}/fee-invoices"
    ticket = {"period": TODAY.isoformat(), "seller_id": str(seller.id)}
    first, again = manager.post(issue, ticket), manager.post(issue, ticket)
    assert (first.status_code, first.json["issued"], again.json["issued"]) == (201, 1, 0)
    assert first.json["invoice"]["id"] == again.json["invoice"]["id"]
    for wrong in ({"period": TODAY.isoformat()}, {"period": MONTH, "seller_id": str(seller.id)}):
        assert "period" in manager.post(issue, wrong).json["errors"]


def test_another_markets_fees_are_not_known(session, market, manager, as_):
    stranger = as_(builders.make_manager(session, builders.make_market(session)))
    builders.make_stall(session, market, area_m2=8)
    manager.post("/fee-tariffs", tariff(market))
    manager.post(f"/markets/{market.id}/fee-invoices", {"period": MONTH})
    invoice = manager.get("/fee-invoices").json["items"][0]
    assert stranger.get("/fee-invoices").json["items"] == []
    for path in (f"/fee-invoices/{invoice['id']}", f"/markets/{market.id}/fee-arrears"):
        assert stranger.get(path).status_code == 404
    assert stranger.post("/fee-tariffs", tariff(market)).status_code == 404
    assert stranger.post(f"/fee-invoices/{invoice['id']}/cancel", {"reason": "khác"}).status_code == 404


def test_cancelling_needs_a_reason_and_arrears_are_reminded(session, market, manager):
    builders.make_stall(session, market, area_m2=8)
    manager.post("/fee-tariffs", tariff(market))
    manager.post(f"/markets/{market.id}/fee-invoices", {"period": MONTH})
    cancel = f"/fee-invoices/{manager.get('/fee-invoices').json['items'][0]['id']}/cancel"
    assert manager.post(cancel, {}).status_code == 422
    assert manager.post(cancel, {"reason": "Quầy nghỉ"}).json["status"] == "cancelled"
    assert manager.post(f"/markets/{market.id}/fee-reminders").json == {"reminders": 0}
    assert manager.get(f"/markets/{market.id}/fee-arrears").json == {"items": []}
