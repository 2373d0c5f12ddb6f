"""Every route says who may enter; one that does not, lets nobody in."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from models import Role
from models.base import make_engine
from tests.builders import PASSWORD, make_administrator
from web import create_app
from web.auth import ANYBODY, policy_of, public
from web.page_cache import PageCache
from web.webhooks.floor_pushes import FloorPushes
from web.webhooks.intake import NoticeIntake

OPEN_TO_ANYBODY = {
    "account.choose",
    "account.leave",
    "account.sign_in",
    "docs.openapi",
    "docs.page",
    "docs.part_page",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "ordering.order",
    "ordering.placed",
    "ordering.state",
    "photo_files.photo",
    "receipts.fee_receipt",
    "receipts.receipt",
    "shop.commune",
    "shop.everything",
    "shop.google",
    "shop.market",
    "shop.meta",
    "shop.moved",
    "shop.offer",
    "shop.qr",
    "shop.qr_image",
    "shop.robots",
    "shop.shop",
    "shop.sitemap",
    "shop.sitemap_of_offers",
    "shop.sitemap_of_shops",
    "shop.trace",
    "tokens.create_token",
}
"""A route that joins these lets in the whole world: that must be meant."""
METHODS_OF_FLASK = {"HEAD", "OPTIONS"}


@pytest.fixture
def app(database_url: str, redis_url: str) -> Flask:
    return create_app()


def policies(app: Flask) -> dict[tuple[str, str], object]:
    return {
        (rule.endpoint, method): getattr(policy_of(app, rule.endpoint, method), "admits", None)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - METHODS_OF_FLASK
        if rule.endpoint != "static"
    }


def test_every_route_and_method_states_who_may_enter(app: Flask) -> None:
    stated = policies(app)
    assert len(stated) > 50
    assert [where for where, admits in stated.items() if admits is None] == []


def test_what_they_state_is_anybody_or_roles_with_the_administrator(app: Flask) -> None:
    for where, admits in policies(app).items():
        assert admits == ANYBODY or (set(admits) <= set(Role) and Role.ADMINISTRATOR in admits), where  # type: ignore[call-overload]


def test_only_those_meant_to_be_are_open_to_anybody(app: Flask) -> None:
    assert {
        endpoint for (endpoint, _), admits in policies(app).items() if admits == ANYBODY
    } == OPEN_TO_ANYBODY


def test_only_notices_pushes_and_kept_pages_are_taken_before_the_guard(app: Flask) -> None:
    assert isinstance(app.wsgi_app, NoticeIntake)
    pushes = app.wsgi_app._following
    assert isinstance(pushes, FloorPushes)
    kept_pages = pushes._following
    assert isinstance(kept_pages, PageCache)
    assert kept_pages._following == Flask.wsgi_app.__get__(app)


def test_route_that_states_nothing_lets_nobody_in(app: Flask, database_url: str) -> None:
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")
    app.add_url_rule("/api/v1/meant", "meant", public(lambda: "for all"))
    engine = make_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with Session(engine, expire_on_commit=False) as session:
        administrator = make_administrator(session)
    engine.dispose()
    client = app.test_client()
    answer = client.post("/api/v1/tokens", json={"phone": administrator.phone, "password": PASSWORD})
    token = {"Authorization": f"Bearer {answer.json['token']}"}  # type: ignore[index]
    assert client.get("/api/v1/meant").status_code == 200
    assert client.get("/api/v1/forgotten").status_code == 401
    assert client.get("/api/v1/forgotten", headers=token).status_code == 403
