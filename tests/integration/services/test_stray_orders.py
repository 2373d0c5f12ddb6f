"""Orders that are nobody's here: mapped by the floor's own number, else kept where people see them, and taken over
once it is known whose they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Forbidden, InvalidInput
from gateways.ports import FloorOrder, OrderLine, OrderStatus
from models import Listing, Order, OrderTie, OutboxEvent, Publication, StrayOrder, StrayReason, StrayState
from models import OrderLine as StoredLine
from services import buyers, stray_deeds
from services.access import Actor, actor_of
from services.claims import claim_publication
from services.floor_orders import Taken, take_orders
from services.stray_deeds import OrderNotWaiting
from tests import builders
from tests.builders import floor_order, page_of

FLOOR = "vendure"


@pytest.fixture
def listing(session: Session) -> Listing:
    """Ten pieces, standing on the floor as its number 77."""
    listing = builders.make_approved_listing(session, stock=10, price=35_000)
    numbered(session, listing, "77")
    return listing


@pytest.fixture
def administrator(session: Session) -> Actor:
    return actor_of(builders.make_administrator(session))


def numbered(session: Session, listing: Listing, number: str | None) -> None:
    query = select(Publication).where(Publication.listing_id == listing.id, Publication.marketplace == FLOOR)
    session.scalars(query).one().external_id = number
    session.commit()


def foreign(sku: str = "LA-1", quantity: int = 2, number: str | None = "500") -> OrderLine:
    return OrderLine(sku, quantity, 20_000, number, "Chè lạ")


def told_of(*lines: OrderLine, **facts: object) -> FloorOrder:
    total = sum(line.quantity * line.price for line in lines)
    return replace(floor_order(), lines=lines, total=total, **facts)  # type: ignore[arg-type]


def take(session: Session, *told: FloorOrder) -> Taken:
    taken = take_orders(session, FLOOR, page_of(*told))
    session.commit()
    session.expire_all()
    return taken


def stray(session: Session) -> StrayOrder:
    session.expire_all()
    return session.scalars(select(StrayOrder)).one()


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def stock_of(session: Session, listing: Listing) -> int:
    session.expire_all()
    return session.get_one(Listing, listing.id).stock


# Mapped


def test_a_line_without_our_sku_is_known_by_the_floors_number(session: Session, listing: Listing) -> None:
    told = told_of(OrderLine("", 3, 33_000, "77", "Mận"), OrderLine("CU-1", 1, 33_000, "77", "Mận"))
    assert take(session, told) == Taken(1, 0)
    order = session.scalars(select(Order)).one()
    assert [(line.listing_id, line.sku, line.quantity) for line in order.lines] == [
        (listing.id, listing.sku, 4)
    ]
    assert (order.seller_id, stock_of(session, listing)) == (listing.product.seller_id, 6)
    assert count(session, StrayOrder) == 0


def test_a_blank_sku_is_none(session: Session, listing: Listing) -> None:
    assert take(session, told_of(OrderLine(" ", 1, 35_000, "77"))) == Taken(1, 0)


def test_our_sku_goes_before_the_floors_number(session: Session, listing: Listing) -> None:
    other = builders.make_approved_listing(session)
    take(session, told_of(OrderLine(other.sku, 1, 35_000, "77")))
    assert session.scalars(select(StoredLine.listing_id)).all() == [other.id]


def test_a_number_of_two_listings_says_nothing(session: Session, listing: Listing) -> None:
    numbered(session, builders.make_approved_listing(session, listing.product, variant="Túi 1 kg"), "77")
    assert take(session, told_of(OrderLine("", 1, 35_000, "77"))) == Taken(0, 0)
    assert stray(session).reason is StrayReason.FOREIGN
    assert take(session) == Taken(0, 0)


def test_what_others_sell_under_our_sku_is_ours_once_it_is_claimed(
    session: Session, listing: Listing
) -> None:
    told = told_of(OrderLine(listing.sku, 3, 20_000, "500", "Mận nhà khác"))
    found = session.scalars(select(Publication).where(Publication.external_id == "77")).one()
    found.external_id, found.held_external_id = None, "500"
    session.commit()
    assert take(session, told) == take(session) == Taken(0, 0)
    assert (stray(session).reason, stock_of(session, listing)) == (StrayReason.FOREIGN, 10)
    claim_publication(session, builders.anybody(session), listing.id, FLOOR)
    assert take(session) == Taken(1, 0)
    assert (stray(session).state, stock_of(session, listing)) == (StrayState.TAKEN, 7)


def test_a_number_counts_on_its_own_floor_only(session: Session, listing: Listing) -> None:
    take_orders(session, "medusa", page_of(told_of(OrderLine("", 1, 35_000, "77"))))
    assert count(session, Order) == 0


def test_an_order_is_followed_though_the_floor_counts_the_goods_anew(
    session: Session, listing: Listing
) -> None:
    told = told_of(OrderLine("", 3, 33_000, "77"))
    take(session, told)
    numbered(session, listing, "99")
    assert take(session, replace(told, status=OrderStatus.SHIPPED)) == Taken(0, 1)
    assert count(session, StrayOrder) == 0


# Kept


def test_an_order_of_nobody_is_kept_with_what_it_held(session: Session) -> None:
    told = told_of(foreign(), paid=True, withheld=600)
    assert take(session, told) == Taken(0, 0)
    row = stray(session)
    assert (row.marketplace, row.external_id, row.number) == (FLOOR, told.external_id, told.number)
    assert (row.placed_at, row.total, row.paid, row.withheld) == (told.placed_at, 40_000, True, 600)
    assert (row.reason, row.state) == (StrayReason.FOREIGN, StrayState.WAITING)
    assert row.lines == [
        {
            "sku": "LA-1",
            "external_id": "500",
            "title": "Chè lạ",
            "quantity": 2,
            "price": 20_000,
            "known": False,
        }
    ]
    assert count(session, Order) == 0


def test_the_buyer_is_kept_sealed_and_no_longer_than_needed(session: Session, administrator: Actor) -> None:
    take(session, told_of(foreign()))
    raw = session.connection().exec_driver_sql(
        "SELECT buyer_name || buyer_phone || buyer_address, stray_orders::text FROM stray_orders"
    )
    sealed, row = raw.one()
    for word in ("Khách", "912345678", "Ba Đình"):
        assert word.encode() not in bytes(sealed)
        assert word not in row
    assert stray(session).buyer_name == "Đỗ Thị Khách"
    stray_deeds.set_aside(session, administrator, stray(session).id, reason="Hàng của nhà khác")
    session.commit()
    assert stray(session).buyer_name is None


def test_buyers_of_what_waits_for_long_are_forgotten(session: Session) -> None:
    take(session, told_of(foreign()))
    stray(session).created_at = now() - buyers.KEEP_BUYERS - timedelta(days=1)
    session.commit()
    buyers.forget_old_buyers(session)
    session.commit()
    row = stray(session)
    assert (row.buyer_name, row.buyer_phone, row.buyer_address, row.state) == (
        None,
        None,
        None,
        StrayState.WAITING,
    )


def test_the_same_order_told_again_changes_nothing_and_a_changed_one_is_followed(session: Session) -> None:
    told = told_of(foreign())
    take(session, told)
    columns = [column for column in StrayOrder.__table__.c if column.type.python_type is not bytes]
    before = session.execute(select(*columns)).all()
    take(session, told, told)
    assert session.execute(select(*columns)).all() == before
    take(session, replace(told, lines=(foreign(quantity=5),), total=100_000, paid=True))
    row = stray(session)
    assert (row.lines[0]["quantity"], row.total, row.paid) == (5, 100_000, True)
    take(session, replace(told, status=OrderStatus.CANCELLED))
    row = stray(session)
    assert (row.state, row.status, row.buyer_phone) == (StrayState.CANCELLED, "cancelled", None)


def test_our_part_goes_on_and_the_foreign_rest_is_kept(session: Session, listing: Listing) -> None:
    ours = floor_order((listing, 2))
    told = replace(ours, lines=(*ours.lines, foreign()), withheld=110)
    assert take(session, told) == Taken(1, 0)
    order = session.scalars(select(Order)).one()
    assert (order.total, order.floor_total, order.withheld) == (70_000, 110_000, 70)
    assert [line["known"] for line in stray(session).lines] == [True, False]
    assert take(session, replace(told, status=OrderStatus.SHIPPED)) == Taken(0, 1)
    assert stray(session).state is StrayState.WAITING


@pytest.mark.parametrize(
    "facts",
    [
        {"external_id": " "},
        {"external_id": "a\0b"},
        {"number": "a\ud800b"},
        {"withheld": -1},
        {"total": 10**20},
        {"placed_at": now().replace(tzinfo=None)},
        {"lines": (OrderLine("SP-1", 0, 1),)},
        {"lines": (OrderLine("SP-1", 10**30, 10**9, "7\0", "M\0ận"),)},
        {"lines": (OrderLine("SP-1", 10**30, 0),)},
        {"lines": (OrderLine("x" * 3_000, 1, 1, "77"),)},
        {"external_id": "x" * 3_000},
    ],
)
def test_what_cannot_be_read_is_kept_once_and_keeps_no_other_out(
    session: Session, listing: Listing, facts
) -> None:
    bad = replace(floor_order((listing, 1)), **facts)
    good = floor_order((listing, 2))
    for _ in range(2):
        take(session, bad, good)
    assert stock_of(session, listing) == (7 if set(facts) == {"total"} else 8)
    if set(facts) != {"total"}:
        row = stray(session)
        assert (row.reason, row.state) == (StrayReason.UNREADABLE, StrayState.WAITING)
        assert row.external_id
        assert row.lines


def test_what_comes_to_be_read_is_taken_over(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 3))
    take(session, replace(told, withheld=-5))
    assert take(session, told) == Taken(1, 0)
    assert (stray(session).state, stock_of(session, listing)) == (StrayState.TAKEN, 7)


# Found again


def test_a_listing_that_comes_to_be_known_by_its_number_finds_its_order_at_the_next_poll(
    session: Session, listing: Listing
) -> None:
    told = told_of(OrderLine("", 3, 35_000, "88"))
    take(session, told)
    assert take(session) == Taken(0, 0)
    numbered(session, listing, "88")
    assert take(session) == Taken(1, 0)
    order = session.scalars(select(Order)).one()
    assert (order.external_id, order.buyer_name, order.status) == (
        told.external_id,
        "Đỗ Thị Khách",
        "new",
    )
    assert (stray(session).state, stock_of(session, listing)) == (StrayState.TAKEN, 7)
    assert take(session, told) == take(session) == Taken(0, 0)
    assert stock_of(session, listing) == 7


def test_a_listing_of_the_missing_sku_finds_its_order(session: Session, listing: Listing) -> None:
    ours = floor_order((listing, 1))
    take(session, replace(ours, lines=(*ours.lines, foreign("SP-MOI"))))
    late = builders.make_approved_listing(session, sku="SP-MOI", stock=5)
    assert take(session) == Taken(1, 0)
    assert (stock_of(session, late), stock_of(session, listing)) == (3, 9)
    assert stray(session).state is StrayState.TAKEN


# Said by an administrator


def test_a_tied_line_is_an_order_as_any_other_at_once(
    session: Session, listing: Listing, administrator: Actor
) -> None:
    told = told_of(foreign(quantity=4))
    take(session, told)
    row = stray_deeds.tie(
        session, administrator, stray(session).id, goods="LA-1", sku=f" {listing.sku.lower()} "
    )
    session.commit()
    assert row.state is StrayState.TAKEN
    order = session.scalars(select(Order)).one()
    assert [(line.listing_id, line.quantity, line.taken) for line in order.lines] == [(listing.id, 4, 4)]
    assert session.scalar(select(func.count()).where(OutboxEvent.type == "order.placed.v1")) == 1
    for _ in range(2):
        take(session, told)
    assert (count(session, Order), stock_of(session, listing)) == (1, 6)
    assert take(session, replace(told, status=OrderStatus.CANCELLED)) == Taken(0, 1)
    assert stock_of(session, listing) == 10
    with pytest.raises(OrderNotWaiting):
        stray_deeds.tie(session, administrator, row.id, goods="LA-1", sku=listing.sku)


def test_a_part_that_is_tied_joins_its_sellers_order(
    session: Session, listing: Listing, administrator: Actor
) -> None:
    ours = floor_order((listing, 1))
    take(session, replace(ours, lines=(*ours.lines, foreign(), foreign("LA-2", 1, None))))
    more = builders.make_approved_listing(session, listing.product, variant="Túi 1 kg", stock=5)
    row = stray_deeds.tie(session, administrator, stray(session).id, goods="LA-1", sku=more.sku)
    session.commit()
    assert (row.state, [line["known"] for line in row.lines]) == (StrayState.WAITING, [True, True, False])
    order = session.scalars(select(Order)).one()
    assert (order.total, stock_of(session, more), stock_of(session, listing)) == (75_000, 3, 9)


def test_goods_of_a_part_that_has_left_stay_in_the_list(
    session: Session, listing: Listing, administrator: Actor
) -> None:
    ours = floor_order((listing, 1), status=OrderStatus.SHIPPED)
    take(session)
    take(session, replace(ours, lines=(*ours.lines, foreign())))
    more = builders.make_approved_listing(session, listing.product, variant="Túi 1 kg", stock=5)
    row = stray_deeds.tie(session, administrator, stray(session).id, goods="LA-1", sku=more.sku)
    session.commit()
    assert (row.reason, row.state, row.skus) == (StrayReason.LATE, StrayState.WAITING, [])
    assert (count(session, StoredLine), stock_of(session, more)) == (1, 5)


def test_a_tie_needs_a_listing_and_goods_of_the_order(
    session: Session, listing: Listing, administrator: Actor
) -> None:
    take(session, told_of(foreign()))
    with pytest.raises(InvalidInput) as caught:
        stray_deeds.tie(session, administrator, stray(session).id, goods="LA-1", sku="SP-KHONG")
    assert list(caught.value.errors) == ["sku"]
    with pytest.raises(OrderNotWaiting):
        stray_deeds.tie(session, administrator, stray(session).id, goods="KHAC", sku=listing.sku)
    session.rollback()
    assert (count(session, OrderTie), count(session, Order)) == (0, 0)


def test_what_is_set_aside_stays_so_until_it_is_brought_back(
    session: Session, listing: Listing, administrator: Actor
) -> None:
    told = told_of(foreign("", 1, "88"))
    take(session, told)
    stray_deeds.set_aside(session, administrator, stray(session).id, reason="Hàng của nhà khác")
    session.commit()
    take(session, replace(told, paid=True))
    row = stray(session)
    assert (row.state, row.set_aside_because, row.paid, row.buyer_name) == (
        StrayState.SET_ASIDE,
        "Hàng của nhà khác",
        True,
        None,
    )
    numbered(session, listing, "88")
    assert take(session) == Taken(0, 0)
    stray_deeds.bring_back(session, administrator, row.id)
    session.commit()
    assert take(session) == Taken(1, 0)


def test_only_administrators_decide(session: Session, listing: Listing) -> None:
    take(session, told_of(foreign()))
    clerk = actor_of(builders.make_clerk(session))
    row_id = stray(session).id
    for deed in (
        lambda: stray_deeds.tie(session, clerk, row_id, goods="LA-1", sku=listing.sku),
        lambda: stray_deeds.set_aside(session, clerk, row_id, reason="x"),
        lambda: stray_deeds.bring_back(session, clerk, row_id),
    ):
        with pytest.raises(Forbidden):
            deed()
