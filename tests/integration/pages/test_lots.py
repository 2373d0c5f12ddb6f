"""Lots: noted down as people write, put right, withdrawn."""

from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.ids import new_id
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.qr_readers import read_in_page


def test_lots_are_noted_down_as_people_write(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}/lots"
    empty = browser.get(path)
    assert empty.has("empty")
    assert empty.typed("harvested_on") == f"{business_day(now()):%d/%m/%Y}"
    form = {"id": str(new_id()), "harvested_on": "20/11/2026", "quantity": "1.200", "code": "lo-1"}
    for field, bad in [
        ("harvested_on", "2026-11-20"),
        ("harvested_on", "31/02/2026"),
        ("quantity", "0"),
        ("code", "lô"),
    ]:
        refused = browser.post(path, {**form, field: bad}, page=path)
        assert (refused.status, refused.typed(field)) == (422, bad), field
        assert refused.error(field), field
    page = browser.follow(browser.post(path, form, page=path))
    assert browser.post(path, form, page=path).status == 303
    assert "LO-1 · 1.200 kg" in page.text("lots")
    (trace,) = page.all("trace")
    assert read_in_page(page.html) == [trace.get("href")]
    assert browser.client.get(page.all("label")[0].get("href") or "").content_type == "application/pdf"


def test_a_lot_is_put_right_and_withdrawn_on_its_page(session: Session, enter: Enter) -> None:
    lot = builders.make_lot(session, builders.make_product(session), quantity=100)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{lot.product_id}/lots/{lot.id}"
    form = {"harvested_on": "20.11.2026", "quantity": "1.200", "note": "Hái lại"}
    for field, bad in [("harvested_on", "31/12/2099"), ("quantity", "0"), ("withdrawn_reason", "x" * 2_001)]:
        refused = browser.post(path, {**form, field: bad}, page=path)
        assert (refused.status, refused.typed(field)) == (422, bad), field
        assert refused.error(field), field
    page = browser.follow(browser.post(path, form, page=path))
    assert f"{lot.code} · 1.200 kg" in page.text("lots")
    assert browser.get(path).typed("harvested_on") == "20/11/2026"
    page = browser.follow(browser.post(path, form | {"withdrawn_reason": "Lẫn hàng"}, page=path))
    assert (page.has("withdrawn"), page.has("label")) == (True, False), "no more labels are printed"
    page = browser.follow(browser.post(path, form, page=path))
    assert (page.has("withdrawn"), page.has("label")) == (False, True)


def test_a_code_of_the_same_product_is_told_without_a_gtin(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}/lots"
    form = {"harvested_on": "20/11/2026", "code": "lo-1"}
    browser.follow(browser.post(path, form | {"id": str(new_id())}, page=path))
    again = browser.post(path, form | {"id": str(new_id())}, page=path)
    assert again.error("code") == "Sản phẩm này đã có lô mang mã đó"
