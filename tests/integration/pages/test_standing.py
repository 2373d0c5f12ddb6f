"""How a listing stands on a floor is told as buyers there see it."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import Listing, Publication
from models import PublicationStatus as S
from services.listings import approve_listing, change_listing, withdraw_listing
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.dom import words_of

IN_REVIEW = {"field": None, "code": "in_review", "text": "Sàn đang duyệt, duyệt xong mới hiện"}
SOLD_OUT = {"field": "stock", "code": "hidden_sold_out", "text": "Sàn chỉ hiện lại khi có hàng"}
WRONG_MONEY = {"field": "price", "code": "currency_not_dong", "text": "Sàn này tính bằng USD"}
STRANGE = {"field": None, "code": "strange", "text": "Sàn chưa nhận"}


@pytest.fixture
def listing(session: Session) -> Listing:
    made = builders.make_listing(session, price=41_000, marketplaces=["shop", "vendure"])
    approve_listing(session, builders.anybody(session), made.id)
    session.commit()
    return made


@pytest.fixture
def clerk(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def on_vendure(session: Session, listing: Listing, **facts: Any) -> Publication:
    session.expire_all()
    (found,) = [one for one in listing.publications if one.marketplace == "vendure"]
    for name, value in facts.items():
        setattr(found, name, value)
    session.commit()
    return found


def card(page: Shown) -> str:
    (found,) = page.tree.findall(".//*[@data-marketplace='vendure']")
    return words_of(found)


def calm(page: Shown) -> bool:
    return page.tree.findall(".//*[@data-testid='publications']//*[@class='field__error']") == []


@pytest.mark.parametrize(
    ("problem", "said", "is_calm"),
    [
        (IN_REVIEW, "Chờ sàn duyệt", True),
        (SOLD_OUT, "Hết hàng", True),
        (WRONG_MONEY, "Đang bán", False),
    ],
)
def test_what_is_listed_and_not_shown_is_not_called_on_sale(
    session: Session, listing: Listing, clerk: Browser, problem: dict[str, Any], said: str, is_calm: bool
) -> None:
    on_vendure(session, listing, status=S.LISTED, problems=[problem])
    page = clerk.get(f"/listings/{listing.id}")
    assert said in card(page)
    assert (("Đang bán" in card(page)), calm(page)) == (said == "Đang bán", is_calm)
    on_vendure(session, listing, status=S.WAITING)
    assert calm(clerk.get(f"/listings/{listing.id}")) is is_calm


@pytest.mark.parametrize(
    ("status", "problems", "said"),
    [
        (S.WAITING, [], "Chờ gỡ"),
        (S.PUBLISHING, [], "Đang gỡ"),
        (S.REJECTED, [IN_REVIEW], "Chờ gỡ"),
        (S.REJECTED, [STRANGE], "Chưa gỡ được"),
        (S.WITHDRAWN, [], "Đã gỡ khỏi sàn"),
    ],
)
def test_what_is_to_be_taken_down_does_not_wait_to_be_published(
    session: Session, listing: Listing, clerk: Browser, status: S, problems: list[dict[str, Any]], said: str
) -> None:
    withdraw_listing(session, builders.anybody(session), listing.id)
    on_vendure(session, listing, status=status, problems=problems)
    shown = card(clerk.get(f"/listings/{listing.id}"))
    assert said in shown
    assert "duyệt lại" not in shown


def test_a_refused_change_says_what_is_still_sold_and_how_to_end_it(
    session: Session, listing: Listing, clerk: Browser
) -> None:
    change_listing(session, builders.anybody(session), listing.id, price=42_500)
    refused = {"status": S.REJECTED, "problems": [STRANGE]}
    on_vendure(session, listing, **refused, shown_price=None)
    path = f"/listings/{listing.id}"
    page = clerk.get(path)
    assert ("Sàn từ chối" in card(page), page.has("still-sold"), page.has("leave")) == (True, False, False)
    on_vendure(session, listing, **refused, shown_price=41_000)
    page = clerk.get(path)
    assert "Sàn vẫn đang bán bản trước, giá 41.000" in page.text("still-sold")
    assert "Chưa nhận bản mới" in card(page)
    page = clerk.follow(clerk.post(f"{path}/publications/vendure/leave", page=path))
    session.expire_all()
    assert session.get_one(Listing, listing.id).marketplaces == ["shop"]
    assert "Chờ gỡ" in card(page)
    assert not page.has("still-sold")
