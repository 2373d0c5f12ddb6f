"""Orders by the API: lists, deeds, refusals."""

from uuid import UUID

from sqlalchemy.orm import Session

from models import Order
from tests import builders
from tests.integration.api.conftest import Place, Sign


def _order(session: Session, place: Place, quantity: int = 2, **facts: object) -> Order:
    return builders.make_order(session, place.listing, quantity, **facts)


def test_order_says_what_to_pack_and_whom_to_send_it_to(as_: Sign, bac_ha: Place, session: Session) -> None:
    order = _order(session, bac_ha, 3, withheld=1_575)
    caller = as_(bac_ha.stallholder)
    found = caller.get(f"/orders/{order.id}").json
    assert (found["status"], found["floor_status"], found["total"]) == ("new", "new", 105_000)
    assert found["buyer"] == {
        "name": "Đỗ Thị Khách",
        "phone": "+84912345678",
        "address": "12 phố Thử, phường Ba Đình, Hà Nội",
    }
    (line,) = found["lines"]
    assert (line["name"], line["unit"], line["quantity"], line["short"]) == (
        bac_ha.product.name,
        "kg",
        3,
        0,
    )
    assert (found["withheld"], found["paid"], found["errors"]) == (1_575, False, [])
    assert caller.get("/orders").json["items"] == [found]


def test_lists_are_filtered_and_one_sees_only_ones_own(
    as_: Sign, bac_ha: Place, sa_pa: Place, session: Session
) -> None:
    new, medusa = _order(session, bac_ha), _order(session, bac_ha, marketplace="medusa")
    theirs = _order(session, sa_pa)
    caller = as_(bac_ha.stallholder)
    caller.post(f"/orders/{new.id}/cancel", {"reason": "Hết hàng"})

    def ids(**query: str) -> set[UUID]:
        return {UUID(item["id"]) for item in caller.get("/orders", query_string=query).json["items"]}

    assert ids() == {new.id, medusa.id}
    assert ids(status="cancelled") == {new.id}
    assert ids(marketplace="medusa") == {medusa.id}
    assert ids(seller_id=str(sa_pa.seller.id)) == set()
    assert caller.get("/orders", query_string={"status": "lost"}).status_code == 422
    first = caller.get("/orders", query_string={"limit": 1}).json
    assert len(first["items"]) == 1
    assert first["next_cursor"]
    for path in ("", "/confirm", "/pack"):
        call = caller.post if path else caller.get
        assert call(f"/orders/{theirs.id}{path}").status_code == 404
    assert as_(bac_ha.manager).get("/orders").status_code == 403


def test_deeds_in_their_order_each_asked_for_twice(as_: Sign, bac_ha: Place, session: Session) -> None:
    order = _order(session, bac_ha)
    caller = as_(bac_ha.clerk)
    for typed in ("VTP1", "vận đơn", "V" * 41):
        refused = caller.post(f"/orders/{order.id}/ship", {"tracking_number": typed})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["tracking_number"])
    for deed, body, status in (
        ("confirm", None, "confirmed"),
        ("pack", None, "packed"),
        ("ship", {"tracking_number": " VTP 123"}, "shipped"),
    ):
        for _ in range(2):
            answer = caller.post(f"/orders/{order.id}/{deed}", body)
            assert (answer.status_code, answer.json["status"]) == (200, status)
    assert answer.json["tracking_number"] == "VTP123"
    late = caller.post(f"/orders/{order.id}/cancel", {"reason": "Hết hàng"})
    assert (late.status_code, late.content_type) == (409, "application/problem+json")
    assert caller.post(f"/orders/{order.id}/deliver").status_code == 409


