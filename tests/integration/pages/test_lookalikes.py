"""The desk's question whether two statements tell of one transfer."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ExceptionKind, Market, ReconciliationException, Stall, User
from tests import builders
from tests.bank_notices import ACCOUNT
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.services.statement_files import balances, import_rows, in_mb_layout, row, today
from tests.integration.services.told import tell


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return builders.make_stall(session, market)


@pytest.fixture
def manager(session: Session, market: Market) -> User:
    return builders.make_manager(session, market)


@pytest.fixture
def path(session: Session, stall: Stall) -> str:
    import_rows(session, stall, row("mua rau Sa Pa", reference="FT77"))
    import_rows(session, stall, row("MUA RAU SA PA", reference=""))
    return asked_about(session)


def asked_about(session: Session) -> str:
    query = select(ReconciliationException.id).where(ReconciliationException.kind == ExceptionKind.MAYBE_SAME)
    return f"/exceptions/{session.scalars(query).one()}"


def send(browser: Browser, path: str, reason: str) -> None:
    sent = browser.post(path, {"reason": reason}, page=path)
    assert sent.status == 303, sent.words


def test_both_lines_and_the_question_are_shown(
    session: Session, enter: Enter, manager: User, market: Market, path: str
) -> None:
    browser = enter(manager)
    assert "Có thể là một lần chuyển ghi hai lần" in browser.get(f"/markets/{market.id}/exceptions").words
    page = browser.get(path)
    for words in ("mua rau Sa Pa", "MUA RAU SA PA", "FT77", "không có mã giao dịch", "sao-ke.csv"):
        assert words in page.text("facts")
    assert "chưa được tính tiền" in page.text("why")
    assert page.has("same_transfer")
    assert page.has("another_transfer")
    assert not page.has("ignore")
    assert not page.has("write_off")


def test_what_differs_under_one_reference_is_shown(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    moment = f"{today():%d/%m/%Y} 09:00:00"
    for balance in ("1.050.000", "2.050.000"):
        in_mb_layout(session, stall, (moment, "FT77", "", "50.000", balance, "mua rau"))
    page = enter(manager).get(asked_about(session))
    assert "1.050.000" in page.text("facts")
    assert "2.050.000" in page.text("facts")
    assert "cùng mã giao dịch" in page.text("why")


def test_line_that_a_notice_told_otherwise_is_shown_beside_it(
    session: Session, enter: Enter, manager: User, market: Market
) -> None:
    stall = builders.make_stall(
        session, market, payout_account=builders.payout_account(account_number=ACCOUNT)
    )
    tell(session, stall, "mua rau", reference="FT77")
    import_rows(session, stall, row("tra tien thit", reference="FT77"))
    page = enter(manager).get(asked_about(session))
    for words in ("mua rau", "tra tien thit", "ngân hàng báo ngay lúc tiền đến"):
        assert words in page.text("facts")


def test_same_transfer_can_be_taken_back_and_decided_anew(
    session: Session, enter: Enter, manager: User, market: Market, path: str
) -> None:
    browser = enter(manager)
    assert browser.post(f"{path}/same", {"reason": ""}, page=f"{path}/same").error("reason")
    send(browser, f"{path}/same", "Hỏi khách rồi")
    page = browser.get(path)
    assert "Hỏi khách rồi" in page.text("history")
    assert page.has("undo")
    assert not page.has("same_transfer")
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    (undo,) = [link.get("href") for link in page.tree.iter("a") if link.get("data-testid") == "undo"]
    send(browser, undo or "", "Nhầm")
    send(browser, f"{path}/another", "Khách chuyển hai lần")
    session.rollback()
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}
    again = browser.post(f"{path}/another", {"reason": "Bấm lại"}, page=f"{path}/another")
    assert again.status == 409
    (undo,) = [
        link.get("href") for link in browser.get(path).tree.iter("a") if link.get("data-testid") == "undo"
    ]
    send(browser, undo or "", "Vẫn là một lần")
    session.rollback()
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    assert browser.get(path).has("same_transfer")


def test_another_markets_manager_sees_and_decides_nothing(session: Session, enter: Enter, path: str) -> None:
    browser = enter(builders.make_manager(session, builders.make_market(session)))
    for tail in ("/same", "/another"):
        assert browser.get(path + tail).status == 404
        assert browser.post(path + tail, {"reason": "x"}, page="/markets").status == 404
