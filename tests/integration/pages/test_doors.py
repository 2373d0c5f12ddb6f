"""Every page, tried by everybody: who may enter, who may not, and how it is said."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.integration.pages.conftest import Browser, Enter
from tests.integration.pages.world import make_world

C, S, H, M, P, A = "clerk", "stallholder", "seller", "manager", "officer", "administrator"
EVERYBODY = {C, S, H, M, P, A}

PAGES = {
    "/": EVERYBODY,
    "/communes?commune_query=bac+ha": {C, S, M, A},
    "/households": {C, A},
    "/households/new": {C, A},
    "/households/{household}": {C, A},
    "/households/{household}/reveal": {C, A},
    "/households/{household}/consents": {C, A},
    "/sellers": {C, M, A},
    "/sellers/thresholds": {C, M, A},
    "/sellers/thresholds?market_id={market}": {C, M, A},
    "/sellers/new": {C, M, A},
    "/sellers/{seller}": {C, M, A},
    "/sellers/{seller}/access": {C, A},
    "/sellers/{seller}/access/{account}": {C, A},
    "/sellers/{seller}/revenue-book": {C, S, H, M, A},
    "/markets": {C, M, A},
    "/markets/new": {A},
    "/markets/{market}": {C, M, A},
    "/markets/{market}/stalls/new": {C, M, A},
    "/markets/{market}/settings": {M, A},
    "/markets/{market}/report": {M, A},
    "/markets/{market}/qr-check": {M, A},
    "/markets/{market}/close": {M, A},
    "/markets/{market}/close/reopen": {M, A},
    "/markets/{market}/exceptions": {M, A},
    "/exceptions/{exception}": {M, A},
    "/exceptions/{exception}/match": {M, A},
    "/exceptions/{exception}/refund": {M, A},
    "/exceptions/{exception}/write-off": {M, A},
    "/exceptions/{exception}/ignore": {M, A},
    "/exceptions/{exception}/restore": {M, A},
    "/exceptions/{exception}/same": {M, A},
    "/exceptions/{exception}/another": {M, A},
    "/payments/{payment}/unmatch": {M, A},
    "/exceptions/{exception}/undo/{resolution}": {M, A},
    "/markets/{market}/statements": {M, A},
    "/statements/{statement}": {M, A},
    "/statements/{statement}/state": {M, A},
    "/statements/{unmapped}/mapping": {M, A},
    "/markets/{market}/statement-mappings": {M, A},
    "/statement-mappings/{mapping}": {M, A},
    "/markets/{market}/channels": {M, A},
    "/channels/{direct}/notices": {C, S, H, M, A},
    "/channels/{direct}/virtual-accounts": {C, S, H, M, A},
    "/channels/{collector}/new": {M, A},
    "/channels/{channel}/{collector}": {M, A},
    "/channels/{channel}/{collector}/state": {M, A},
    "/stalls/{stall}/channel": {M, A},
    "/stalls/{stall}/close": {M, A},
    "/markets/{market}/fees": {M, A},
    "/markets/{market}/fees/arrears": {M, A},
    "/markets/{market}/fees/ticket": {M, A},
    "/markets/{market}/fees/tariffs": {M, A},
    "/markets/{market}/fees/account": {M, A},
    "/provinces/{province}/fee-tariffs": {A},
    "/tickets": {S, H, A},
    "/fee-invoices/{fee}": {S, M, A},
    "/fee-invoices/{fee}/state": {S, M, A},
    "/fee-invoices/{fee}/cash": {M, A},
    "/fee-invoices/{fee}/cash/{cash}/undo": {M, A},
    "/fee-invoices/{fee}/cancel": {M, A},
    "/stalls/{stall}": {C, S, M, A},
    "/stalls/{stall}/cash": {S, M, A},
    "/stalls/{stall}/fees": {S, M, A},
    "/stalls/{stall}/today": {S, M, A},
    "/stalls/{stall}/payments": {S, M, A},
    "/stalls/{stall}/payments/{payment}/receipt": {S, M, A},
    "/stalls/{stall}/payment-requests/new": {S, M, A},
    "/stalls/{stall}/payment-requests/{request}": {S, M, A},
    "/stalls/{stall}/payment-requests/{request}/state": {S, M, A},
    "/products/new": {C, S, H, A},
    "/products/{product}": {C, S, H, A},
    "/products/{product}/photos": {C, S, H, A},
    "/products/{product}/photos/grid": {C, S, H, A},
    "/products/{product}/photos/{photo}/replace": {C, S, H, A},
    "/products/{product}/lots": {C, S, H, A},
    "/products/{product}/lots/{lot}": {C, S, H, A},
    "/listings": {C, S, H, A},
    "/listings/waiting": {C, S, H, A},
    "/floors": {C, A},
    "/floors/{floor}": {C, A},
    "/floors/{floor}/sheet.xlsx": {C, A},
    "/listings/sheet": {C, S, H, A},
    "/listings/sheet.xlsx": {C, S, H, A},
    "/listings/new?product_id={product}": {C, S, H, A},
    "/listings/{listing}": {C, S, H, A},
    "/listings/{listing}/publications": {C, S, H, A},
    "/listings/{listing}/prices/new": {C, S, H, A},
    "/orders": {C, S, H, A},
    "/orders/state": {C, S, H, A},
    "/settlements": {C, S, H, A},
    "/orders/{order}": {C, S, H, A},
    "/orders/{order}/state": {C, S, H, A},
    "/orders/{order}/cancel": {C, S, H, A},
    "/programme": {P, A},
    "/admin/people": {A},
    "/admin/people/new": {A},
    "/admin/channels": {A},
    "/admin/floors": {A},
    "/admin/banks": {A},
    "/admin/tax-rules": {A},
    "/admin/floor-categories": {A},
    "/admin/floor-categories/{tree_floor}/{goods}": {A},
    "/admin/floor-orders": {A},
    "/admin/floor-orders/{stray}": {A},
    "/admin/floor-orders/{stray}/tie?goods=LA-1": {A},
    "/admin/floor-orders/{stray}/aside": {A},
    "/admin/dead-letters": {A},
}
LEADS_ON = {("/", S), ("/", P), ("/products/new", S), ("/products/new", H), ("/products/new", C)}
"""Who has one place only is led there."""
SHARED = {
    "/", "/households", "/households/new", "/sellers", "/sellers/new", "/sellers/{seller}", "/sellers/thresholds",
    "/markets", "/listings", "/listings/waiting", "/listings/sheet", "/listings/sheet.xlsx", "/products/new",
    "/programme", "/communes?commune_query=bac+ha", "/tickets",
    "/orders", "/orders/state", "/settlements", "/channels/{collector}/new", "/floors", "/floors/{floor}",
    "/floors/{floor}/sheet.xlsx",
}  # fmt: skip
"""Pages without one place's data of their own; a manager may open any seller, to give it a stall."""
OF_A_STALL = {("/fee-invoices/{fee}", H), ("/fee-invoices/{fee}/state", H)}
"""Who sells without a stall enters such pages, but finds no stall's there."""
ROOMS = ("account", "onboarding", "market", "stall", "programme", "admin")
NO_PAGES = {"account.sign_in", "market.of_request"}
"""Open to everybody; only leading on."""


