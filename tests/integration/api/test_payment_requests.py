"""Payment requests: asked, shown, taken back."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import VIETNAM, now
from core.vietqr import decode
from models import OutboxEvent, PaymentRequest
from tests import builders
from tests.integration.api.conftest import Place, Sign, assert_refused


def _ask(place: Place, **facts: object) -> dict[str, object]:
    return {"stall_id": str(place.stall.id), "amount": 45_000} | facts


def test_direct_request_has_its_qr_at_once(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    made = caller.post("/payment-requests", _ask(bac_ha, description="Hai cân mận"))
    assert made.status_code == 201
    asked = made.json
    assert (asked["status"], asked["amount"], asked["amount_paid"]) == ("awaiting_payment", 45_000, 0)
    qr = decode(asked["qr_payload"])
    assert (qr.amount, qr.note) == (45_000, asked["reference"])
    assert datetime.fromisoformat(asked["expires_at"]) - now() > timedelta(minutes=29)
    assert caller.get(f"/payment-requests/{asked['id']}").json == asked
    assert caller.get("/payment-requests").json["items"][0] == asked


def test_request_through_a_provider_waits_for_it(as_: Sign, bac_ha: Place, session: Session) -> None:
    stall = builders.make_stall(session, bac_ha.market, channel_id=bac_ha.channel.id)
    made = as_(bac_ha.manager).post("/payment-requests", {"stall_id": str(stall.id), "amount": 1_000})
    assert made.json["status"] == "created"
    assert [made.json[name] for name in ("qr_payload", "checkout_url", "payment_link_id")] == [None] * 3
    assert 0 < made.json["order_code"] <= 9_007_199_254_740_991
    assert "payment_request.created.v1" in session.scalars(select(OutboxEvent.type)).all()


def test_sent_again_with_its_id_it_is_stored_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    body = _ask(bac_ha, id=str(uuid4()))
    caller = as_(bac_ha.stallholder)
    first, second = caller.post("/payment-requests", body), caller.post("/payment-requests", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert len(session.scalars(select(PaymentRequest)).all()) == 2


def test_amount_is_a_whole_number_of_dong(as_: Sign, bac_ha: Place, session: Session) -> None:
    amounts = ["1000.5", 1000.5, "abc", True, False, 0, -1, 10_000_000_000_000, "1000", 1e3, None, [], {}]
    caller = as_(bac_ha.stallholder)
    cases = [("amount", amount) for amount in amounts]
    assert_refused(lambda body: caller.post("/payment-requests", body), _ask(bac_ha), cases)
    assert len(session.scalars(select(PaymentRequest)).all()) == 1


def test_largest_amount_a_qr_can_carry(as_: Sign, bac_ha: Place) -> None:
    answer = as_(bac_ha.stallholder).post("/payment-requests", _ask(bac_ha, amount=9_999_999_999_999))
    assert answer.json["amount"] == 9_999_999_999_999


def test_bad_field_is_named(as_: Sign, bac_ha: Place) -> None:
    cases = [
        ("stall_id", "x"),
        ("description", "x" * 121),
        ("description", "a\u0000"),
        ("expires_at", "2035-01-01T00:00:00"),
        ("expires_at", "tomorrow"),
        ("expires_at", 1893456000),
        ("expires_at", "2020-01-01T00:00:00+07:00"),
        ("expires_at", "9999-12-31T23:59:59-23:59"),
        ("expires_at", "0001-01-01T00:00:00+14:00"),
        ("status", "paid"),
        ("amount_paid", 45_000),
        ("order_code", 1),
        ("reference", "C12345678"),
        ("market_id", str(uuid4())),
        ("channel_id", str(uuid4())),
        ("created_by", str(uuid4())),
    ]
    caller = as_(bac_ha.stallholder)
    assert_refused(lambda body: caller.post("/payment-requests", body), _ask(bac_ha), cases)


def test_expiry_with_any_offset(as_: Sign, bac_ha: Place) -> None:
    asked = (now() + timedelta(hours=2)).astimezone(VIETNAM)
    answer = as_(bac_ha.stallholder).post("/payment-requests", _ask(bac_ha, expires_at=asked.isoformat()))
    assert datetime.fromisoformat(answer.json["expires_at"]) == asked
    too_late = (now() + timedelta(days=31)).isoformat()
    answer = as_(bac_ha.stallholder).post("/payment-requests", _ask(bac_ha, expires_at=too_late))
    assert list(answer.json["errors"]) == ["expires_at"]


def test_nobody_asks_at_anothers_stall(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    for user in (bac_ha.stallholder, bac_ha.manager):
        assert as_(user).post("/payment-requests", _ask(sa_pa)).status_code == 404
    neighbour = builders.make_stall(session, bac_ha.market)
    body = {"stall_id": str(neighbour.id), "amount": 1_000}
    assert as_(bac_ha.stallholder).post("/payment-requests", body).status_code == 404
    assert as_(bac_ha.manager).post("/payment-requests", body).status_code == 201
    assert as_(bac_ha.clerk).post("/payment-requests", _ask(bac_ha)).status_code == 403


def test_clerk_who_holds_a_stall_asks_at_that_one_only(as_: Sign, bac_ha: Place, session: Session) -> None:
    both = builders.make_user(session, builders.Role.CLERK, builders.BAC_HA)
    own = builders.make_stall(session, bac_ha.market)
    builders.grant(session, both, builders.Role.STALLHOLDER, str(own.id))
    caller = as_(both)
    assert caller.post("/payment-requests", {"stall_id": str(own.id), "amount": 1}).status_code == 201
    assert caller.post("/payment-requests", _ask(bac_ha)).status_code == 403
    assert [item["stall_id"] for item in caller.get("/payment-requests").json["items"]] == [str(own.id)]


def test_cancelled_once_and_not_after_money_came(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller = as_(bac_ha.stallholder)
    fresh = builders.make_payment_request(session, bac_ha.stall)
    for _ in range(2):
        assert caller.post(f"/payment-requests/{fresh.id}/cancel").json["status"] == "cancelled"
    refused = caller.post(f"/payment-requests/{bac_ha.request.id}/cancel")
    assert refused.status_code == 409
    assert caller.get(f"/payment-requests/{bac_ha.request.id}").json["status"] == "paid"


def test_amount_paid_is_all_that_came(as_: Sign, bac_ha: Place, session: Session) -> None:
    builders.make_payment(session, bac_ha.request, 20_000)
    found = as_(bac_ha.stallholder).get(f"/payment-requests/{bac_ha.request.id}").json
    assert (found["status"], found["amount"], found["amount_paid"]) == ("overpaid", 50_000, 70_000)


def test_filtered_by_stall_market_status_and_day(as_: Sign, bac_ha: Place, sa_pa: Place, session) -> None:
    fresh = builders.make_payment_request(session, bac_ha.stall)
    administrator = as_(builders.make_administrator(session))

    def found(**query: str) -> list[str]:
        items = administrator.get("/payment-requests", query_string=query).json["items"]
        return [item["id"] for item in items]

    assert found(market_id=str(bac_ha.market.id)) == [str(fresh.id), str(bac_ha.request.id)]
    assert found(stall_id=str(sa_pa.stall.id)) == [str(sa_pa.request.id)]
    assert found(status="awaiting_payment") == [str(fresh.id)]
    assert found(to="2000-01-01") == []
