"""Pages for everybody are kept for seconds: the same for all, packed, and never older than a minute."""

import time

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from services import listings
from tests import builders
from tests.integration.shop.conftest import Visitor, offer
from web import page_cache
from web.page_cache import BROWSER_SECONDS, FRESH_SECONDS, GRACE_SECONDS, PageCache


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """`clock[0] += 5`: five seconds later."""
    at = [1_000.0]
    monkeypatch.setattr(page_cache.time, "monotonic", lambda: at[0])
    return at


def withdraw(session: Session, listing: object) -> None:
    listings.withdraw_listing(session, builders.anybody(session), listing.id)  # type: ignore[attr-defined]
    session.commit()


def test_a_page_is_kept_and_then_made_anew(session: Session, visitor: Visitor, clock: list[float]) -> None:
    listing = offer(session)
    path = visitor.get(f"/shop/p/{listing.sku}").location
    assert visitor.get(path).status == 200
    withdraw(session, listing)
    clock[0] += FRESH_SECONDS - 1
    assert visitor.get(path, anew=False).status == 200
    clock[0] += 2
    assert visitor.get(path, anew=False).status == 404
    assert visitor.get(path, anew=False).status == 404


def test_altogether_no_page_is_older_than_a_minute(session: Session, visitor: Visitor) -> None:
    told = visitor.get("/shop").answer.headers["Cache-Control"]
    assert told == f"public, max-age={BROWSER_SECONDS}"
    assert FRESH_SECONDS + 2 * GRACE_SECONDS + BROWSER_SECONDS <= 60


def test_while_one_makes_it_anew_the_others_are_given_the_old_one(clock: list[float]) -> None:
    seen: list[bytes] = []

    def application(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [("Cache-Control", "public, max-age=30"), ("Content-Type", "text/plain")])
        if len(made) == 1:
            seen.append(ask())
        made.append(environ["PATH_INFO"])
        return [f"version {len(made)}".encode()]

    made: list[str] = []
    cache = PageCache(application)

    def ask() -> bytes:
        return b"".join(cache({"PATH_INFO": "/shop", "REQUEST_METHOD": "GET"}, lambda *_: None))

    assert ask() == b"version 1"
    clock[0] += FRESH_SECONDS + 1
    assert ask() == b"version 2"
    assert seen == [b"version 1"]
    assert ask() == b"version 2"


def test_who_has_the_page_already_is_told_so(session: Session, visitor: Visitor) -> None:
    first = visitor.get("/shop").answer
    again = visitor.fetch("/shop", anew=False, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    offer(session)
    changed = visitor.fetch("/shop", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_who_asks_is_not_known_and_stays_signed_in(session: Session, visitor: Visitor) -> None:
    user = builders.make_administrator(session)
    with visitor.client.session_transaction() as cookie:
        cookie["user_id"], cookie["version"] = user.id, user.password_version
    for path in ("/shop", "/shop/NB-NONE", "/robots.txt", "/01/1/10/1"):
        answer = visitor.get(path).answer
        assert user.name not in answer.text
        assert "Set-Cookie" not in answer.headers, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path
    assert visitor.client.get("/admin/people").status_code == 200


def test_where_the_link_was_followed_makes_no_other_page(
    session: Session, visitor: Visitor, clock: list[float]
) -> None:
    visitor.get("/shop")
    offer(session)
    for query in ("?fbclid=abc", "?utm_source=zalo&utm_medium=x", "?zarsrc=1"):
        assert visitor.get(f"/shop{query}", anew=False).has("empty"), query
    assert not visitor.get("/shop?page=1", anew=False).has("empty")


def test_words_that_are_searched_for_are_not_kept(session: Session, visitor: Visitor) -> None:
    assert visitor.get("/shop?q=man").has("empty")
    offer(session)
    assert not visitor.get("/shop?q=man", anew=False).has("empty")


def test_the_least_asked_for_go_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 200)
    made: list[str] = []

    def application(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("200 OK", [("Cache-Control", "public"), ("Content-Type", "text/plain")])
        made.append(environ["PATH_INFO"])
        return [environ["PATH_INFO"].encode() * 2]

    cache = PageCache(application)
    for path in ("/shop/a", "/shop/b", "/shop/a", *(f"/shop/{n}" for n in range(4)), "/shop/a"):
        list(cache({"PATH_INFO": path, "REQUEST_METHOD": "GET"}, lambda *_: None))
        cache_size = sum(len(kept.packed) for kept in cache._pages.values())
        assert cache_size == cache._bytes <= 200
    assert made.count("/shop/b") == 1
    assert time.monotonic() > 0


def test_head_is_answered_like_get_without_the_page(session: Session, visitor: Visitor) -> None:
    visitor.get("/shop")
    for anew in (False, True):
        visitor.app.extensions["page_cache"].clear() if anew else None
        answer = visitor.client.head("/shop")
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.content_type.startswith("text/html")


def test_other_addresses_pass_untouched(visitor: Visitor) -> None:
    answer = visitor.fetch("/sign-in")
    assert "Set-Cookie" in answer.headers
    assert visitor.client.post("/shop").status_code in {400, 405}
