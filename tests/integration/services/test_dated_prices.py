"""Prices for some days: which one holds, from midnight to midnight in Vietnam, and that floors are told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from core.clock import business_day, now, start_of_day
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from models import DatedPrice, Listing, OutboxEvent, PublicationStatus
from services import drift
from services.dated_prices import add_dated_price, end_dated_price, list_dated_prices, turn_prices
from services.listings import approve_listing, change_listing, list_drafts, withdraw_listing
from services.products import change_product
from services.publishing import begin_publication, finish_publication, photo_content
from tests.builders import anybody, make_dated_price, make_listing
from workers.jobs import maintenance

FLOORS = ("postmart", "shop", "vendure")
SetClock = Callable[[datetime], None]


def stand(session: Session, **facts: Any) -> Listing:
    """An approved listing at 35.000, at 46.000 in the shop."""
    listing = make_listing(session, **{"marketplaces": FLOORS, "prices": {"shop": 46_000}} | facts)
    approve_listing(session, anybody(session), listing.id)
    session.commit()
    return listing


def day(ahead: int) -> date:
    return business_day(now()) + timedelta(days=ahead)


def pass_days(session: Session, days: int) -> None:
    """All prices are so much older."""
    columns = {name: getattr(DatedPrice, name) - days for name in ("first_day", "last_day", "turns_on")}
    session.execute(update(DatedPrice).values(columns))
    session.commit()
    session.expire_all()


def turn(session: Session, most: int = 100) -> tuple[int, int]:
    done = turn_prices(session, most)
    session.commit()
    session.expire_all()
    return done


def requests(session: Session) -> list[str]:
    query = select(OutboxEvent).where(OutboxEvent.type.like("publication.%")).order_by(OutboxEvent.id)
    return [told.payload["marketplace"] for told in session.scalars(query)]


def refusal(session: Session, listing: Listing, **facts: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        make_dated_price(session, listing, **facts)
    session.rollback()
    return refused.value


def test_one_floors_price_of_the_day_goes_first_and_then_the_ordinary_one_stands_again(
    session: Session,
) -> None:
    listing = stand(session)
    make_dated_price(session, listing, 1, 3, price=30_000)
    make_dated_price(session, listing, 2, 2, price=28_000, marketplace="vendure")
    asked = [[listing.price_on(name, day(ahead)) for name in ("vendure", "shop")] for ahead in range(5)]
    assert asked == [
        [35_000, 46_000],
        [30_000, 30_000],
        [28_000, 30_000],
        [30_000, 30_000],
        [35_000, 46_000],
    ]
    until = [listing.priced_until("vendure", day(ahead)) for ahead in range(5)]
    assert until == [None, day(1), day(2), day(3), None]


def test_it_holds_from_midnight_in_vietnam_to_midnight(session: Session, set_clock: SetClock) -> None:
    listing = stand(session)
    make_dated_price(session, listing, 1, 1, price=30_000)
    begins, ends = start_of_day(day(1)), start_of_day(day(2))
    assert (begins.astimezone(UTC).hour, ends - begins) == (17, timedelta(days=1))
    second = timedelta(seconds=1)
    shown = []
    for moment in (begins - second, begins, ends - second, ends):
        set_clock(moment)
        shown.append(([one.price for one in list_drafts(listing)], turn(session)))
    usual, dated = [35_000, 46_000, 35_000], [30_000] * 3
    assert shown == [(usual, (0, 0)), (dated, (1, 1)), (dated, (0, 0)), (usual, (1, 1))]
    assert listing.version == 3


def test_floors_are_told_once_when_it_begins_and_once_when_it_is_over(session: Session) -> None:
    listing, other = stand(session), stand(session)
    make_dated_price(session, listing, 1, 2)
    asked = requests(session)
    assert (turn(session), listing.version) == ((0, 0), 1), "its first day has not come"
    told: list[str] = []
    for days, version in ((1, 2), (1, 2), (1, 3)):
        pass_days(session, days)
        assert [turn(session) for _ in range(3)][1:] == [(0, 0)] * 2
        assert (listing.version, other.version) == (version, 1)
        told = sorted(requests(session)[len(asked) :])
    assert told == sorted(FLOORS * 2)
    standing = {one.marketplace: one for one in listing.publications}
    assert {one.desired_version for one in standing.values()} == {3}
    assert (standing["shop"].status, standing["shop"].published_version) == (PublicationStatus.LISTED, 3)
    assert {standing[name].status for name in ("postmart", "vendure")} == {PublicationStatus.WAITING}


def test_one_floors_price_is_told_to_that_floor_alone(session: Session) -> None:
    listing = stand(session)
    make_dated_price(session, listing, 1, 2, marketplace="vendure")
    asked = len(requests(session))
    pass_days(session, 1)
    assert turn(session) == (1, 1)
    assert requests(session)[asked:] == ["vendure"]
    assert {one.marketplace: one.desired_version for one in listing.publications} == {
        "postmart": 1,
        "shop": 1,
        "vendure": 2,
    }


def test_what_nobody_looked_after_for_days_is_told_late(session: Session) -> None:
    over, running = stand(session), stand(session)
    make_dated_price(session, over, 1, 2)
    make_dated_price(session, running, 1, 20)
    pass_days(session, 9)
    assert (turn(session), turn(session)) == ((2, 2), (0, 0))
    assert (over.version, running.version) == (2, 2)
    assert session.scalar(select(func.count()).where(DatedPrice.turns_on.is_(None))) == 1


def test_drafts_and_what_was_withdrawn_are_told_to_nobody(session: Session) -> None:
    draft, withdrawn = make_listing(session), stand(session)
    withdraw_listing(session, anybody(session), withdrawn.id)
    for listing in (draft, withdrawn):
        make_dated_price(session, listing, 0, 1)
    asked = requests(session)
    pass_days(session, 2)
    assert (turn(session), requests(session)) == ((2, 0), asked)


def test_two_clocks_at_once_tell_once(session: Session, engine: Engine) -> None:
    listings = [stand(session) for _ in range(3)]
    for listing in listings:
        make_dated_price(session, listing, 1, 2)
    pass_days(session, 1)
    asked, both = len(requests(session)), Barrier(2)

    def strike(_: int) -> tuple[int, int]:
        with sessionmaker(engine).begin() as own:
            both.wait()
            return turn_prices(own, 100)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(strike, range(2)))
    assert sum(prices for prices, _ in done) + turn(session)[0] == 3
    session.expire_all()
    assert [listing.version for listing in listings] == [2, 2, 2]
    assert len(requests(session)) == asked + 3 * len(FLOORS)


def test_a_listing_that_somebody_changes_is_left_for_the_next_time(session: Session, engine: Engine) -> None:
    listing = stand(session)
    make_dated_price(session, listing, 1, 2)
    pass_days(session, 1)
    with sessionmaker(engine).begin() as other:
        other.execute(select(Listing.id).where(Listing.id == listing.id).with_for_update())
        assert turn(session) == (0, 0)
    assert turn(session) == (1, 1)


def test_many_turn_at_midnight_in_as_many_statements_as_one(session: Session) -> None:
    for listing in [stand(session) for _ in range(6)]:
        make_dated_price(session, listing, 1, 2)
    pass_days(session, 1)
    sent: list[object] = []

    def note(*about: object) -> None:
        sent.append(about[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        assert turn_prices(session, 1) == (1, 1)
        for_one = len(sent)
        assert turn_prices(session, 5) == (5, 5)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sent) == for_one * 2


def test_the_clock_has_all_of_them_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "PRICES_AT_ONCE", 2)
    listings = [stand(session, marketplaces=["shop"]) for _ in range(5)]
    for listing in listings:
        make_dated_price(session, listing, 1, 2)
    pass_days(session, 1)
    for _ in range(2):
        maintenance.turn_prices()
    session.expire_all()
    assert [listing.version for listing in listings] == [2] * 5


def test_what_begins_today_or_is_ended_is_told_at_once(session: Session) -> None:
    listing, actor = stand(session), anybody(session)
    today = make_dated_price(session, listing, 0, 5)
    assert (listing.version, listing.price_on("shop", day(0))) == (2, 30_000)
    coming = make_dated_price(session, listing, 6, 7)
    end_dated_price(session, actor, listing.id, coming.id)
    assert listing.version == 2, "nobody was told of it"
    for _ in range(2):
        end_dated_price(session, actor, listing.id, today.id)
    session.commit()
    assert (listing.version, listing.price_on("shop", day(0))) == (3, 46_000)
    assert list_dated_prices(session, actor, listing.id).items == []
    pass_days(session, 9)
    assert turn(session) == (0, 0)
    with pytest.raises(NotFound):
        end_dated_price(session, actor, stand(session).id, today.id)


def test_of_a_floor_only_one_holds_on_a_day(session: Session) -> None:
    listing = stand(session)
    first = make_dated_price(session, listing, 3, 5)
    for days in ((5, 9), (1, 3), (4, 4), (1, 9)):
        refused = refusal(session, listing, first=days[0], last=days[1])
        assert f"{first.first_day:%d/%m/%Y} đến {first.last_day:%d/%m/%Y}" in refused.errors["first_day"][0]
    make_dated_price(session, listing, 6, 9)
    make_dated_price(session, listing, 3, 5, marketplace="shop")
    make_dated_price(session, stand(session), 3, 5)
    facts = {name: getattr(first, name) for name in ("listing_id", "price", "unit", "first_day", "last_day")}
    session.add(DatedPrice(id=new_id(), turns_on=first.first_day, **facts))
    with pytest.raises(IntegrityError, match="ex_dated_prices_overlap"):
        session.flush()
    session.rollback()
    end_dated_price(session, anybody(session), listing.id, first.id)
    make_dated_price(session, listing, 3, 5)


def test_sent_twice_it_is_stored_once(session: Session) -> None:
    listing, id_ = stand(session), new_id()
    facts = {"id": id_, "price": 30_000, "first_day": day(1), "last_day": day(2)}
    act = partial(add_dated_price, session, anybody(session), listing.id, **facts)
    assert [act()[1] for _ in range(2)] == [True, False]
    with pytest.raises(NotFound):
        add_dated_price(session, anybody(session), stand(session).id, **facts)


@pytest.mark.parametrize(
    ("first", "last", "field"), [(-1, 3, "first_day"), (4, 3, "last_day"), (1, 731, "last_day")]
)
def test_days_that_cannot_be_are_refused(session: Session, first: int, last: int, field: str) -> None:
    assert list(refusal(session, stand(session), first=first, last=last).errors) == [field]


@pytest.mark.parametrize(
    ("price", "floor", "jumps"),
    [
        (3_500, None, True),
        (4_600, None, True),
        (4_601, None, False),
        (350_000, "vendure", True),
        (460_000, "shop", True),
    ],
)
def test_a_price_that_jumps_is_asked_about(
    session: Session, price: int, floor: str | None, jumps: bool
) -> None:
    listing = stand(session)
    if jumps:
        refused = refusal(session, listing, price=price, marketplace=floor)
        assert list(refused.errors) == ["price_is_right"]
    make_dated_price(session, listing, price=price, marketplace=floor, price_is_right=jumps)


def test_a_change_of_the_ordinary_price_is_measured_by_the_ordinary_one(session: Session) -> None:
    listing = stand(session)
    make_dated_price(session, listing, 0, 3, price=3_600, price_is_right=True)
    change_listing(session, anybody(session), listing.id, price=36_500)
    assert (listing.price, listing.price_on("vendure", day(0))) == (36_500, 3_600)


def test_a_price_of_one_unit_is_none_for_another(session: Session) -> None:
    listing, actor = stand(session, prices={}), anybody(session)
    make_dated_price(session, listing, 0, 3)
    change_product(session, actor, listing.product_id, unit="thùng")
    session.commit()
    session.expire_all()
    assert listing.price_on("vendure", day(0)) == 30_000, (
        "it is sold by the kilogram until the crate is approved"
    )
    assert list(refusal(session, listing, first=5, last=6).errors) == ["price"]
    change_listing(session, actor, listing.id, price=340_000)
    session.commit()
    assert [one.price for one in list_drafts(listing)] == [340_000] * 3
    approve_listing(session, actor, listing.id)
    session.commit()
    session.expire_all()
    assert listing.price_on("vendure", day(0)) == 340_000
    make_dated_price(session, listing, 0, 3, price=300_000)
    assert listing.price_on("vendure", day(0)) == 300_000


def test_workers_show_the_price_of_the_day_and_compare_with_it(session: Session, set_clock: SetClock) -> None:
    listing = stand(session, marketplaces=["vendure"])
    make_dated_price(session, listing, 1, 1)
    (publication,) = listing.publications

    def publish() -> int:
        task = begin_publication(session, publication.id, partial(photo_content, session))
        assert task
        assert task.offer
        finish_publication(session, task, None)
        session.commit()
        session.expire_all()
        return task.offer.price

    def expected() -> int | None:
        task = drift.begin_check(session, publication.id)
        session.commit()
        return task.expected.price if task and task.expected else None

    assert (publish(), expected()) == (35_000, 35_000)
    set_clock(start_of_day(day(1)))
    assert expected() is None, "the floor cannot know yet"
    turn(session)
    assert (publish(), expected()) == (30_000, 30_000)
    set_clock(start_of_day(day(1)))
    turn(session)
    assert (publish(), expected()) == (35_000, 35_000)
