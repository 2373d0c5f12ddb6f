"""A number of pieces that a person says: it counts once, less what orders have taken since it was looked up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from models import Listing, StockCount
from services.access import Actor
from services.listings import change_listing
from services.stock_counts import CountedSince
from tests import builders

Say = Callable[..., Listing]


@pytest.fixture
def listing(session: Session) -> Listing:
    """Ten pieces."""
    return builders.make_approved_listing(session, stock=10)


@pytest.fixture
def actor(session: Session) -> Actor:
    return builders.anybody(session)


@pytest.fixture
def say(session: Session, listing: Listing, actor: Actor) -> Say:
    return partial(change_listing, session, actor, listing.id)


def now(session: Session, listing: Listing) -> tuple[int, int]:
    """Its stock and its version."""
    session.commit()
    session.expire_all()
    found = session.get_one(Listing, listing.id)
    return found.stock, found.version


@pytest.mark.parametrize("tells_version", [True, False])
def test_the_same_number_again_changes_nothing(
    session: Session, listing: Listing, say: Say, tells_version: bool
) -> None:
    seen = {"stock_seen": 10, "version_seen": listing.version if tells_version else None}
    builders.make_order(session, listing, 4)
    say(stock=12, **seen)
    first = now(session, listing)
    assert first[0] == 8
    for _ in range(2):
        say(stock=12, **seen)
        assert now(session, listing) == first
    builders.make_order(session, listing, 3)
    say(stock=12, **seen)
    assert now(session, listing)[0] == 5, "what is sold afterwards stays sold"


def test_ten_equal_numbers_at_once_count_once(
    session: Session, engine: Engine, listing: Listing, actor: Actor
) -> None:
    seen, version = listing.id, listing.version
    builders.make_order(session, listing, 4)
    before = listing.version

    def act(_: int) -> None:
        with Session(engine) as own, own.begin():
            change_listing(own, actor, seen, stock=20, stock_seen=10, version_seen=version)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(act, range(10)))
    assert now(session, listing) == (16, before + 1)
    assert session.scalar(select(func.count()).select_from(StockCount)) == 1


def test_equal_numbers_of_different_days_both_count(session: Session, listing: Listing, say: Say) -> None:
    for _ in range(2):
        stock, version = now(session, listing)
        assert stock == 10
        say(stock=15, stock_seen=10, version_seen=version)
        builders.make_order(session, listing, 5)
    say(stock=15, stock_seen=10)
    assert now(session, listing)[0] == 15


def test_an_earlier_number_again_changes_nothing_either(session: Session, listing: Listing, say: Say) -> None:
    first = {"stock": 12, "stock_seen": 10, "version_seen": listing.version}
    say(**first)
    stock, version = now(session, listing)
    say(stock=30, stock_seen=stock, version_seen=version)
    last = now(session, listing)
    say(**first)
    assert now(session, listing) == last == (30, version + 1)


@pytest.mark.parametrize("steps_back", [0, 1])
def test_a_number_that_another_has_overtaken_is_refused_with_the_newest(
    session: Session, listing: Listing, say: Say, steps_back: int
) -> None:
    """Both looked at nine, or one of them before an order was there: nobody can know whose number is right."""
    builders.make_order(session, listing, 1)
    version = now(session, listing)[1]
    say(stock=12, stock_seen=9, version_seen=version)
    session.commit()
    with pytest.raises(CountedSince) as refused:
        say(stock=13, stock_seen=9 + steps_back, version_seen=version - steps_back)
    assert "nay còn 12" in refused.value.errors["stock"][0]
    session.rollback()
    assert now(session, listing)[0] == 12


def test_other_changes_and_an_unchanged_number_overtake_nobody(
    session: Session, listing: Listing, say: Say
) -> None:
    version = listing.version
    say(price=36_000, stock=10, stock_seen=10, version_seen=version)
    say(stock=12, stock_seen=10, version_seen=version)
    say(price=37_000, stock=10, stock_seen=10, version_seen=version)
    assert now(session, listing)[0] == 12


def test_more_than_was_there_is_never_taken(session: Session, listing: Listing, say: Say) -> None:
    """Three of ten are right while all ten are sold; when two come back, a repeat takes nothing of them."""
    seen = {"stock": 3, "stock_seen": 10, "version_seen": listing.version}
    order = builders.make_order(session, listing, 10)
    say(**seen)
    assert now(session, listing)[0] == 0
    session.get_one(Listing, order.lines[0].listing_id).stock = 2
    say(**seen)
    assert now(session, listing)[0] == 2


def test_a_version_that_there_is_not_yet_is_no_version_seen(
    session: Session, listing: Listing, say: Say
) -> None:
    with pytest.raises(InvalidInput) as refused:
        say(stock=12, stock_seen=10, version_seen=listing.version + 1)
    assert list(refused.value.errors) == ["version_seen"]


def test_the_database_keeps_one_number_of_one_version_seen(session: Session, listing: Listing) -> None:
    facts = {"listing_id": listing.id, "version_seen": 1, "stock_seen": 10, "version": 2}
    session.add(StockCount(**facts, stock=12))
    session.commit()
    for wrong in (
        {"stock": 13},
        {"version_seen": 2, "stock": 12},
        {"version": 3, "version_seen": 2, "stock": 10},
    ):
        with pytest.raises(IntegrityError):
            session.execute(insert(StockCount).values(facts | wrong))
        session.rollback()
