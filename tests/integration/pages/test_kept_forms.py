"""A form that is sent when its sign-in has ended: what was typed is kept for who typed it, and only looked at again."""

import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.config import config
from core.crypto import unseal
from core.ids import new_id
from models import CashNote, Household, HouseholdStatus, Listing, Photo, User
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.test_households import _form as household
from web.kept_forms import COLLECTORS_KEYS, LONGEST, MINUTES, SECRETS

NEW = "/households/new"
PASSWORD_FIELD = re.compile(r'field\(form, "(\w+)", type="password"')


def _sign_out(browser: Browser) -> None:
    with browser.client.session_transaction() as cookie:
        cookie.clear()


def _send(browser: Browser, path: str, form: dict[str, Any], page: str | None = None) -> Shown:
    """Fill in the form at `path`, and send it after the sign-in has ended."""
    shown = browser.get(page or path)
    marks = {"csrf_token": shown.typed("csrf_token"), "typed_by": shown.typed("typed_by")}
    _sign_out(browser)
    return Shown(browser.client.post(path, data={**marks, **form}))


def _sign_in(browser: Browser, asked: Shown, user: User, **form: str) -> Shown:
    """On the page that asked for it."""
    sent = {name: asked.typed(name) or "" for name in ("csrf_token", "next", "kept")}
    return Shown(
        browser.client.post(
            "/sign-in", data={**sent, "phone": user.phone, "password": builders.PASSWORD, **form}
        )
    )


def _look(browser: Browser, again: Shown) -> Shown:
    """Tap «see what was typed»."""
    form = again.tree.find(".//main//form")
    assert form is not None, again.words
    sent = {field.get("name"): field.get("value") for field in form.iter("input")}
    return Shown(browser.client.post(form.get("action", ""), data=sent))


def _count(session: Session, table: type) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_household_is_registered_after_signing_in_again(session: Session, enter: Enter) -> None:
    clerk = builders.make_clerk(session)
    browser, typed = enter(clerk), household()
    asked = _send(browser, NEW, typed)
    assert asked.status == 401
    assert asked.has("kept")
    assert asked.typed("phone") == "", "the household's number is not the clerk's"
    again = _sign_in(browser, asked, clerk)
    shown = _look(browser, again)
    assert (shown.status, _count(session, Household)) == (200, 0), "nothing is sent by itself"
    assert "hãy kiểm tra lại rồi gửi" in shown.text("done")
    assert {name: shown.typed(name) for name in typed} == typed
    assert not shown.has("problems")
    sent = {name: shown.typed(name) or "" for name in (*typed, "csrf_token", "typed_by")}
    assert browser.follow(Shown(browser.client.post(NEW, data=sent))).has("household-code")
    assert str(session.scalars(select(Household.id)).one()) == typed["id"]


def test_a_listing_keeps_its_product_and_its_choices(session: Session, enter: Enter) -> None:
    seller = builders.make_seller(session)
    product, clerk = builders.make_product(session, seller), builders.make_clerk(session)
    path = f"/listings/new?product_id={product.id}"
    form = {"product_id": str(product.id), "price": "35.000", "stock": "12", "marketplaces": ["postmart"]}
    browser = enter(clerk)
    shown = _look(browser, _sign_in(browser, _send(browser, path, form), clerk))
    assert (shown.typed("price"), shown.typed("stock")) == ("35.000", "12")
    assert shown.typed("product_id") == str(product.id)
    boxes = shown.tree.findall(".//input[@name='marketplaces']")
    chosen = [box.get("value") for box in boxes if "checked" in box.attrib]
    assert chosen == ["postmart"], "the shop, chosen at first, had been given up"
    assert _count(session, Listing) == 0


