"""Whoever comes near a threshold of the year's revenue sees it without opening the book, and so do those who look after
the seller."""

from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from models import Stall
from services import cash_notes
from services.access import actor_of
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.revenues import keep_revenues


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


def earn(session: Session, stall: Stall, amount: int) -> Any:
    """In cash, today."""
    holder = actor_of(builders.make_stallholder(session, stall))
    noted, _ = cash_notes.note_cash(session, holder, stall.id, amount)
    keep_revenues(session)
    return holder, noted


def test_stallholder_is_warned_on_the_stalls_own_page(session: Session, enter: Enter, stall: Stall) -> None:
    browser, path = enter(builders.make_stallholder(session, stall)), f"/stalls/{stall.id}"
    earn(session, stall, 399_999_999)
    assert not browser.get(path).has("standing")
    holder, noted = earn(session, stall, 50_000_001)
    shown = browser.get(path)
    (warning,) = shown.all("threshold")
    assert (warning.get("data-code"), warning.get("data-reach")) == ("exempt_revenue", "near")
    for words in ("500.000.000 ₫", "450.000.000 ₫", "90%"):
        assert words in shown.text("standing")
    (link,) = shown.tree.findall(".//*[@data-testid='standing']//a")
    assert browser.get(link.get("href") or "").text("revenue") == "450.000.000 ₫"
    cash_notes.void_cash_note(session, holder, noted.id)
    keep_revenues(session)
    assert not browser.get(path).has("standing")
    earn(session, stall, 400_000_001)
    near, passed = browser.get(path).all("threshold")
    assert (near.get("data-code"), near.get("data-reach")) == ("einvoice_revenue", "near")
    assert (passed.get("data-code"), passed.get("data-reach")) == ("exempt_revenue", "passed")


def test_who_sells_without_a_stall_or_at_several_is_warned_at_home(
    session: Session, enter: Enter, stall: Stall
) -> None:
    earn(session, stall, 1_000_000_000)
    person = builders.make_seller_account(session, stall.seller)
    shown = enter(person).get("/")
    reaches = {one.get("data-code"): one.get("data-reach") for one in shown.all("threshold")}
    assert reaches == {"exempt_revenue": "passed", "einvoice_revenue": "passed"}
    assert "1.000.000.000 ₫" in shown.text("standing")
    other = builders.make_stall(session)
    assert not enter(builders.make_seller_account(session, other.seller)).get("/").has("standing")


def test_a_clerk_who_sees_no_money_at_a_stall_is_told_nothing_there(
    session: Session, enter: Enter, stall: Stall
) -> None:
    earn(session, stall, 450_000_000)
    assert not enter(builders.make_clerk(session)).get(f"/stalls/{stall.id}").has("standing")
    assert enter(builders.make_manager(session, stall.market)).get(f"/stalls/{stall.id}").has("standing")


def test_each_sees_the_own_sellers_who_are_near(session: Session, enter: Enter, stall: Stall) -> None:
    beside = builders.make_stall(session, stall.market)
    elsewhere = builders.make_stall(
        session,
        builders.make_market(session, commune_code=builders.SA_PA),
        builders.make_seller(session, commune_code=builders.SA_PA),
    )
    for one, amount in ((stall, 450_000_000), (beside, 399_999_999), (elsewhere, 600_000_000)):
        earn(session, one, amount)
    here, there = {str(stall.seller_id)}, {str(elsewhere.seller_id)}
    for person, seen in (
        (builders.make_clerk(session), here),
        (builders.make_manager(session, stall.market), here),
        (builders.make_clerk(session, builders.SA_PA), there),
        (builders.make_administrator(session), here | there),
    ):
        browser = enter(person)
        assert f": {len(seen)}" in browser.get("/").text("thresholds")
        rows = browser.get("/sellers/thresholds").tree.findall(".//a[@data-seller]")
        assert {row.get("data-seller") for row in rows} == seen
        for row in rows:
            assert browser.get(row.get("href") or "").status == 200
    browser = enter(builders.make_manager(session, stall.market))
    assert ": 1" in browser.get(f"/markets/{stall.market_id}").text("thresholds")
    assert ": 1" in browser.get("/sellers").text("thresholds")
    browser = enter(builders.make_administrator(session))
    rows = browser.get(f"/sellers/thresholds?market_id={elsewhere.market_id}").tree.findall(
        ".//a[@data-seller]"
    )
    assert {row.get("data-seller") for row in rows} == there
    counts = enter(builders.make_officer(session)).get("/programme")
    assert counts.text("near") == "2"


def test_many_sellers_cost_no_more_statements_than_one(
    session: Session, engine: Engine, enter: Enter, stall: Stall
) -> None:
    browser = enter(builders.make_manager(session, stall.market))
    told: list[str] = []
    app_engine = browser.client.application.extensions["engine"]
    earn(session, stall, 450_000_000)

    def asked() -> int:
        told.clear()
        listen = lambda *happened: told.append(happened[2])  # noqa: E731
        event.listen(app_engine, "before_cursor_execute", listen)
        shown = browser.get("/sellers/thresholds")
        event.remove(app_engine, "before_cursor_execute", listen)
        assert shown.has("standings")
        return len(told)

    alone = asked()
    for _ in range(3):
        earn(session, builders.make_stall(session, stall.market), 450_000_000)
    assert asked() == alone
