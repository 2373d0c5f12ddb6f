"""The stall's pages: asking for money, seeing it come."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.ids import new_id
from core.vietqr import decode
from models import PaymentRequest, PaymentStatus, Stall
from services.payment_requests import change_status
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.qr_readers import read_in_page


def _payos_stall(session: Session) -> Stall:
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    return builders.make_stall(session, market, channel_id=channel.id)


def _ask(browser: Browser, stall: Stall, **form: Any) -> Any:
    path = f"/stalls/{stall.id}/payment-requests/new"
    return browser.post(path, {"id": str(new_id()), "amount": "45.000"} | form, page=path)


def test_a_stallholder_begins_at_the_stall(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    home = browser.get("/")
    assert home.location == f"/stalls/{stall.id}"
    page = browser.get(home.location)
    assert page.has("take-money")
    assert read_in_page(page.html) == [builders.payload_of(stall)]
    assert page.text("reference") == stall.reference
    assert page.text("today-total") == "0 ₫"


def test_a_clerk_sees_the_qr_and_no_money(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    builders.make_payment(session, builders.make_payment_request(session, stall), 45_000)
    browser = enter(builders.make_clerk(session))
    page = browser.get(f"/stalls/{stall.id}")
    assert page.has("static-qr")
    assert page.has("card")
    assert not page.has("today-total")
    assert not page.has("take-money")
    assert "45.000" not in page.html


def test_a_direct_stall_shows_the_qr_at_once(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    page = browser.follow(_ask(browser, stall, description="2 kg mận"))
    request = session.scalars(select(PaymentRequest)).one()
    assert (request.amount, request.description) == (45_000, "2 kg mận")
    assert read_in_page(page.html) == [request.qr_payload]
    assert page.text("amount") == "45.000 ₫"
    assert page.text("reference") == request.reference
    assert "2 kg mận" in page.words


def test_a_payos_stall_waits_for_the_qr_and_says_so(session: Session, enter: Enter) -> None:
    stall = _payos_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    page = browser.follow(_ask(browser, stall))
    request = session.scalars(select(PaymentRequest)).one()
    assert page.has("waiting")
    assert '<meta http-equiv="refresh"' in page.html, "without script the page asks again by itself"
    state = f"/stalls/{stall.id}/payment-requests/{request.id}/state"
    request.problem = "Bên kia đang bận, hệ thống sẽ tự thử lại"
    session.commit()
    assert browser.get(state).text("delay") == request.problem
    request.qr_payload, request.checkout_url = "00020101", "https://pay.payos.vn/web/abc"
    change_status(session, request, PaymentStatus.AWAITING_PAYMENT, "opened")
    session.commit()
    opened = browser.get(state)
    assert opened.has("request-qr")
    assert opened.all("checkout")[0].get("href") == "https://pay.payos.vn/web/abc"
    assert not opened.has("waiting")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "Cần điền ô này"),
        ("0", "Số tiền phải lớn hơn 0"),
        ("-5000", "Số tiền phải lớn hơn 0"),
        ("45000,50", "Số tiền là số nguyên đồng, không có phần lẻ, ví dụ: 35.000"),
        ("45.5", "Số tiền là số nguyên đồng, không có phần lẻ, ví dụ: 35.000"),
        ("bốn mươi", "Hãy ghi bằng chữ số, ví dụ: 35.000"),
        ("45k", "Hãy ghi đủ số đồng, ví dụ: 35.000, không ghi tắt 35k"),
        ("10.000.000.000.000", "Số tiền không được quá 13 chữ số"),
    ],
)
def test_a_bad_amount_asks_nobody(session: Session, enter: Enter, amount: str, said: str) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    shown = _ask(browser, stall, amount=amount, description="mận")
    assert shown.status == 422
    assert shown.error("amount") == said
    assert shown.typed("amount") == amount
    assert shown.typed("description") == "mận"
    assert session.scalar(select(func.count()).select_from(PaymentRequest)) == 0


def test_sending_the_amount_twice_asks_once(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    same = str(new_id())
    assert _ask(browser, stall, id=same).location == _ask(browser, stall, id=same).location
    assert session.scalar(select(func.count()).select_from(PaymentRequest)) == 1


@pytest.mark.parametrize(
    ("paid", "status", "said"),
    [
        (45_000, PaymentStatus.PAID, "Đã nhận 45.000 ₫"),
        (50_000, PaymentStatus.OVERPAID, "Khách trả thừa 5.000 ₫"),
        (20_000, PaymentStatus.PARTLY_PAID, "Đã nhận 20.000 ₫, còn thiếu 25.000 ₫."),
    ],
)
def test_money_that_came_is_said_large_and_counted(
    session: Session, enter: Enter, paid: int, status: PaymentStatus, said: str
) -> None:
    stall = _payos_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    request = builders.make_payment_request(session, stall, amount=45_000)
    path = f"/stalls/{stall.id}/payment-requests/{request.id}"
    assert not browser.get(path).has("received")
    payment = builders.make_payment(session, request, paid)
    page = browser.get(path)
    assert said in page.words
    assert page.has("received") == (status is not PaymentStatus.PARTLY_PAID)
    today = browser.get(f"/stalls/{stall.id}/today")
    assert today.all("today-total")[0].get("data-amount") == str(paid)
    assert payment.reference in today.text("today-payments")
    assert payment.reference in browser.get(f"/stalls/{stall.id}/payments").words


def test_the_qr_of_a_part_paid_request_asks_for_the_rest(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    page = browser.follow(_ask(browser, stall))
    request = session.scalars(select(PaymentRequest)).one()
    path = f"/stalls/{stall.id}/payment-requests/{request.id}"
    whole = decode(request.qr_payload or "")
    assert read_in_page(page.html) == [request.qr_payload]
    builders.make_payment(session, request, 20_000)
    (asked,) = read_in_page(browser.get(path).html)
    assert decode(asked) == replace(whole, amount=25_000)
    assert "thấy đúng 25.000 ₫ thì chuyển nốt" in browser.get(path).words
    request.qr_payload = f"{request.qr_payload}0"
    session.commit()
    assert read_in_page(browser.get(path).html) == [request.qr_payload], "not ours to change"


def test_a_request_is_cancelled_once_and_not_after_money_came(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    request = builders.make_payment_request(session, stall)
    path = f"/stalls/{stall.id}/payment-requests/{request.id}"
    page = browser.follow(browser.post(f"{path}/cancel", page=path))
    assert page.has("done")
    assert not page.has("cancel")
    assert page.all("payment-request")[0].get("data-status") == "cancelled"
    paid = builders.make_payment_request(session, stall)
    builders.make_payment(session, paid)
    path = f"/stalls/{stall.id}/payment-requests/{paid.id}"
    page = browser.follow(browser.post(f"{path}/cancel", page=path))
    assert page.text("refused") == "Yêu cầu này không hủy được nữa"
    assert page.has("received")


def test_why_the_channel_refused_is_said(session: Session, enter: Enter) -> None:
    stall = _payos_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    request = builders.make_payment_request(session, stall)
    request.problem = "Kênh payOS không tồn tại hoặc đã tạm dừng"
    change_status(session, request, PaymentStatus.CANCELLED, "refused")
    session.commit()
    page = browser.get(f"/stalls/{stall.id}/payment-requests/{request.id}")
    assert "Kênh payOS không tồn tại hoặc đã tạm dừng" in page.text("problem")
    assert page.has("again")


def test_history_is_told_day_by_day(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    assert browser.get(f"/stalls/{stall.id}/payments").has("empty")
    for amount in (10_000, 25_000):
        builders.make_payment(session, builders.make_payment_request(session, stall, amount=amount))
    page = browser.get(f"/stalls/{stall.id}/payments")
    assert "2 lần trả · 35.000 ₫" in page.words
    assert len(page.all("payments")[0]) == 2


def test_the_page_listens_from_the_last_event_on(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    builders.make_payment_request(session, stall)
    page = browser.get(f"/stalls/{stall.id}")
    address = page.tree.find(".//*[@id='live']").get("data-events")
    assert address.startswith(f"/api/v1/stalls/{stall.id}/events?last_event_id=")
    assert int(address.rpartition("=")[2]) > 0