def test_each_role_enters_its_pages_and_no_others(session: Session, enter: Enter) -> None:
    world = make_world(session)
    for role, user in world.people.items():
        browser = enter(user)
        for path, admitted in PAGES.items():
            shown = browser.get(world.fill(path))
            wanted = {200, 302, 303} if (path, role) in LEADS_ON else {200} if role in admitted else {403}
            wanted = {404} if (path, role) in OF_A_STALL else wanted
            assert shown.status in wanted, (role, path, shown.status)


def test_people_of_other_places_learn_nothing(session: Session, enter: Enter) -> None:
    world = make_world(session)
    for role, user in world.others.items():
        browser = enter(user)
        for path in PAGES.keys() - SHARED:
            shown = browser.get(world.fill(path))
            assert shown.status in {403, 404}, (role, path, shown.status)
            assert world.seller.name not in shown.html


def test_nobody_enters_without_signing_in(session: Session, browser: Browser) -> None:
    world = make_world(session)
    for path in PAGES:
        shown = browser.get(world.fill(path))
        assert (shown.status, shown.location) == (302, "/sign-in"), path


def test_a_request_is_shown_at_its_own_stall_only(session: Session, enter: Enter) -> None:
    world = make_world(session)
    other = make_world(session)
    browser = enter(world.people[A])
    for tail in ("", "/state"):
        path = f"/stalls/{other.stall.id}/payment-requests/{world.request.id}{tail}"
        assert browser.get(path).status == 404


def test_every_page_is_tried_here(app: Flask) -> None:
    def shape(path: str) -> str:
        return re.sub(r"<[^>]+>|\{[^}]+\}", "*", path.partition("?")[0])

    rules = {
        shape(rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(tuple(f"{room}." for room in ROOMS))
        and "GET" in (rule.methods or ())
        and rule.endpoint not in NO_PAGES
    }
    assert rules == {shape(path) for path in PAGES}


@pytest.mark.parametrize(
    "path",
    [
        "/households/{household}/verify",
        "/stalls/{stall}/payment-requests/{request}/cancel",
        "/listings/{listing}/approve",
        "/listings/{listing}/withdraw",
        "/listings/{listing}/publications/vendure/claim",
        "/listings/{listing}/publications/vendure/leave",
        "/listings/{listing}/retry",
        "/orders/{order}/confirm",
        "/orders/{order}/pack",
        "/orders/{order}/deliver",
        "/sellers/{seller}/access/{account}/close",
        "/admin/floors/shopee/ask-again",
        "/admin/dead-letters/replay",
        "/admin/floor-categories/{tree_floor}/read",
        "/admin/floor-categories/{tree_floor}/{goods}/choose",
        "/admin/floor-categories/{tree_floor}/{goods}/publish",
        "/admin/floor-orders/{stray}/back",
    ],
)
def test_deeds_are_not_for_an_officer(session: Session, enter: Enter, path: str) -> None:
    world = make_world(session)
    browser = enter(world.people[P])
    assert browser.post(world.fill(path), page="/programme").status == 403
