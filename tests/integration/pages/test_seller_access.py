"""A household that sells from its farm: how it gets in, what it does there, and what it never sees."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry, Household, Listing, ListingStatus, OrderStatus, Role, RoleGrant, Seller, User
from services import accounts
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown

PHONE, E164, SECRET = "0912 345 678", "+84912345678", "man tam hoa"


@pytest.fixture
def household(session: Session) -> Household:
    return builders.make_household(session, head_name="Lý Thị Nương")


@pytest.fixture
def seller(session: Session, household: Household) -> Seller:
    return builders.make_seller(session, household_id=household.id, name="Lý Thị Nương", phone=E164)


@pytest.fixture
def clerk(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def open_access(clerk: Browser, seller: Seller, **form: str) -> Shown:
    path = f"/sellers/{seller.id}/access"
    typed = {"name": "Lý Thị Nương", "phone": PHONE, "password": SECRET} | form
    return clerk.post(path, typed, page=path)


def grants_of(session: Session, phone: str = E164) -> set[tuple[Role, str]]:
    query = select(RoleGrant.role, RoleGrant.place_key).join(User).where(User.phone == phone)
    return {(role, key) for role, key in session.execute(query)}


def noted(session: Session, seller: Seller) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.subject_id == seller.id).order_by(AuditEntry.id)
    return list(session.scalars(query))


def test_a_clerk_lets_a_household_in_and_it_signs_in(
    session: Session, clerk: Browser, seller: Seller
) -> None:
    page = clerk.get(f"/sellers/{seller.id}")
    assert not page.has("holders")
    form = clerk.get(f"/sellers/{seller.id}/access")
    assert (form.typed("name"), form.typed("phone")) == ("Lý Thị Nương", PHONE)
    page = clerk.follow(open_access(clerk, seller))
    assert PHONE in page.text("holders")
    assert SECRET not in page.html
    assert grants_of(session) == {(Role.SELLER, str(seller.id))}
    assert noted(session, seller) == ["seller_access.opened"]
    clerk.post("/sign-out", page="/")
    home = clerk.follow(clerk.post("/sign-in", {"phone": PHONE, "password": SECRET}))
    assert home.text("who") == "Lý Thị Nương"


@pytest.mark.parametrize(
    ("form", "field"),
    [({"password": "ngan"}, "password"), ({"phone": "12"}, "phone"), ({"name": ""}, "name")],
)
def test_what_is_wrong_is_told_and_lets_nobody_in(
    session: Session, clerk: Browser, seller: Seller, form: dict[str, str], field: str
) -> None:
    shown = open_access(clerk, seller, **form)
    assert shown.status == 422
    assert shown.error(field)
    assert shown.typed("password") is None
    assert grants_of(session) == set()


def test_who_sells_already_keeps_the_password(session: Session, clerk: Browser, seller: Seller) -> None:
    stall = builders.make_stall(session)
    user = builders.make_user(session, Role.STALLHOLDER, str(stall.id), phone=E164)
    page = clerk.follow(open_access(clerk, seller))
    assert "mật khẩu cũ" in page.words
    assert accounts.sign_in(session, E164, builders.PASSWORD).id == user.id
    assert (Role.SELLER, str(seller.id)) in grants_of(session)
    again = open_access(clerk, seller)
    assert again.status == 422
    assert "Người này đã có vai trò đó ở nơi này" in again.text("problems")


@pytest.mark.parametrize("locked", [False, True])
def test_the_phone_of_somebody_with_other_work_is_refused(
    session: Session, clerk: Browser, seller: Seller, locked: bool
) -> None:
    user = builders.make_user(session, None if locked else Role.CLERK, builders.BAC_HA, phone=E164)
    user.active = not locked
    session.commit()
    assert open_access(clerk, seller).error("phone")
    assert Role.SELLER not in {role for role, _ in grants_of(session)}


def test_who_forgot_the_password_gets_another(
    session: Session, enter: Enter, clerk: Browser, seller: Seller
) -> None:
    user = builders.make_seller_account(session, seller)
    token, _ = accounts.issue_token(session, user)
    session.commit()
    path = f"/sellers/{seller.id}/access/{user.id}"
    assert clerk.post(path, {"password": "ngan"}, page=path).error("password")
    clerk.follow(clerk.post(path, {"password": SECRET}, page=path))
    session.expire_all()
    assert accounts.sign_in(session, user.phone, SECRET).password_version == 2
    assert accounts.user_of_token(session, token) is None
    assert noted(session, seller) == ["seller_access.renewed"]
    builders.grant(session, user, Role.STALLHOLDER, str(builders.make_stall(session).id))
    assert clerk.post(path, {"password": "mat khau khac"}, page=path).status == 403
    assert accounts.sign_in(session, user.phone, SECRET)


def test_what_was_opened_is_closed_at_once(session: Session, enter: Enter, seller: Seller) -> None:
    user = builders.make_seller_account(session, seller)
    assert enter(user).get("/orders").status == 200
    clerk = enter(builders.make_clerk(session))
    path = f"/sellers/{seller.id}/access/{user.id}"
    page = clerk.follow(clerk.post(f"{path}/close", page=path))
    assert not page.has("holders")
    assert clerk.get(path).status == 404
    assert noted(session, seller) == ["seller_access.closed"]
    assert enter(user).get("/orders").status == 403


def test_only_the_clerk_of_the_seller_opens_it(session: Session, enter: Enter, seller: Seller) -> None:
    path, stall = f"/sellers/{seller.id}/access", builders.make_stall(session, seller=seller)
    stranger = enter(builders.make_clerk(session, builders.SA_PA))
    assert stranger.post(path, {"password": SECRET}, page="/").status == 404
    manager = enter(builders.make_manager(session, stall.market))
    assert not manager.get(f"/sellers/{seller.id}").has("open-access")
    assert manager.post(path, {"password": SECRET}, page="/").status == 403


def test_an_administrator_finds_it_among_the_people(session: Session, enter: Enter, seller: Seller) -> None:
    browser = enter(builders.make_administrator(session))
    page = browser.get("/admin/people/new?role=seller&q=Nương")
    assert seller.code in page.text("sellers")
    assert f"/sellers/{seller.id}/access" in page.html
    browser.follow(open_access(browser, seller))
    assert seller.name in browser.get(f"/admin/people?q={PHONE}").text("people")
    assert browser.get("/admin/people/new?role=seller&q=khongco").has("empty")


def _listing(session: Session, seller: Seller, **facts: Any) -> Listing:
    return builders.make_listing(
        session, builders.make_product(session, seller), marketplaces=["shop"], **facts
    )


def test_a_household_approves_prices_and_sends_its_own(
    session: Session, enter: Enter, seller: Seller
) -> None:
    listing = _listing(session, seller, price=35_000, stock=8)
    browser = enter(builders.make_seller_account(session, seller))
    home = browser.get("/")
    assert home.has("nav-orders")
    assert home.has("nav-listings")
    assert home.has("nav-book")
    assert not home.has("own-stalls")
    assert f"/sellers/{seller.id}/revenue-book" in home.html
    path = f"/listings/{listing.id}"
    browser.follow(browser.post(f"{path}/approve", page=path))
    changed = {"price": "36.000", "stock": "7", "marketplaces": "shop"}
    browser.follow(browser.post(path, changed, page=path))
    session.expire_all()
    assert (listing.status, listing.price, listing.stock) == (ListingStatus.APPROVED, 36_000, 7)
    order = builders.make_order(session, listing)
    assert order.number in browser.get("/orders").text("orders")
    assert order.number in browser.get("/orders/state").text("orders")
    path = f"/orders/{order.id}"
    browser.follow(browser.post(f"{path}/confirm", page=path))
    session.expire_all()
    assert order.status is OrderStatus.CONFIRMED
    book = browser.get(f"/sellers/{seller.id}/revenue-book")
    assert "Lý Thị Nương" in book.words


def test_orders_are_asked_for_where_no_stall_tells_of_them(
    session: Session, enter: Enter, seller: Seller
) -> None:
    (orders,) = (
        enter(builders.make_seller_account(session, seller)).get("/orders").tree.findall(".//*[@id='orders']")
    )
    assert (orders.get("data-events"), orders.get("data-refresh")) == ("", "/orders/state")


def test_a_new_product_is_the_households_own(session: Session, enter: Enter, seller: Seller) -> None:
    builders.make_seller(session)
    browser = enter(builders.make_seller_account(session, seller))
    path = f"/products/new?seller_id={seller.id}"
    assert browser.get("/products/new").answer.headers["Location"] == path
    form = {"seller_id": str(seller.id), "name": "Mận hậu", "unit": "kg", "goods": "fruit"}
    assert browser.post(path, form, page=path).location == "/listings/new"


def test_a_household_with_a_stall_sees_no_money_of_it(session: Session, enter: Enter, seller: Seller) -> None:
    stall = builders.make_stall(session, seller=seller)
    request = builders.make_payment_request(session, stall)
    builders.make_payment(session, request)
    browser = enter(builders.make_seller_account(session, seller))
    for tail in ("", "/today", "/payments", "/cash", "/fees", f"/payment-requests/{request.id}"):
        assert browser.get(f"/stalls/{stall.id}{tail}").status == 403, tail


def test_of_another_seller_nothing_is_seen(session: Session, enter: Enter, seller: Seller) -> None:
    neighbour = builders.make_seller(session, name="Hảng Thị Dê")
    listing = builders.make_approved_listing(session, builders.make_product(session, neighbour))
    order = builders.make_order(session, listing)
    browser = enter(builders.make_seller_account(session, seller))
    for path in (
        f"/listings/{listing.id}",
        f"/products/{listing.product_id}",
        f"/orders/{order.id}",
        f"/sellers/{neighbour.id}/revenue-book",
        f"/products/new?seller_id={neighbour.id}",
    ):
        assert browser.get(path).status == 404, path
    assert browser.get("/listings").has("empty")
    assert browser.get("/orders").has("empty")
    approve = browser.post(f"/listings/{listing.id}/approve", page="/listings")
    assert approve.status == 404
