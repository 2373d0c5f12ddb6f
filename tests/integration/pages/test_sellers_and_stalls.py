"""From household to seller to stall, page by page, and what goes wrong on the way."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.ids import new_id
from models import Market, Seller, SellerKind, Stall
from tests import builders
from tests.integration.pages.conftest import Enter


def _count(session: Session, table: type) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(table)) or 0


def _stall(seller: Seller, **facts: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "seller_id": str(seller.id),
        "number": "A12",
        "row": "A",
        "area_m2": "4,5",
        "bin": builders.BANK,
        "account_number": "1900 0012 345",
        "holder_name": "VANG THI SUA",
        "channel_id": "direct",
    } | facts


def test_a_household_becomes_a_seller(session: Session, enter: Enter) -> None:
    household = builders.make_household(session, head_name="Lù Thị Mai", phone="+84912345678")
    browser = enter(builders.make_clerk(session))
    path = f"/sellers/new?household_id={household.id}"
    shown = browser.get(path)
    assert (shown.typed("name"), shown.typed("phone")) == ("Lù Thị Mai", "0912 345 678")
    form = {name: shown.typed(name) for name in ("id", "household_id", "kind", "name", "phone")}
    page = browser.follow(browser.post("/sellers/new", form, page=path))
    seller = session.scalars(select(Seller).where(Seller.household_id == household.id)).one()
    assert seller.kind is SellerKind.HOUSEHOLD
    assert page.text("seller-code") == seller.code
    again = browser.post("/sellers/new", form | {"id": str(new_id())}, page=path)
    assert again.status == 422
    assert "Hộ này đã là người bán" in again.text("problems")
    assert browser.get(f"/households/{household.id}").text("open-seller") == "Tới gian hàng"


def test_bad_sellers_are_told_and_not_stored(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    shown = browser.post("/sellers/new", {"name": "Lý A Páo", "phone": "x"}, page="/sellers/new")
    assert shown.status == 422
    assert shown.error("kind") == "Hãy chọn một"
    assert shown.error("phone") == "Số điện thoại chưa đúng, ví dụ: 0912 345 678"
    assert shown.typed("name") == "Lý A Páo"
    assert browser.post("/sellers/new", {"kind": "bandit"}, page="/sellers/new").error("kind")
    assert _count(session, Seller) == 0


def test_a_stall_is_opened_in_two_steps(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    seller = builders.make_seller(session, name="Vàng Thị Sua")
    browser = enter(builders.make_clerk(session))
    path = f"/markets/{market.id}/stalls/new"
    assert "Vàng Thị Sua" in browser.get(f"{path}?q=vang").text("sellers")
    assert browser.get(f"{path}?q=khongco").has("empty")
    page = browser.follow(browser.post(path, _stall(seller), page=f"{path}?seller_id={seller.id}"))
    stall = session.scalars(select(Stall)).one()
    assert (stall.number, stall.area_m2, stall.payout_account.account_number) == ("A12", 4.5, "19000012345")
    assert not stall.channel.has_collector
    assert page.has("static-qr")
    assert page.text("reference") == stall.reference
    assert "19000012345" not in page.html
    assert "••••••••345" in page.words


def test_a_manager_gives_a_stall_to_a_seller_that_a_clerk_made(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    seller = builders.make_seller(session, commune_code=builders.SA_PA, phone="+84987654321")
    browser = enter(builders.make_manager(session, market))
    path = f"/markets/{market.id}/stalls/new"
    assert browser.get(path).has("empty")
    assert seller.name in browser.get(f"{path}?q=0987654321").text("sellers")
    assert browser.post(path, _stall(seller), page=f"{path}?seller_id={seller.id}").status == 303


def test_the_markets_own_channel_can_be_chosen_and_no_others(session: Session, enter: Enter) -> None:
    market, other = builders.make_market(session), builders.make_market(session)
    channel = builders.make_payos_channel(session, market, name="payOS của chợ thử")
    foreign = builders.make_payos_channel(session, other)
    seller = builders.make_seller(session)
    browser = enter(builders.make_manager(session, market))
    path = f"/markets/{market.id}/stalls/new"
    form = browser.get(f"{path}?seller_id={seller.id}")
    offered = {field.get("value") for field in form.tree.findall(".//input[@name='channel_id']")}
    assert offered == {str(channel.id), "direct"}
    refused = browser.post(
        path, _stall(seller, channel_id=str(foreign.id)), page=f"{path}?seller_id={seller.id}"
    )
    assert refused.status == 422
    assert refused.error("channel_id") == "Chợ này không có kênh thu đó"
    browser.post(path, _stall(seller, channel_id=str(channel.id)), page=f"{path}?seller_id={seller.id}")
    assert session.scalars(select(Stall)).one().channel_id == channel.id


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", "", "Cần điền ô này"),
        ("number", "A01", "Số quầy này đã có trong chợ"),
        ("number", "x" * 13, "Nhiều nhất 12 ký tự"),
        ("area_m2", "0", "Diện tích phải lớn hơn 0"),
        ("area_m2", "-4", "Cần một con số, ví dụ: 4,5"),
        ("area_m2", "rộng", "Cần một con số, ví dụ: 4,5"),
        ("bin", "", "Cần điền ô này"),
        ("bin", "000000", "Không có ngân hàng này"),
        ("account_number", "tài khoản", "Số tài khoản gồm 1 đến 19 chữ cái không dấu hoặc chữ số"),
        ("account_number", "1" * 20, "Số tài khoản gồm 1 đến 19 chữ cái không dấu hoặc chữ số"),
        ("holder_name", "  ", "Cần điền ô này"),
        ("channel_id", "", "Cần điền ô này"),
        ("channel_id", "tiền mặt", "Không có lựa chọn này"),
    ],
)
def test_a_bad_stall_is_told_beside_the_field(
    session: Session, enter: Enter, field: str, value: str, said: str
) -> None:
    market, seller = builders.make_market(session), builders.make_seller(session)
    builders.make_stall(session, market, number="A01")
    browser = enter(builders.make_clerk(session))
    path = f"/markets/{market.id}/stalls/new"
    form = _stall(seller, **{field: value})
    shown = browser.post(path, form, page=f"{path}?seller_id={seller.id}")
    assert shown.status == 422
    assert shown.error(field) == said
    for name in ("number", "account_number", "holder_name", "bin"):
        if name != field:
            assert shown.typed(name) == form[name], name
    assert _count(session, Stall) == 1


def test_a_markets_stalls_stand_in_their_order_and_are_found(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    for number in ("A10", "B1", "A2", "A1"):
        builders.make_stall(session, market, number=number)
    browser = enter(builders.make_manager(session, market))
    shown = browser.get(f"/markets/{market.id}")
    numbers = [element.text for element in shown.all("stalls")[0].findall(".//*[@class='code']")]
    assert numbers == ["A1", "A2", "A10", "B1"]
    found = browser.get(f"/markets/{market.id}?q=B1").text("stalls")
    assert found.startswith("B1 ")
    assert browser.get(f"/markets/{market.id}?q=Z9").has("empty")


def test_a_market_of_many_stalls_goes_on(session: Session, enter: Enter) -> None:
    market, seller = builders.make_market(session), builders.make_seller(session)
    account = builders.payout_account()
    for number in range(61):
        builders.make_stall(session, market, seller, number=str(number), payout_account=account)
    browser = enter(builders.make_manager(session, market))
    first = browser.get(f"/markets/{market.id}")
    (link,) = first.tree.findall(".//a[@rel='next']")
    assert len(first.all("stalls")[0]) == 60
    assert len(browser.get(link.get("href", "")).all("stalls")[0]) == 1


def test_an_administrator_opens_a_market(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_administrator(session))
    form = {
        "id": str(new_id()),
        "name": "Chợ Bắc Hà",
        "commune_code": builders.BAC_HA,
        "weekdays": ["6", "5"],
    }
    page = browser.follow(browser.post("/markets/new", form, page="/markets/new"))
    market = session.scalars(select(Market)).one()
    assert market.weekdays == [5, 6]
    assert "họp Thứ Bảy, Chủ Nhật" in page.words
    assert page.has("empty")
    again = browser.post("/markets/new", form | {"id": str(new_id())}, page="/markets/new")
    assert again.error("name") == "Xã này đã có chợ mang tên đó"
    for weekdays in (["7"], ["x"]):
        bad = browser.post("/markets/new", form | {"weekdays": weekdays}, page="/markets/new")
        assert bad.error("weekdays"), weekdays
    assert _count(session, Market) == 1
