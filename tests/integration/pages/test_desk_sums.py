"""Which sum the desk says of a case, and to whose account money goes back."""

import pytest
from sqlalchemy.orm import Session

from models import CollectionChannel, ExceptionKind, Market, ReconciliationException, Stall, User
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.services.desk import TYPED, exception_of


@pytest.fixture
def market(session: Session) -> Market:
    return builders.make_market(session)


@pytest.fixture
def channel(session: Session, market: Market) -> CollectionChannel:
    return builders.make_payos_channel(session, market)


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return builders.make_stall(session, market, channel_id=channel.id)


@pytest.fixture
def manager(session: Session, market: Market) -> User:
    return builders.make_manager(session, market)


def sums_in(browser: Browser, market: Market, query: str = "") -> list[str | None]:
    (found,) = browser.get(f"/markets/{market.id}/exceptions{query}").all("exceptions")
    return [element.get("data-amount") for element in found.findall(".//*[@data-amount]")]


def test_what_is_too_little_is_said_by_what_is_missing(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    request = builders.make_payment_request(session, stall, amount=50_000)
    payment = builders.make_payment(session, request, 40_000)
    facts = {"market_id": market.id, "payment_id": payment.id, "payment_request_id": request.id}
    session.add(ReconciliationException(kind=ExceptionKind.UNDERPAID, amount=40_000, **facts))
    session.commit()
    browser = enter(manager)
    assert sums_in(browser, market) == ["10000"]
    page = browser.get(f"/exceptions/{exception_of(session, payment).id}")
    assert page.text("at-stake") == "10.000 ₫"
    assert "cần thu 50.000 ₫, đã đến 40.000 ₫" in page.words


def test_resolved_case_goes_on_saying_what_was_decided_about(
    session: Session, enter: Enter, manager: User, market: Market, stall: Stall
) -> None:
    payment = builders.make_payment(session, builders.make_payment_request(session, stall), 55_000)
    browser, path = enter(manager), f"/exceptions/{exception_of(session, payment).id}"
    assert (sums_in(browser, market), browser.get(path).text("at-stake")) == (["5000"], "5.000 ₫")
    browser.follow(browser.post(f"{path}/write-off", {"reason": "Không ai hỏi"}, page=path))
    assert sums_in(browser, market, "?status=resolved") == ["5000"]
    assert browser.get(path).text("at-stake") == "5.000 ₫"


def test_second_person_sees_to_whose_account_the_money_goes(
    session: Session, enter: Enter, manager: User, market: Market, channel: CollectionChannel
) -> None:
    path = f"/exceptions/{exception_of(session, builders.make_orphan(session, channel)).id}"
    browser = enter(manager)
    browser.follow(browser.post(f"{path}/refund", {**TYPED, "reason": "Khách gọi"}, page=path))
    page = enter(builders.make_manager(session, market)).get(path)
    assert page.text("to-account").endswith(f"•002 · {TYPED['holder_name']}")
    assert TYPED["account_number"] not in page.html
