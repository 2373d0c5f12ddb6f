"""Money that came, what did not add up, and the journal."""

from sqlalchemy.orm import Session

from core.clock import business_day, now
from tests import builders
from tests.integration.api.conftest import Place, Sign


def test_holder_sees_own_stall_manager_also_orphans(as_: Sign, bac_ha: Place, sa_pa: Place, session) -> None:
    builders.make_payment(session, builders.make_payment_request(session, builders.make_stall(session)))
    (own,) = as_(bac_ha.stallholder).get("/payments").json["items"]
    assert own["id"] == str(bac_ha.payment.id)
    assert own["amount"] == bac_ha.request.amount
    assert own["matches"] == [{"payment_request_id": str(bac_ha.request.id), "amount": bac_ha.request.amount}]
    assert own["business_day"] == business_day(now()).isoformat()
    seen = as_(bac_ha.manager).get("/payments").json["items"]
    assert [item["id"] for item in seen] == [str(bac_ha.orphan.id), str(bac_ha.payment.id)]
    assert seen[0]["stall_id"] is None
    assert seen[0]["matches"] == []


def test_filters_never_lead_outside_ones_sight(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    for user in (bac_ha.stallholder, bac_ha.manager):
        caller = as_(user)
        for query in ({"market_id": sa_pa.market.id}, {"stall_id": sa_pa.stall.id}):
            assert caller.get("/payments", query_string=query).json["items"] == []
            assert caller.get("/payment-requests", query_string=query).json["items"] == []


def test_filtered_by_stall_day_and_note(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.manager)
    today = business_day(now()).isoformat()

    def found(**query: str) -> set[str]:
        return {item["id"] for item in caller.get("/payments", query_string=query).json["items"]}

    both = {str(bac_ha.payment.id), str(bac_ha.orphan.id)}
    assert found(market_id=str(bac_ha.market.id), q="chuyen") == both
    assert found(**{"from": today, "to": today}) == both
    assert found(to="2000-01-01") == set()
    assert found(stall_id=str(bac_ha.stall.id)) == {str(bac_ha.payment.id)}
    assert found(q=bac_ha.orphan.reference) == {str(bac_ha.orphan.id)}


def test_exceptions_of_the_own_market(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    builders.make_payment(session, bac_ha.request, 20_000)
    caller = as_(bac_ha.manager)
    path = "/reconciliation/exceptions"
    items = caller.get(path).json["items"]
    assert [(item["kind"], item["status"], item["amount"]) for item in items] == [
        ("overpaid", "open", 20_000),
        ("orphan", "open", 70_000),
    ]
    assert items[0]["payment_request_id"] == str(bac_ha.request.id)
    assert items[1]["payment_id"] == str(bac_ha.orphan.id)
    assert [item["kind"] for item in caller.get(f"{path}?kind=orphan").json["items"]] == ["orphan"]
    assert caller.get(f"{path}?status=resolved").json["items"] == []
    assert caller.get(f"{path}?market_id={sa_pa.market.id}").json["items"] == []
    assert caller.get(f"{path}?kind=strange").status_code == 422


def test_every_dong_is_in_one_account(as_: Sign, bac_ha: Place, sa_pa: Place) -> None:
    caller = as_(bac_ha.manager)
    for path in ("/journal/balance", f"/journal/balance?market_id={bac_ha.market.id}"):
        balance = caller.get(path).json
        assert balance["total"] == 0
        assert sorted((account["kind"], account["balance"]) for account in balance["accounts"]) == [
            ("channel", 50_000),
            ("channel", 70_000),
            ("seller", -50_000),
            ("suspense", -70_000),
        ]


def test_balance_of_another_market_is_not_known(as_: Sign, bac_ha: Place, sa_pa: Place, session) -> None:
    path = f"/journal/balance?market_id={sa_pa.market.id}"
    assert as_(bac_ha.manager).get(path).status_code == 404
    everything = as_(builders.make_administrator(session)).get("/journal/balance").json
    assert everything["total"] == 0
    assert len(everything["accounts"]) == 8


def test_manager_of_a_stallholders_market_only(as_: Sign, bac_ha: Place, sa_pa: Place, session) -> None:
    """Managing one market gives no right to the money of another, in which one has a stall or serves."""
    user = builders.make_manager(session, sa_pa.market)
    builders.grant(session, user, builders.Role.CLERK, builders.BAC_HA)
    answer = as_(user).get(f"/journal/balance?market_id={bac_ha.market.id}")
    assert answer.status_code == 403