def test_a_cash_note_is_kept_and_noted_once(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    holder = builders.make_stallholder(session, stall)
    path, typed = f"/stalls/{stall.id}/cash", {"id": str(new_id()), "amount": "45.000", "note": "2 kg mận"}
    browser = enter(holder)
    shown = _look(browser, _sign_in(browser, _send(browser, path, typed), holder))
    assert {name: shown.typed(name) for name in typed} == typed
    browser.follow(browser.post(path, typed, page=path))
    browser.post(path, typed, page=path)
    assert _count(session, CashNote) == 1


def test_a_wrong_password_loses_nothing(session: Session, enter: Enter) -> None:
    clerk = builders.make_clerk(session)
    browser = enter(clerk)
    wrong = _sign_in(browser, _send(browser, NEW, household()), clerk, password="sai mat khau")
    assert (wrong.status, wrong.has("kept")) == (401, True)
    assert _look(browser, _sign_in(browser, wrong, clerk)).typed("head_name") == "Vàng Thị Sua"


def test_another_person_on_the_same_phone_sees_nothing_of_it(session: Session, enter: Enter) -> None:
    clerk, other = builders.make_clerk(session), builders.make_clerk(session)
    browser = enter(clerk)
    asked = _send(browser, NEW, household())
    assert "Vàng Thị Sua" not in asked.html
    shown = _sign_in(browser, asked, other)
    assert (shown.status, shown.location) == (303, "/")
    assert "không mở lại được" in browser.get("/").text("refused")
    kept = {"kept": asked.typed("kept"), "csrf_token": browser.get("/").typed("csrf_token")}
    stolen = Shown(browser.client.post(NEW, data=kept))
    assert stolen.status == 200
    assert "Vàng Thị Sua" not in stolen.html
    assert stolen.typed("national_id") == ""


def test_it_is_kept_for_half_an_hour(session: Session, enter: Enter) -> None:
    clerk = builders.make_clerk(session)
    browser = enter(clerk)
    asked = _send(browser, NEW, household())
    words = unseal((asked.typed("kept") or "").encode())
    for age, opens in ((MINUTES * 60 - 60, True), (MINUTES * 60 + 60, False)):
        sealed = Fernet(config().encryption_keys[0]).encrypt_at_time(words.encode(), int(time.time()) - age)
        token = browser.get("/sign-in").typed("csrf_token") or ""
        shown = _sign_in(browser, asked, clerk, csrf_token=token, kept=sealed.decode())
        assert (shown.status == 200) is opens
        _sign_out(browser)


def test_passwords_and_keys_are_not_kept(session: Session, enter: Enter) -> None:
    administrator = builders.make_administrator(session)
    browser, path = enter(administrator), "/admin/people/new?role=officer"
    form = {"name": "Lù A Sáng", "phone": "0912 345 678", "password": "mat-khau-rat-dai"}
    asked = _send(browser, path, form)
    kept = json.loads(unseal((asked.typed("kept") or "").encode()))
    assert dict(kept["typed"]) == {"name": form["name"], "phone": form["phone"]}
    again = _sign_in(browser, asked, administrator)
    assert "Mật khẩu và khóa thì phải điền lại." in again.words
    shown = _look(browser, again)
    assert (shown.typed("name"), shown.typed("password")) == ("Lù A Sáng", None)


def test_every_field_that_no_page_shows_is_a_secret_here() -> None:
    templates = Path(__file__).resolve().parents[3] / "templates"
    hidden = {name for page in templates.rglob("*.html") for name in PASSWORD_FIELD.findall(page.read_text())}
    assert hidden | COLLECTORS_KEYS == SECRETS
    assert {"client_id", "api_key", "checksum_key"} <= SECRETS


def test_a_photo_has_to_be_chosen_again(session: Session, enter: Enter) -> None:
    product, clerk = builders.make_product(session), builders.make_clerk(session)
    browser = enter(clerk)
    path = f"/products/{product.id}/photos"
    asked = _send(browser, path, {"file": (io.BytesIO(b"a photo"), "man.jpg")})
    again = _sign_in(browser, asked, clerk)
    assert "Ảnh hoặc tệp thì phải chọn lại." in again.words
    shown = _look(browser, again)
    assert shown.status == 200
    assert "phải chọn lại" in shown.text("done")
    assert _count(session, Photo) == 0


def test_who_signed_in_again_beside_it_looks_at_it_again(session: Session, enter: Enter) -> None:
    clerk = builders.make_clerk(session)
    browser = enter(clerk)
    shown = browser.get(NEW)
    marks = {name: shown.typed(name) for name in ("csrf_token", "typed_by")}
    enter(clerk)
    stale = Shown(browser.client.post(NEW, data={**household(), **marks}))
    assert (stale.status, _count(session, Household)) == (400, 0)
    assert _look(browser, stale).typed("head_name") == "Vàng Thị Sua"
    enter(builders.make_clerk(session))
    others = Shown(browser.client.post(NEW, data={**household(), **marks}))
    assert (others.status, "Vàng Thị Sua" in others.html) == (400, False)


@pytest.mark.parametrize("marks", [{}, {"typed_by": ""}, {"typed_by": "00" * 32, "address": "x" * LONGEST}])
def test_what_is_no_form_of_ours_or_too_long_is_not_kept(browser: Browser, marks: dict[str, str]) -> None:
    shown = Shown(browser.client.post(NEW, data={**household(), **marks}))
    assert (shown.status, shown.location) == (302, "/sign-in")


def test_another_site_cannot_fill_in_a_form(session: Session, enter: Enter) -> None:
    """It may post as it likes, and even with the mark of an account of its own."""
    clerk, stranger = builders.make_clerk(session), builders.make_clerk(session)
    browser = enter(stranger)
    own_mark = browser.get(NEW).typed("typed_by") or ""
    _sign_out(browser)
    asked = Shown(browser.client.post(NEW, data={**household(), "typed_by": own_mark}))
    assert _sign_in(browser, asked, clerk).location == "/"
    enter(clerk)
    forged = Shown(browser.client.post(NEW, data={**household(), "typed_by": own_mark}))
    assert (forged.status, "Vàng Thị Sua" in forged.html) == (400, False)


def test_a_deed_is_never_done_by_what_was_kept(session: Session, enter: Enter) -> None:
    """Only a page with a form of its own takes it."""
    clerk = builders.make_clerk(session)
    browser = enter(clerk)
    asked = _send(browser, NEW, household())
    _look(browser, _sign_in(browser, asked, clerk))
    stored = builders.make_household(session)
    answer = browser.client.post(f"/households/{stored.id}/verify", data={"kept": asked.typed("kept")})
    session.refresh(stored)
    assert (answer.status_code, stored.status) == (400, HouseholdStatus.REGISTERED)
