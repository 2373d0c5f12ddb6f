"""What undoes something at the desk is taken back there, too; or the page says what stands in the way."""

import pytest
from sqlalchemy.orm import Session

from models import Market, Payment, PaymentRequest, Stall, User
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.services.desk import balances, exception_of
from tests.integration.services.statement_files import import_rows, row


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return builders.make_stall(session, market, channel_id=builders.make_payos_channel(session, market).id)


@pytest.fixture
def manager(session: Session, market: Market) -> User:
    return builders.make_manager(session, market)


def path_of(session: Session, payment: Payment) -> str:
    return f"/exceptions/{exception_of(session, payment).id}"


def send(browser: Browser, path: str, reason: str) -> None:
    sent = browser.post(path, {"reason": reason}, page=path)
    assert sent.status == 303, sent.words


def undo_at(browser: Browser, path: str) -> str:
    (undo,) = browser.get(path).all("undo")
    return str(undo.get("href"))


def test_debit_that_was_a_reversal_after_all(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    payment = builders.make_payment(session, request := builders.make_payment_request(session, stall))
    import_rows(session, stall, row(f"THANH TOAN HO {request.reference}", -50_000), by_channel=True)
    browser, path = enter(manager), path_of(session, payment)
    send(browser, f"{path}/restore", "Trả tiền hàng hộ")
    undo = undo_at(browser, path)
    assert "bị ngân hàng rút" in browser.get(undo).words
    send(browser, undo, "Ngân hàng đã rút thật")
    page = browser.get(path)
    assert page.has("restore")
    assert "rút lại: Ngân hàng đã rút thật" in page.text("history")
    assert balances(session, market) == {}


def test_match_that_was_taken_apart_is_put_together_again(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    request = builders.make_payment_request(session, stall)
    payment = builders.make_payment(session, request)
    browser, apart = enter(manager), f"/payments/{payment.id}/unmatch"
    browser.follow(browser.post(apart, {"reason": "Khách trả nhầm quầy"}, page=apart))
    path = path_of(session, payment)
    undo = undo_at(browser, path)
    assert "như trước khi gỡ" in browser.get(undo).words
    send(browser, undo, "Đúng quầy này")
    page = browser.get(path)
    assert "Đã giải quyết" in page.words
    assert "rút lại: Đúng quầy này" in page.text("history")
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_what_stands_in_the_way_of_taking_back_is_said(
    session: Session, enter: Enter, manager: User, stall: Stall
) -> None:
    request = builders.make_payment_request(session, stall)
    payment = builders.make_payment(session, request)
    browser, apart = enter(manager), f"/payments/{payment.id}/unmatch"
    browser.follow(browser.post(apart, {"reason": "Khách trả nhầm quầy"}, page=apart))
    path = path_of(session, payment)
    undo = undo_at(browser, path)
    builders.make_payment(session, session.get_one(PaymentRequest, request.id))
    page = browser.get(path)
    assert not page.has("undo")
    assert f"Yêu cầu {request.reference} đã được trả bằng tiền khác" in page.text("why-not")
    late = browser.post(undo, {"reason": "Đúng quầy này"}, page=undo)
    assert (late.status, late.typed("reason")) == (409, "Đúng quầy này")
