"""What floors did not take, and what is sold out, is seen from afar: in the list, at home, on the stall's page."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from gateways.marketplaces.advice import wrong_length
from models import Goods, Listing, Stall
from models import PublicationStatus as S
from services.listings import approve_listing, change_listing
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.dom import words_of

CATEGORY = {"field": "category", "code": "closed", "text": "Sàn không cho bán ngành hàng này"}
TITLE = {"field": "title", "code": "long", "text": "Tên hàng dài quá"}
EDIT = "Hãy sửa sản phẩm rồi duyệt lại"


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


@pytest.fixture
def holder(session: Session, enter: Enter, stall: Stall) -> Browser:
    return enter(builders.make_stallholder(session, stall))


def approved(session: Session, stall: Stall, **facts: Any) -> Listing:
    product = builders.make_product(session, stall.seller, goods=Goods.FRUIT)
    made = builders.make_listing(session, product, marketplaces=["shop", "vendure", "woocommerce"], **facts)
    approve_listing(session, builders.anybody(session), made.id)
    session.commit()
    return made


def answer(
    session: Session, listing: Listing, status: S, *problems: Any, among: tuple[str, ...] = ()
) -> None:
    session.expire_all()
    for publication in listing.publications:
        if publication.marketplace in (among or ("vendure", "woocommerce")):
            publication.status, publication.problems = status, list(problems)
    session.commit()


def rows(page: Shown) -> dict[str, str]:
    links = page.all("listings")[0].findall(".//a")
    return {(link.get("href") or "").rpartition("/")[2]: words_of(link) for link in links}


def test_rows_say_how_many_floors_did_not_take_it_and_lead_from_afar(
    session: Session, holder: Browser, stall: Stall
) -> None:
    refused, fine = approved(session, stall), approved(session, stall)
    home = f"/stalls/{stall.id}"
    page = holder.get("/listings")
    assert not page.has("refused")
    assert "Sàn chưa nhận" not in page.words
    assert not holder.get(home).has("refused")
    answer(session, refused, S.REJECTED, CATEGORY)
    answer(session, fine, S.LISTED)
    page = holder.get("/listings")
    assert "2 sàn chưa nhận" in rows(page)[str(refused.id)]
    assert "chưa nhận" not in rows(page)[str(fine.id)]
    (told,) = holder.get(home).all("refused")
    assert words_of(told) == "Sàn chưa nhận: 1 tin"
    (link,) = told.findall("a")
    assert rows(holder.get(link.get("href") or "")).keys() == {str(refused.id)}


def test_home_leads_a_household_to_what_was_not_taken(session: Session, enter: Enter, stall: Stall) -> None:
    clerk = enter(builders.make_clerk(session))
    listing = approved(session, stall)
    assert not clerk.get("/").has("refused")
    answer(session, listing, S.FAILED, TITLE, among=("vendure",))
    (way,) = clerk.get("/").all("refused")
    assert "Sàn chưa nhận: 1 tin" in words_of(way)
    change_listing(session, builders.anybody(session), listing.id, marketplaces=["shop"])
    answer(session, listing, S.REJECTED, TITLE)
    assert not clerk.get("/").has("refused"), "it is not wanted there any more"


def test_the_list_asks_as_much_for_many_as_for_one(session: Session, holder: Browser, stall: Stall) -> None:
    asked: list[str] = []

    def count() -> int:
        asked.clear()
        holder.get("/listings?refused=yes")
        return len(asked)

    def note(*facts: Any) -> None:
        asked.append(facts[2])

    engine = holder.client.application.extensions["engine"]
    answer(session, approved(session, stall), S.REJECTED, CATEGORY)
    event.listen(engine, "before_cursor_execute", note)
    try:
        count()
        one = count()
        for _ in range(3):
            answer(session, approved(session, stall), S.REJECTED, CATEGORY)
        assert count() == one
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_what_is_sold_out_is_called_so_and_leads_to_its_stock(
    session: Session, holder: Browser, stall: Stall
) -> None:
    listing = approved(session, stall)
    answer(session, listing, S.LISTED)
    path = f"/listings/{listing.id}"
    assert not holder.get(path).has("sold-out")
    change_listing(session, builders.anybody(session), listing.id, stock=0)
    answer(session, listing, S.LISTED)
    page = holder.get(path)
    standing = [words_of(one) for one in page.tree.findall(".//*[@data-marketplace]")]
    assert len(standing) == 3
    assert all("Hết hàng" in one and "Đang bán" not in one for one in standing)
    (link,) = page.all("sold-out")[0].findall("a")
    assert page.tree.findall(f".//*[@id='{(link.get('href') or '').removeprefix('#')}']")
    assert "Hết hàng" in rows(holder.get("/listings"))[str(listing.id)]


@pytest.mark.parametrize(
    ("problem", "hers"), [(CATEGORY, False), (TITLE, True), (TITLE | {"field": None}, False)]
)
def test_she_is_told_to_edit_only_what_a_form_of_hers_has(
    session: Session, holder: Browser, stall: Stall, problem: dict[str, Any], hers: bool
) -> None:
    listing = approved(session, stall)
    answer(session, listing, S.REJECTED, problem)
    page = holder.get(f"/listings/{listing.id}/publications")
    assert problem["text"] in page.words
    assert (EDIT in page.words) is hers
    for publication in listing.publications:
        publication.shown_price = 35_000
    session.commit()
    sold = holder.get(f"/listings/{listing.id}/publications")
    assert "gỡ ở sàn này" in sold.words
    assert ("Sửa điều sàn nêu" in sold.words) is hers


def test_approving_promises_nothing_of_what_floors_will_say(
    session: Session, holder: Browser, stall: Stall
) -> None:
    listing = builders.make_listing(
        session, builders.make_product(session, stall.seller), marketplaces=["vendure"]
    )
    path = f"/listings/{listing.id}"
    page = holder.follow(holder.post(f"{path}/approve", page=path))
    assert page.text("done") == "Đã duyệt. Kết quả trên từng sàn ghi ở dưới."


def test_a_reason_with_a_number_in_it_is_told_in_the_readers_language(
    session: Session, holder: Browser, stall: Stall
) -> None:
    listing = approved(session, stall)
    answer(session, listing, S.REJECTED, *(problem.stored for problem in wrong_length("title", "Mận", 1, 2)))
    path = f"/listings/{listing.id}"
    assert "Không được quá 2 ký tự" in holder.get(path).words
    holder.post("/language", {"language": "en"}, page=path)
    assert "No more than 2 characters" in holder.get(path).words
