"""A sheet puts a listing on those floors that the page offers, and the page says that its file must be chosen again."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.pages.test_listing_sheets import download, edited, put, upload


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


@pytest.mark.parametrize("floors", ["shop, vendure", "shop, mơ"])
def test_a_row_with_a_floor_that_is_not_connected_names_those_that_are(
    session: Session, browser: Browser, disconnect: Callable[..., None], floors: str
) -> None:
    listing = builders.make_listing(session, marketplaces=["shop"])
    disconnect("vendure")
    page = upload(browser, edited(download(browser), put("Bán trên sàn", floors)))
    assert page.status == 422
    assert "Shopee" in page.text("wrong-rows")
    assert "Vendure" not in page.text("wrong-rows")
    assert "chọn lại tệp" in page.text("file-again")
    assert "đã điền vẫn còn" not in page.words
    session.expire_all()
    assert listing.marketplaces == ["shop"]


def test_what_is_no_sheet_does_not_claim_that_the_file_is_still_there(browser: Browser) -> None:
    assert not browser.get("/listings/sheet").has("file-again")
    page = upload(browser, b"no sheet")
    assert "chọn lại tệp" in page.text("file-again")
    assert "đã điền vẫn còn" not in page.words
