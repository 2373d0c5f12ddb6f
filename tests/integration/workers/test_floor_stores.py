"""What workers share of a floor account: tokens that the installation began with, and the floor's names of photos."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import config
from core.floor_config import FloorConfig
from gateways.ports import UNKNOWN_END, Tokens
from models import FloorPicture
from services import floor_accounts
from workers import floor_stores
from workers.floor_stores import SharedShelf, SharedTokens

KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> FloorConfig:
    """An installation that was given tokens for Shopee."""
    shopee = replace(config().shopee, access_token="first-access", refresh_token="first-refresh")
    told = replace(config(), shopee=shopee)
    monkeypatch.setattr(floor_stores, "config", lambda: told)
    return shopee


def test_tokens_of_the_installation_stand_until_they_are_renewed(
    session: Session, given: FloorConfig
) -> None:
    tokens = SharedTokens("shopee")
    first = tokens.current()
    assert first == Tokens("first-access", "first-refresh", UNKNOWN_END)
    assert first is not None
    renewed = Tokens("second-access", "second-refresh", UNKNOWN_END)
    assert tokens.renew(first, lambda old: renewed if old == first else old) == renewed
    assert SharedTokens("shopee").current() == renewed
    assert floor_accounts.tokens_of(session, "shopee") == renewed


def test_a_floor_without_tokens_has_none(session: Session, given: FloorConfig) -> None:
    assert SharedTokens("vendure").current() is None


def test_names_of_photos_are_kept_by_floor_and_forgotten(session: Session) -> None:
    shopee, lazada = SharedShelf("shopee"), SharedShelf("lazada")
    shopee.keep(KEY, "vn-1")
    shopee.keep(OTHER, "vn-2")
    lazada.keep(KEY, "https://vn-live.slatic.net/p/1.jpg")
    assert shopee.names([KEY, OTHER, "c" * 64]) == {KEY: "vn-1", OTHER: "vn-2"}
    shopee.forget([KEY])
    assert (shopee.names([KEY]), lazada.names([KEY]).keys()) == ({}, {KEY})


def test_of_two_names_for_a_photo_the_first_is_kept(session: Session) -> None:
    for name in ("vn-1", "vn-2"):
        SharedShelf("shopee").keep(KEY, name)
    assert SharedShelf("shopee").names([KEY]) == {KEY: "vn-1"}
    assert session.query(FloorPicture).count() == 1


def test_an_operator_keeps_the_tokens_that_an_owner_gives(app: Flask, session: Session) -> None:
    given = ["connect-floor", "lazada", "--access-token", "an-access", "--refresh-token", "a-refresh"]
    done = app.test_cli_runner().invoke(args=given)
    assert done.output == "stored\n"
    assert SharedTokens("lazada").current() == Tokens("an-access", "a-refresh", UNKNOWN_END)
    assert app.test_cli_runner().invoke(args=["connect-floor", "voso"]).exit_code == 2
