"""Only floors that are connected can be chosen, and those that a listing has already."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from services.listings import change_listing, draft_listing
from tests import builders

Facts = dict[str, Any]
Disconnect = Callable[..., None]


def test_a_floor_that_is_not_connected_is_not_chosen(session: Session, disconnect: Disconnect) -> None:
    product, actor = builders.make_product(session), builders.anybody(session)
    disconnect("vendure")
    facts: Facts = {"product_id": product.id, "price": 35_000, "stock": 4}
    with pytest.raises(InvalidInput) as caught:
        draft_listing(session, actor, **facts, marketplaces=["shop", "vendure"])
    (said,) = caught.value.errors["marketplaces"]
    assert "Shopee" in said
    assert "Vendure" not in said
    listing, _ = draft_listing(session, actor, **facts, marketplaces=["shop"])
    with pytest.raises(InvalidInput):
        change_listing(session, actor, listing.id, marketplaces=["vendure"])


def test_a_listing_keeps_the_floor_that_it_has(session: Session, disconnect: Disconnect) -> None:
    listing, actor = builders.make_listing(session, marketplaces=["vendure"]), builders.anybody(session)
    disconnect("vendure")
    change_listing(session, actor, listing.id, marketplaces=["shop", "vendure"])
    assert listing.marketplaces == ["shop", "vendure"]
    change_listing(session, actor, listing.id, marketplaces=["shop"])
    with pytest.raises(InvalidInput):
        change_listing(session, actor, listing.id, marketplaces=["shop", "vendure"])
