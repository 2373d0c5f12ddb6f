"""Signing in and out."""

import pytest
from sqlalchemy.orm import Session

from tests import builders
from tests.integration.pages.conftest import Browser, Enter

PHONE = "0912 345 678"


def _person(session: Session) -> None:
    builders.make_user(session, builders.Role.CLERK, builders.BAC_HA, phone="+84912345678", name="Lù Thị Mai")


def _sign_in(browser: Browser, **form: str) -> object:
    return browser.post("/sign-in", {"phone": PHONE, "password": builders.PASSWORD} | form)


def test_phone_and_password_open_the_home_page(session: Session, browser: Browser) -> None:
    _person(session)
    home = browser.follow(_sign_in(browser))
    assert home.status == 200
    assert home.text("who") == "Lù Thị Mai"


@pytest.mark.parametrize("wrong", [{"password": "sai mat khau"}, {"phone": "0987 000 111"}])
def test_wrong_password_and_unknown_phone_are_answered_alike(
    session: Session, browser: Browser, wrong: dict[str, str]
) -> None:
    _person(session)
    shown = _sign_in(browser, **wrong)
    assert shown.status == 401
    assert shown.text("problems") == "Số điện thoại hoặc mật khẩu chưa đúng"
    assert shown.typed("phone") == wrong.get("phone", PHONE)
    assert shown.typed("password") is None
    assert browser.get("/").status == 302


def test_bad_fields_are_told_beside_them(browser: Browser) -> None:
    shown = browser.post("/sign-in", {"phone": "12", "password": ""})
    assert shown.status == 422
    assert shown.error("phone") == "Số điện thoại chưa đúng, ví dụ: 0912 345 678"
    assert shown.error("password") == "Cần điền ô này"
    assert shown.typed("phone") == "12"


def test_people_go_on_where_they_were_asked_to_sign_in(session: Session, browser: Browser) -> None:
    _person(session)
    asked = browser.get("/households?q=mai")
    after = browser.get(asked.answer.headers["Location"]).typed("next")
    shown = _sign_in(browser, next=after)
    assert shown.answer.headers["Location"] == "/households?q=mai"


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_no_other_site_is_ever_followed(session: Session, browser: Browser, evil: str) -> None:
    _person(session)
    assert _sign_in(browser, next=evil).answer.headers["Location"] == "/"
    assert browser.post("/language", {"language": "en", "next": evil}).answer.headers["Location"] == "/"


def test_the_eleventh_try_within_a_minute_waits(session: Session, browser: Browser) -> None:
    _person(session)
    for _ in range(10):
        assert _sign_in(browser, password="sai mat khau").status == 401
    shown = _sign_in(browser)
    assert shown.status == 429
    assert int(shown.answer.headers["Retry-After"]) >= 1
    assert _sign_in(browser, phone="0987 000 111").status == 401, "another phone has tries of its own"


def test_signing_out_ends_the_session(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    assert browser.post("/sign-out", page="/").location == "/sign-in"
    assert browser.get("/").status == 302


def test_a_new_password_and_a_closed_account_end_older_sessions(session: Session, enter: Enter) -> None:
    user = builders.make_clerk(session)
    browser = enter(user)
    user.password_version += 1
    session.commit()
    assert browser.get("/").status == 302
    browser = enter(user)
    assert browser.get("/").status == 200
    user.active = False
    session.commit()
    assert browser.get("/").status == 302


def test_the_language_is_chosen_before_signing_in_and_kept_after(session: Session, browser: Browser) -> None:
    _person(session)
    browser.post("/language", {"language": "en", "next": "/sign-in"})
    assert "Sign in" in browser.get("/sign-in").words
    assert "Welcome, Lù Thị Mai" in browser.follow(_sign_in(browser)).words
    browser.post("/language", {"language": "vi"}, page="/")
    assert "Xin chào, Lù Thị Mai" in browser.get("/").words


def test_an_unknown_language_is_refused(browser: Browser) -> None:
    assert browser.post("/language", {"language": "xx"}).status == 400
