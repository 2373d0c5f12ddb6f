"""Cash, the revenue book, and the administrator's pages of keys and rules, as people walk through them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from gateways.ports import OrderStatus
from gateways.settlements import SettledAmounts, SettlementKind
from models import AuditEntry, CashNote, CollectionChannel, Stall, TaxRule
from services import reference_data
from services.access import actor_of
from services.cash_notes import note_cash
from tests import builders
from tests.integration.pages.conftest import Enter

YEAR = business_day(now()).year
KEYS = {"client_id": "new-client", "api_key": "new-api-key", "checksum_key": "new-checksum-key"}


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


def test_holder_notes_cash_and_takes_a_mistake_back(session: Session, enter: Enter, stall: Stall) -> None:
    browser, path = enter(builders.make_stallholder(session, stall)), f"/stalls/{stall.id}/cash"
    assert browser.get(path).text("cash-total") == "0 ₫"
    form = {"id": str(uuid4()), "amount": "35.000", "note": "2 kg mận"}
    for _ in range(2):
        shown = browser.follow(browser.post(path, form, page=path))
    assert shown.text("cash-total") == "35.000 ₫"
    assert "2 kg mận" in shown.text("cash-notes")
    shown = browser.follow(browser.post(f"{path}/{form['id']}/undo", page=path))
    assert shown.text("cash-total") == "0 ₫"
    assert "đã bỏ" in shown.text("cash-notes")
    assert not shown.has("undo")


def test_what_was_typed_wrongly_is_said_and_nothing_stored(
    session: Session, enter: Enter, stall: Stall
) -> None:
    browser, path = enter(builders.make_stallholder(session, stall)), f"/stalls/{stall.id}/cash"
    for amount in ("", "0", "ba mươi"):
        shown = browser.post(path, {"amount": amount, "note": "mận"}, page=path)
        assert (shown.status, shown.typed("note")) == (422, "mận")
        assert shown.error("amount")
    assert session.scalars(select(CashNote)).all() == []


def test_manager_reads_cash_and_another_holder_finds_nothing(
    session: Session, enter: Enter, stall: Stall
) -> None:
    noted, _ = note_cash(session, actor_of(builders.make_stallholder(session, stall)), stall.id, 35_000)
    session.commit()
    path = f"/stalls/{stall.id}/cash"
    browser = enter(builders.make_manager(session, stall.market))
    shown = browser.get(path)
    assert (shown.text("cash-total"), shown.has("submit"), shown.has("undo")) == ("35.000 ₫", False, False)
    assert browser.post(path, {"amount": "1.000"}, page=path).status == 403
    report = browser.get(f"/markets/{stall.market_id}/report")
    assert report.text("total-cash") == "35.000 ₫"
    assert "35.000 ₫" in report.text("report")
    other = builders.make_stall(session)
    browser, home = enter(builders.make_stallholder(session, other)), f"/stalls/{other.id}"
    assert browser.get(path).status == 404
    assert browser.post(path, {"amount": "1.000"}, page=home).status == 404
    assert browser.post(f"{path}/{noted.id}/undo", page=home).status == 404
    assert browser.get(f"/sellers/{stall.seller_id}/revenue-book").status == 404


def test_book_warns_and_leads_to_both_files(session: Session, enter: Enter, stall: Stall) -> None:
    holder = builders.make_stallholder(session, stall)
    note_cash(session, actor_of(holder), stall.id, 450_000_000)
    session.commit()
    browser = enter(holder)
    assert browser.get(f"/stalls/{stall.id}").has("stall-book")
    path = f"/sellers/{stall.seller_id}/revenue-book"
    shown = browser.get(path)
    (warning,) = shown.all("threshold")
    assert (warning.get("data-code"), warning.get("data-reach")) == ("exempt_revenue", "near")
    assert "500.000.000 ₫" in shown.text("threshold")
    assert "90%" in shown.text("threshold")
    assert shown.text("revenue") == "450.000.000 ₫"
    assert not shown.has("vat")
    assert browser.get(f"{path}?form=S2a").text("vat") == "4.500.000 ₫"
    for testid, kind in (("pdf", "application/pdf"), ("xlsx", "spreadsheetml")):
        (link,) = shown.all(testid)
        answer = browser.client.get(link.get("href") or "")
        assert (answer.status_code, kind in answer.content_type) == (200, True)


def test_book_takes_off_what_a_floor_gave_back(session: Session, enter: Enter, stall: Stall) -> None:
    product = builders.make_product(session, stall.seller)
    listing = builders.make_approved_listing(session, product, price=50_000)
    order = builders.make_order(
        session, listing, marketplace="shopee", status=OrderStatus.DELIVERED, paid=True
    )
    browser = enter(builders.make_stallholder(session, stall))
    path = f"/sellers/{stall.seller_id}/revenue-book"
    builders.settle(session, builders.settlement(order))
    shown = browser.get(path)
    assert (shown.text("revenue"), shown.text("withheld"), shown.has("lowered")) == (
        "100.000 ₫",
        "1.500 ₫",
        False,
    )
    back = SettledAmounts(-40_000, 0, -600, -39_400, -400, -200)
    builders.settle(session, builders.settlement(order, kind=SettlementKind.ADJUSTMENT, amounts=back))
    shown = browser.get(path)
    assert (shown.text("revenue"), shown.text("ordered"), shown.text("withheld")) == (
        "60.000 ₫",
        "60.000 ₫",
        "900 ₫",
    )
    assert shown.has("lowered")


def test_year_without_a_form_says_so(session: Session, enter: Enter, stall: Stall) -> None:
    browser = enter(builders.make_stallholder(session, stall))
    if YEAR - 2025 < 5:
        assert browser.get(f"/sellers/{stall.seller_id}/revenue-book?year=2025").has("empty")


def test_clerk_finds_the_book_beside_the_seller(session: Session, enter: Enter, stall: Stall) -> None:
    browser = enter(builders.make_clerk(session))
    assert browser.get(f"/sellers/{stall.seller_id}").has("book")
    assert browser.get(f"/sellers/{stall.seller_id}/revenue-book").status == 200


def test_administrator_changes_keys_that_no_page_shows_again(session: Session, enter: Enter) -> None:
    channel = builders.make_payos_channel(session, builders.make_market(session))
    browser = enter(builders.make_administrator(session))
    assert channel.name in browser.get("/admin/channels").text("channels")
    path = f"/channels/{channel.id}/payos"
    refused = browser.post(path, {**KEYS, "api_key": "", "keep_old_days": "91"}, page=path)
    assert (refused.status, bool(refused.error("api_key")), bool(refused.error("keep_old_days"))) == (
        422,
        True,
        True,
    )
    shown = browser.follow(browser.post(path, {**KEYS, "keep_old_days": "7"}, page=path))
    assert shown.has("old-keys")
    for page in (refused, shown, browser.get("/admin/channels")):
        assert not [key for key in (*KEYS.values(), "a-checksum-key", "an-api-key") if key in page.html]
    session.expire_all()
    stored = session.get_one(CollectionChannel, channel.id)
    assert "new-checksum-key" in (stored.credentials or "")
    direct = builders.make_stall(session).channel_id
    assert browser.get(f"/channels/{direct}/payos").status == 404


@pytest.fixture
def listed(session: Session) -> Iterator[None]:
    """Banks stay from test to test: afterwards they are again what the file says."""
    yield
    session.rollback()
    reference_data.import_banks(session)
    session.commit()


def test_bank_that_left_the_list_is_closed_and_not_offered(
    session: Session, enter: Enter, tmp_path: Path, listed: None
) -> None:
    market = builders.make_market(session)
    stall = builders.make_stall(session, market)
    lines = (reference_data.DATA / "banks.csv").read_text().splitlines()
    (tmp_path / "banks.csv").write_text("\n".join(one for one in lines if not one.startswith(builders.BANK)))
    assert reference_data.import_banks(session, tmp_path) == len(lines) - 2
    session.commit()
    browser = enter(builders.make_administrator(session))
    assert browser.get("/admin/banks").text("closed").startswith("Thôi dùng từ")
    path = f"/markets/{market.id}/stalls/new?seller_id={stall.seller_id}"
    assert f'value="{builders.BANK}"' not in browser.get(path).html
    typed = {"number": "B9", "seller_id": str(stall.seller_id), "holder_name": "A", "channel_id": "direct"}
    other = typed | {"bin": builders.BANK, "account_number": "190099"}
    assert "danh mục" in (browser.post(path, other, page=path).error("bin") or "")
    number = stall.payout_account.account_number
    assert browser.post(path, other | {"account_number": number}, page=path).status == 303
    assert browser.get(f"/stalls/{stall.id}").status == 200
    shown = browser.follow(browser.post("/admin/banks/reload", page="/admin/banks"))
    assert not shown.has("closed")
    assert session.scalars(select(AuditEntry.action)).all() == ["banks.reloaded"]


def test_administrator_reads_the_rules_again(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_administrator(session))
    rule = session.scalars(select(TaxRule).where(TaxRule.code == "exempt_revenue")).one()
    rule.number = 1
    session.commit()
    shown = browser.follow(browser.post("/admin/tax-rules/reload", page="/admin/tax-rules"))
    assert "500.000.000 ₫" in shown.text("tax-rules")
    session.expire_all()
    assert session.get_one(TaxRule, ("exempt_revenue", rule.valid_from)).number == 500_000_000
    assert session.scalars(select(AuditEntry.action)).all() == ["tax_rules.reloaded"]