def test_cancelling_needs_a_reason_and_gives_the_goods_back(
    as_: Sign, bac_ha: Place, session: Session
) -> None:
    order = _order(session, bac_ha, 4)
    caller = as_(bac_ha.stallholder)
    listing = f"/listings/{bac_ha.listing.id}"
    assert caller.get(listing).json["stock"] == 36
    refused = caller.post(f"/orders/{order.id}/cancel", {})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["reason"])
    cancelled = caller.post(f"/orders/{order.id}/cancel", {"reason": "Hết hàng"}).json
    assert (cancelled["status"], cancelled["cancel_reason"]) == ("cancelled", "Hết hàng")
    assert caller.get(listing).json["stock"] == 40


def test_stock_is_changed_by_what_the_person_saw(as_: Sign, bac_ha: Place, session: Session) -> None:
    _order(session, bac_ha, 4)
    caller = as_(bac_ha.stallholder)
    changed = caller.patch(f"/listings/{bac_ha.listing.id}", {"stock": 50, "stock_seen": 40})
    assert changed.json["stock"] == 46


def test_stock_that_is_sent_twice_is_changed_once(as_: Sign, bac_ha: Place, session: Session) -> None:
    caller, path = as_(bac_ha.stallholder), f"/listings/{bac_ha.listing.id}"
    seen = caller.get(path).json
    _order(session, bac_ha, 4)
    change = {"stock": 50, "stock_seen": seen["stock"], "version_seen": seen["version"]}
    first = caller.patch(path, change).json
    assert first["stock"] == 46
    assert caller.patch(path, change).json == first
    refused = caller.patch(path, change | {"stock": 60})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["stock"])
    assert "46" in refused.json["errors"]["stock"][0]
    half = caller.patch(path, {"stock": 60, "version_seen": seen["version"]})
    assert (half.status_code, list(half.json["errors"])) == (422, ["stock_seen"])


def test_shops_order_is_delivered_and_paid_in_cash(as_: Sign, bac_ha: Place, session: Session) -> None:
    listing = builders.make_approved_listing(
        session, bac_ha.product, marketplaces=["shop"], variant="Túi 1 kg"
    )
    order = builders.make_shop_order(session, listing)
    caller = as_(bac_ha.stallholder)
    caller.post(f"/orders/{order.id}/ship")
    done = caller.post(f"/orders/{order.id}/deliver", {"paid_in_cash": True}).json
    assert (done["status"], done["paid"], done["floor_status"]) == ("delivered", True, None)


def test_an_order_of_woocommerce_is_delivered_without_cash(
    as_: Sign, bac_ha: Place, session: Session
) -> None:
    order = _order(session, bac_ha, marketplace="woocommerce")
    caller, path = as_(bac_ha.stallholder), f"/orders/{order.id}/deliver"
    caller.post(f"/orders/{order.id}/ship")
    assert caller.post(path, {"paid_in_cash": True}).status_code == 409
    for _ in range(2):
        done = caller.post(path)
        assert (done.status_code, done.json["status"], done.json["paid"]) == (200, "delivered", False)


def test_list_costs_the_same_however_long_it_is(
    as_: Sign, bac_ha: Place, session: Session, count_statements
) -> None:
    caller = as_(bac_ha.stallholder)

    def cost() -> int:
        with count_statements() as statements:
            assert caller.get("/orders").status_code == 200
        return len(statements)

    _order(session, bac_ha)
    one = cost()
    for _ in range(5):
        _order(session, bac_ha)
    assert cost() == one


def test_order_says_what_its_floor_paid_out(as_: Sign, bac_ha: Place, session: Session) -> None:
    order = _order(session, bac_ha, 2, marketplace="shopee")
    caller = as_(bac_ha.stallholder)
    assert caller.get(f"/orders/{order.id}").json["settlements"] == []
    builders.settle(session, builders.settlement(order))
    found = caller.get(f"/orders/{order.id}").json
    (told,) = found["settlements"]
    assert {name: told[name] for name in told if name not in ("id", "settled_at")} == {
        "kind": "order",
        "gross": 70_000,
        "fees": 3_500,
        "withheld": 1_050,
        "vat": 700,
        "pit": 350,
        "net": 65_450,
    }
    assert caller.get("/orders").json["items"] == [found]
