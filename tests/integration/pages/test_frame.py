"""What holds for every page: light, safe, in both languages, within thumb's and eye's reach."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import Role
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.test_doors import PAGES
from tests.integration.pages.world import make_world

LARGEST_PAGE = 100_000
PARTS = ("/today", "/state", "/publications", "/communes", "/grid")
STATIC = Path(__file__).parents[3] / "web" / "static"


def _pages(session: Session, enter: Enter) -> list[tuple[str, Shown]]:
    """Every page as an administrator sees it (who sees most)."""
    world = make_world(session)
    for _ in range(60):
        builders.make_household(session, head_name="Hợp tác xã Nông nghiệp Dược liệu Sa Pa Xanh")
    browser = enter(world.people["administrator"])
    return [(path, browser.get(world.fill(path))) for path in PAGES if not path.endswith(".xlsx")]


def test_no_page_weighs_more_than_a_hundred_kilobytes(session: Session, enter: Enter, app: Flask) -> None:
    client = app.test_client()
    for path, shown in _pages(session, enter):
        assets = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', shown.html))
        weight = len(shown.html.encode()) + sum(len(client.get(asset).data) for asset in assets)
        weight += sum(file.stat().st_size for file in (STATIC / "img").iterdir())
        assert weight < LARGEST_PAGE, (path, weight)


def test_pages_keep_to_the_content_security_policy(session: Session, enter: Enter) -> None:
    for path, shown in _pages(session, enter):
        assert "default-src 'self'" in shown.answer.headers["Content-Security-Policy"]
        for element in shown.tree.iter():
            inline = [name for name in element.attrib if name == "style" or name.startswith("on")]
            assert not inline, (path, element.tag, inline)
            assert element.tag != "style", path
            assert element.tag != "script" or element.get("src", "").startswith("/static/"), path


def test_every_form_that_stores_carries_a_token(session: Session, enter: Enter) -> None:
    for path, shown in _pages(session, enter):
        for form in shown.tree.iter("form"):
            if form.get("method") == "post":
                assert form.find(".//input[@name='csrf_token']") is not None, path


def test_every_field_has_its_label(session: Session, enter: Enter) -> None:
    for path, shown in _pages(session, enter):
        labels = {label.get("for") for label in shown.tree.iter("label")}
        wrapped = {id(field) for label in shown.tree.iter("label") for field in label.iter("input")}
        for kind in ("input", "select", "textarea"):
            for field in shown.tree.iter(kind):
                named = field.get("id") in labels or id(field) in wrapped or "aria-label" in field.attrib
                assert named or field.get("type") == "hidden", (path, field.attrib)


def test_every_page_offers_both_languages_and_the_way_out(session: Session, enter: Enter) -> None:
    for path, shown in _pages(session, enter):
        if not any(part in path for part in PARTS):
            languages = shown.tree.findall(".//button[@name='language']")
            assert [button.get("value") for button in languages] == ["vi", "en"], path
            assert shown.has("sign-out"), path


def test_what_people_typed_is_never_markup(session: Session, enter: Enter) -> None:
    evil = "<script>alert(1)</script>"
    household = builders.make_household(session, head_name=evil, hamlet=evil, products=[evil])
    seller = builders.make_seller(session, household_id=household.id, name=evil)
    market = builders.make_market(session, name=evil)
    stall = builders.make_stall(
        session, market, seller, number="<b>1", payout_account=builders.payout_account(holder_name=evil)
    )
    product = builders.make_product(session, seller, name=evil, description=evil)
    listing = builders.make_listing(session, product)
    request = builders.make_payment_request(session, stall, description=evil)
    builders.make_payment(session, request, 10_000)
    browser = enter(builders.make_administrator(session))
    for path in (
        "/households",
        f"/households?q={evil}",
        f"/households/{household.id}",
        "/sellers",
        f"/sellers/{seller.id}",
        f"/markets/{market.id}",
        f"/markets/{market.id}/report?group_by=stall",
        f"/markets/{market.id}/exceptions",
        f"/stalls/{stall.id}",
        f"/stalls/{stall.id}/payment-requests/{request.id}",
        "/listings",
        f"/listings/{listing.id}",
        f"/products/{product.id}",
        f"/admin/people/new?role=stallholder&q={evil}",
    ):
        shown = browser.get(path)
        assert shown.status == 200, path
        assert "<script>" not in shown.html, path
        assert "<b>1" not in shown.html, path


def test_assets_are_kept_for_ever_and_pages_not_at_all(browser: Browser) -> None:
    shown = browser.get("/sign-in")
    (sheet,) = re.findall(r'href="(/static/app.css[^"]+)"', shown.html)
    assert "immutable" in browser.get(sheet).answer.headers["Cache-Control"]
    assert "immutable" not in browser.get("/static/app.css").answer.headers["Cache-Control"]
    assert shown.answer.headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_is_refused_kindly(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_clerk(session))
    shown = Shown(browser.client.post("/households/new", data={"head_name": "Lù Thị Mai"}))
    assert shown.status == 400
    assert "tải lại trang" in shown.words


@pytest.mark.parametrize("language", ["vi", "en"])
def test_lost_people_are_shown_a_way_back(session: Session, enter: Enter, language: str) -> None:
    browser = enter(builders.make_user(session, Role.CLERK, builders.BAC_HA))
    browser.post("/language", {"language": language})
    shown = browser.get("/nowhere")
    assert shown.status == 404
    assert ("Về trang chủ" if language == "vi" else "Home") in shown.words
