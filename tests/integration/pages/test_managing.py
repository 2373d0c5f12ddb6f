"""What managers, officers and administrators look at."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import (
    DeliveryStatus,
    EventDelivery,
    ExceptionKind,
    FloorAccount,
    OutboxEvent,
    PollSubject,
    Publication,
    Role,
    RoleGrant,
    User,
)
from services import floor_accounts, floor_polls
from services.marketplaces import BY_WORKERS
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.integration.pages.dom import words_of


def test_no_page_of_a_list_is_beyond_counting(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    manager = enter(builders.make_manager(session, market))
    for path in (
        f"/markets/{market.id}",
        f"/markets/{market.id}/exceptions",
        f"/markets/{market.id}/channels",
    ):
        for number in ("99999999999999999999", "-1", "0", "x"):
            assert manager.get(f"{path}?page={number}").status == 200


def test_the_report_adds_up_what_came(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    first, second = builders.make_stall(session, market), builders.make_stall(session, market)
    builders.make_payment(session, builders.make_payment_request(session, first), 45_000)
    builders.make_payment(session, builders.make_payment_request(session, first), 55_000)
    manager = enter(builders.make_manager(session, market))
    home = manager.get("/")
    assert "100.000 ₫" in home.text("markets-today")
    page = manager.get(f"/markets/{market.id}/report?group_by=stall")
    assert page.text("total-cashless") == "100.000 ₫"
    assert page.text("total-payments") == "2"
    assert page.text("total-stalls") == "1/2"
    rows = {row.get("data-key"): words_of(row) for row in page.all("report")[0].findall(".//tbody/tr")}
    assert "100.000 ₫" in rows[str(first.id)]
    assert "0 ₫" in rows[str(second.id)]
    csv = manager.client.get(page.all("csv")[0].get("href", ""))
    assert csv.status_code == 200
    assert "100000" in csv.text


def test_an_empty_report_says_what_will_come(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    page = enter(builders.make_manager(session, market)).get(f"/markets/{market.id}/report")
    assert page.has("empty")
    assert page.text("total-cashless") == "0 ₫"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("first=2026-02-30&last=2026-03-01", "first"),
        ("first=2026-03-02&last=2026-03-01", "last"),
        ("first=2020-01-01&last=2026-03-01", "last"),
        ("first=&last=2026-03-01", "first"),
    ],
)
def test_impossible_times_are_told_beside_the_field(
    session: Session, enter: Enter, query: str, field: str
) -> None:
    market = builders.make_market(session)
    page = enter(builders.make_manager(session, market)).get(f"/markets/{market.id}/report?{query}")
    assert page.status == 422
    assert page.error(field)
    assert not page.has("totals")


def test_exceptions_are_named_in_words(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    stall = builders.make_stall(session, market, channel_id=channel.id)
    request = builders.make_payment_request(session, stall, amount=45_000)
    builders.make_payment(session, request, 50_000)
    builders.make_orphan(session, channel, 70_000)
    browser = enter(builders.make_manager(session, market))
    page = browser.get(f"/markets/{market.id}/exceptions")
    kinds = {element.get("data-kind") for element in page.tree.findall(".//*[@data-kind]")}
    assert kinds == {ExceptionKind.OVERPAID, ExceptionKind.ORPHAN}
    assert "cần thu 45.000 ₫, đã đến 50.000 ₫" in page.words
    assert request.reference in page.words
    assert "70.000 ₫" in page.words
    other = builders.make_market(session)
    assert enter(builders.make_manager(session, other)).get(f"/markets/{other.id}/exceptions").has("empty")


def test_the_programme_counts_and_names_nobody(session: Session, enter: Enter) -> None:
    household = builders.make_household(session, head_name="Lù Thị Mai")
    seller = builders.make_seller(session, household_id=household.id, name="Gian hàng của Mai")
    stall = builders.make_stall(session, seller=seller)
    builders.make_payment(session, builders.make_payment_request(session, stall), 45_000)
    last_month = now() - timedelta(days=40)
    builders.make_payment(session, builders.make_payment_request(session, stall), 99_000, last_month)
    draft = builders.make_household(session, consents=[])
    browser = enter(builders.make_officer(session))
    assert browser.get("/").location == "/programme"
    page = browser.get("/programme")
    assert page.text("amount") == "45.000 ₫"
    (row,) = page.tree.findall(f".//tr[@data-commune='{builders.BAC_HA}']")
    assert [cell.text for cell in row.findall("td")][:5] == ["1", "1", "0", "0", "1"]
    for secret in (household.head_name, seller.name, household.phone, household.code, draft.head_name):
        assert secret not in page.html
    elsewhere = enter(builders.make_officer(session, "01")).get("/programme")
    assert elsewhere.has("empty")


def _add(enter: Enter, session: Session, query: str, **form: str) -> object:
    browser = enter(builders.make_administrator(session))
    path = f"/admin/people/new?{query}"
    facts = {"name": "Hảng A Dê", "phone": "0912 345 678", "password": "mat khau moi"} | form
    return browser.post(path, facts, page=path)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SELLER])
def test_people_are_taken_on_in_each_role(session: Session, enter: Enter, role: Role) -> None:
    stall = builders.make_stall(session)
    place = {
        Role.CLERK: builders.BAC_HA,
        Role.STALLHOLDER: str(stall.id),
        Role.MANAGER: str(stall.market_id),
        Role.OFFICER: builders.LAO_CAI,
        Role.ADMINISTRATOR: "VN",
    }[role]
    query = f"role={role}" + (f"&stall_id={stall.id}" if role is Role.STALLHOLDER else "")
    assert _add(enter, session, query, place_key=place).location == "/admin/people"
    user = session.scalars(select(User).where(User.phone == "+84912345678")).one()
    grant = session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).one()
    assert (grant.role, grant.place_key) == (role, place)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"place_key": "99999"}, "place_key"),
        ({"place_key": builders.BAC_HA, "password": "ngan"}, "password"),
        ({"place_key": builders.BAC_HA, "phone": "+84989999999"}, "phone"),
        ({"place_key": builders.BAC_HA, "name": ""}, "name"),
    ],
)
def test_people_who_cannot_be_taken_on_are_not(
    session: Session, enter: Enter, form: dict[str, str], field: str
) -> None:
    builders.anybody(session)
    shown = _add(enter, session, "role=clerk", **form)
    assert shown.status == 422
    assert shown.error(field)
    assert shown.typed("password") is None
    session.expire_all()
    assert session.scalar(select(User.id).where(User.phone == "+84912345678")) is None


def test_people_are_found(session: Session, enter: Enter) -> None:
    clerk = builders.make_clerk(session)
    browser = enter(builders.make_administrator(session))
    page = browser.get("/admin/people?q=Bưu")
    assert clerk.name in page.text("people")
    assert "Xã Bắc Hà" in page.text("people")
    assert browser.get("/admin/people?q=khongco").has("empty")


def test_given_up_work_is_shown_and_run_again(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_administrator(session))
    assert browser.get("/admin/dead-letters").has("empty")
    events = [_dead_letter(session, f"job {number}") for number in range(3)]
    page = browser.get("/admin/dead-letters")
    assert "payos said no" in page.words
    assert len(page.all("replay")) == 3
    browser.post("/admin/dead-letters/replay", {"event_id": str(events[0])}, page="/")
    assert len(browser.get("/admin/dead-letters").all("replay")) == 2
    browser.post("/admin/dead-letters/replay", page="/")
    assert browser.get("/admin/dead-letters").has("empty")
    statuses = session.scalars(select(EventDelivery.status)).all()
    assert set(statuses) == {DeliveryStatus.QUEUED}


def _dead_letter(session: Session, job: str) -> int:
    event_id = session.scalars(
        insert(OutboxEvent).values(type="payment_request.created.v1", payload={}).returning(OutboxEvent.id)
    ).one()
    delivery = {"status": DeliveryStatus.DEAD, "attempts": 9, "error": "payos said no", "due_at": now()}
    session.execute(insert(EventDelivery).values(event_id=event_id, job=job, **delivery))
    session.commit()
    return event_id


def test_channels_are_listed_without_their_secrets(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    builders.make_payos_channel(session, market)
    page = enter(builders.make_administrator(session)).get("/admin/channels")
    assert market.name in page.text("channels")
    assert "an-api-key" not in page.html


def test_today_is_the_markets_day(session: Session, enter: Enter) -> None:
    market = builders.make_market(session)
    page = enter(builders.make_manager(session, market)).get(f"/markets/{market.id}/report")
    assert business_day(now()).strftime("%d/%m/%Y") in page.words


def test_a_floor_that_shuts_us_out_is_shown_told_and_opened_again(
    session: Session, enter: Enter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    browser = enter(builders.make_administrator(session))
    listing = builders.make_approved_listing(session)
    floor_accounts.note_failure(session, "shopee", retry_after=600)
    floor_accounts.note_shut(session, "vendure", "INVALID_CREDENTIALS_ERROR: <b>no</b>", now())
    session.execute(update(Publication).values(problems=[asdict(floor_accounts.SHUT)], next_attempt_at=now()))
    session.commit()
    assert "1 sàn cần nối lại" in browser.get("/").text("floors")
    assert "chophien_floors_shut 1" in browser.get("/metrics").words
    page = browser.get("/admin/floors")
    assert "Cần nối lại tài khoản" in page.text("shut")
    assert "gọi lại lúc" in page.text("rests")
    assert "<b>no" not in page.html
    assert "1 tin đang chờ" in page.words
    waiting = browser.get(f"/listings/{listing.id}")
    assert "Sàn này cần nối lại tài khoản: hãy báo người quản trị" in waiting.words
    assert "Thử lại lúc" not in waiting.words
    page = browser.follow(browser.post("/admin/floors/vendure/ask-again", page="/admin/floors"))
    assert (page.has("shut"), page.has("trying")) == (False, True)
    assert "sàn cần nối lại" not in browser.get("/").text("floors")
    assert browser.post("/admin/floors/nowhere/ask-again", page="/admin/floors").status == 404


def test_a_floor_is_called_connected_once_it_has_let_us_in_again(
    session: Session, enter: Enter, disconnect: Callable[..., None]
) -> None:
    disconnect(*(name for name in BY_WORKERS if name != "shopee"))
    browser = enter(builders.make_administrator(session))
    floor_accounts.note_shut(session, "shopee", "invalid_acceess_token", now())
    session.commit()
    page = browser.get("/admin/floors")
    assert page.text("how") == "flask --app wsgi connect-floor shopee"
    assert "Shopee ghi: invalid_acceess_token" in page.text("floors")
    page = browser.follow(browser.post("/admin/floors/shopee/ask-again", page="/admin/floors"))
    assert (page.has("shut"), page.has("trying")) == (False, True)
    assert "Đang nối" not in page.text("floors")
    cursor = floor_polls.take_cursor(session, PollSubject.ORDERS, "shopee")
    cursor.begun_at = now()
    session.commit()
    assert browser.get("/admin/floors").has("trying"), "it may have been asked with the former tokens"
    account = session.get_one(FloorAccount, "shopee")
    assert account.connected_at
    account.connected_at -= floor_accounts.FORMER_TOKENS
    cursor.begun_at = now()
    session.commit()
    page = browser.get("/admin/floors")
    assert (page.has("trying"), "Đang nối" in page.text("floors")) == (False, True)


def test_a_floor_whose_orders_are_not_read_says_so(session: Session, enter: Enter) -> None:
    """Once or twice passes by itself."""
    browser = enter(builders.make_administrator(session))
    floor_accounts.note_failure(session, "lazada")
    for times, shown in ((2, False), (1, True)):
        for _ in range(times):
            floor_polls.record_unread(session, PollSubject.ORDERS, "lazada", "not read: <b>1</b>", None)
        session.commit()
        page = browser.get("/admin/floors")
        assert page.has("unread") is shown
    assert "not read: <b>1</b>" in page.words
    assert "<b>1" not in page.html
