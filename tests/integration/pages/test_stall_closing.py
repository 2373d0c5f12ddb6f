"""Closing a stall on its page: what is said before, what is shown after, and the way back."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.periods import month_of, next_month
from models import FeeKind, Market, Role, Stall
from services import accounts
from services.fees import issue_invoices
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.services.closing import TODAY, YESTERDAY, closed, stood_for
from tests.integration.services.fees import make_tariff


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    found = builders.make_stall(session, market, number="A12")
    stood_for(session, found)
    return found


@pytest.fixture
def manager(session: Session, market: Market, enter: Enter) -> Browser:
    return enter(builders.make_manager(session, market))


def close(browser: Browser, stall: Stall, day: str = TODAY.isoformat()):
    path = f"/stalls/{stall.id}/close"
    return browser.post(path, {"closed_on": day}, page=path)


def test_manager_is_told_what_happens_and_then_closes(
    session: Session, stall: Stall, manager: Browser
) -> None:
    builders.make_payment_request(session, stall)
    assert manager.get(f"/stalls/{stall.id}").has("close-stall")
    asked = manager.get(f"/stalls/{stall.id}/close")
    assert "1 yêu cầu đang chờ khách trả" in asked.text("requests")
    assert asked.typed("closed_on") == TODAY.isoformat()
    assert not [one for one in ("owed", "later") if asked.has(one)]
    page = manager.follow(close(manager, stall))
    assert f"Quầy đã đóng ngày {TODAY:%d/%m/%Y}" in page.text("closed")
    for gone in ("static-qr", "take-money", "card", "stall-channel", "close-stall"):
        assert not page.has(gone), gone
    assert page.has("reopen-stall")
    assert manager.follow(manager.get(f"/stalls/{stall.id}/close")).has("closed")
    again = manager.follow(manager.post(f"/stalls/{stall.id}/reopen"))
    assert again.has("static-qr")


def test_opening_it_again_tells_of_fees_that_were_called_off(
    session: Session, market: Market, stall: Stall, manager: Browser
) -> None:
    def open_again() -> str:
        close(manager, stall)
        return manager.follow(manager.post(f"/stalls/{stall.id}/reopen")).words

    assert "phí đã hủy khi đóng" not in open_again()
    make_tariff(session, market, FeeKind.STALL_MONTH)
    issue_invoices(session, builders.anybody(session), market.id, next_month(month_of(TODAY)))
    session.commit()
    assert "phí đã hủy khi đóng" in open_again()


def test_day_that_cannot_be_is_told_beside_it(stall: Stall, manager: Browser) -> None:
    for wrong, said in (
        ((TODAY + timedelta(days=1)).isoformat(), "Từ ngày mở quầy"),
        ("hôm qua", "Ngày chưa đúng"),
        ("", "Cần điền ô này"),
    ):
        shown = close(manager, stall, wrong)
        assert shown.status == 422
        assert said in (shown.error("closed_on") or "")
    assert manager.get(f"/stalls/{stall.id}").has("static-qr")


def test_number_that_is_anothers_is_said_where_it_would_be_opened_again(
    session: Session, market: Market, stall: Stall, manager: Browser
) -> None:
    closed(session, stall)
    following = builders.make_stall(session, market, number="A12")
    page = manager.get(f"/stalls/{stall.id}")
    assert not page.has("reopen-stall")
    assert f"nay là của {following.seller.name}" in page.text("closed")
    refused = manager.follow(manager.post(f"/stalls/{stall.id}/reopen"))
    assert "đã giao cho người khác" in refused.words


def test_markets_page_shows_the_open_ones_and_the_way_to_the_others(
    session: Session, market: Market, stall: Stall, manager: Browser
) -> None:
    assert not manager.get(f"/markets/{market.id}").has("closed-stalls")
    closed(session, stall)
    page = manager.get(f"/markets/{market.id}")
    assert page.has("empty")
    assert "(1)" in page.text("closed-stalls")
    assert not page.has("paid-though-closed")
    shown = manager.get(f"/markets/{market.id}?status=closed")
    assert f"A12 · {stall.seller.name}" in shown.text("stalls")
    assert manager.get(f"/markets/{market.id}?status=closed&q=A12").has("stalls")
    assert manager.get(f"/markets/{market.id}?q=A12").has("empty")


def test_markets_page_tells_of_money_that_comes_all_the_same(
    session: Session, market: Market, stall: Stall, manager: Browser
) -> None:
    request = builders.make_payment_request(session, stall)
    closed(session, stall, YESTERDAY)
    builders.make_payment(session, request)
    told = manager.get(f"/markets/{market.id}").text("paid-though-closed")
    assert "Quầy A12" in told
    assert "1 lần trả" in told
    assert "50.000" in told
    assert manager.get(f"/stalls/{stall.id}/payments").has("payments")


def test_scan_of_its_printed_qr_says_since_when(session: Session, stall: Stall, manager: Browser) -> None:
    payload = builders.payload_of(stall)
    closed(session, stall)
    path = f"/markets/{stall.market_id}/qr-check"
    verdict = manager.post(path, {"text": payload}, page=path).text("verdict")
    assert f"Quầy đã đóng ngày {TODAY:%d/%m/%Y}" in verdict
    assert "Gỡ mã này xuống" in verdict


def test_holder_sees_what_was_and_is_asked_for_nothing_new(
    session: Session, stall: Stall, enter: Enter
) -> None:
    holder = enter(builders.make_stallholder(session, stall))
    path = f"/stalls/{stall.id}"
    assert holder.get(f"{path}/cash").has("submit")
    closed(session, stall)
    page = holder.get(path)
    assert page.has("closed")
    assert not [one for one in ("static-qr", "reopen-stall") if page.has(one)]
    for kept in ("stall-cash", "stall-book", "stall-fees"):
        assert page.has(kept), kept
    assert "Quầy A12 đã đóng ngày" in holder.follow(holder.get(f"{path}/payment-requests/new")).words
    sent = holder.post(f"{path}/payment-requests/new", {"amount": "5000"}, page=path)
    assert (sent.status, "đã đóng ngày" in sent.text("problems")) == (409, True)
    assert not holder.get(f"{path}/cash").has("submit")
    assert holder.get("/listings").status == 200


def test_one_closed_beside_an_open_one_is_named_so_at_home(
    session: Session, market: Market, stall: Stall, enter: Enter
) -> None:
    from_now = builders.make_stall(session, market, stall.seller, number="B1")
    user = builders.make_stallholder(session, stall)
    accounts.grant_role(session, user, Role.STALLHOLDER, str(from_now.id))
    session.commit()
    closed(session, stall)
    told = enter(user).get("/").text("own-stalls")
    assert "đã đóng" in told
    assert "Quầy B1" in told
