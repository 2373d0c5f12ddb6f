"""A product's photos on the page: which is the cover, and what is asked before the last one goes."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Photo, PhotoStatus, Product
from services.photos import cover_of, left_bare
from tests import builders
from tests.integration.pages.conftest import Enter, Shown
from tests.integration.pages.dom import words_of
from tests.integration.shop.conftest import store_photo


def _unreadable(session: Session, product: Product, position: int) -> Photo:
    photo = store_photo(session, product, position)
    photo.status, photo.problem = PhotoStatus.REFUSED, "Không đọc được ảnh này"
    session.commit()
    return photo


def _said(page: Shown) -> list[tuple[bool, bool]]:
    """Of each photo: whether it is called the cover, and whether it can be made that."""
    words = [words_of(found) for found in page.tree.findall(".//li[@data-photo]")]
    return [("Ảnh bìa" in said, "Làm ảnh bìa" in said) for said in words]


def test_the_cover_is_the_first_photo_that_can_be_seen(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}/photos"
    _unreadable(session, product, 1)
    assert _said(browser.get(path)) == [(False, False)]
    waiting, ready = store_photo(session, product, 2), store_photo(session, product, 3)
    waiting.status = PhotoStatus.WAITING
    _unreadable(session, product, 4)
    for page in (path, f"{path}/grid"):
        assert _said(browser.get(page)) == [(False, False), (True, False), (False, True), (False, False)]
    assert cover_of([ready]) == ready.id
    assert cover_of([]) is None


def test_the_last_photo_of_what_is_on_sale_is_asked_about(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    first, last = store_photo(session, product), store_photo(session, product, 2)
    listing = builders.make_approved_listing(session, product, variant="Túi 1 kg")
    store_photo(session, product, 3)
    path = f"/products/{product.id}/photos"
    browser = enter(builders.make_clerk(session))

    def count() -> int | None:
        session.rollback()
        return session.scalar(select(func.count()).select_from(Photo))

    browser.follow(browser.post(f"{path}/{first.id}/remove", page=path))
    assert count() == 2, "another one is to be seen"
    remove = f"{path}/{last.id}/remove?listing_id={listing.id}"
    asked = browser.post(remove, page=path)
    assert "Túi 1 kg: Vendure" in asked.text("last-photo"), "the third was never approved"
    assert count() == 2
    done = browser.post(remove, {"sure": "yes"}, page=path)
    assert (done.status, count()) == (303, 1)
    assert browser.post(remove, page=path).status == 303, "it is gone already"


def test_what_is_not_on_sale_is_left_bare_by_nothing(session: Session) -> None:
    product, actor = builders.make_product(session), builders.anybody(session)
    photo = store_photo(session, product)
    builders.make_listing(session, product)
    assert left_bare(session, actor, product.id, photo.id) == []
    listing = builders.make_approved_listing(session, product, variant="Túi 1 kg")
    assert left_bare(session, actor, product.id, photo.id) == [listing]
