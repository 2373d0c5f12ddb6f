"""What a seller does with an order: each deed once, whoever else is at it, and its floor told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, NotFound
from gateways.errors import Problem
from gateways.ports import OrderStatus as Told
from models import Listing, Order, OrderChange, OrderLine, OutboxEvent
from models import OrderStatus as S
from models.order_states import OPEN, TRANSITIONS
from services import buyers, floor_telling, orders
from services.access import Actor, actor_of
from services.floor_orders import take_orders
from services.listings import change_listing
from services.queries.order_revenue import order_days
from tests import builders
from tests.builders import floor_order, page_of

TOO_LATE = Problem(None, "too_late", "Đơn đã giao cho người vận chuyển")


@pytest.fixture
def listing(session: Session) -> Listing:
    return builders.make_approved_listing(session, stock=10, price=35_000)


@pytest.fixture
def order(session: Session, listing: Listing) -> Order:
    """Four of the ten pieces, on a floor."""
    return builders.make_order(session, listing, 4)


@pytest.fixture
def holder(session: Session, listing: Listing) -> Actor:
    stall = builders.make_stall(session, seller=listing.product.seller)
    return actor_of(builders.make_stallholder(session, stall))


def events(session: Session, kind: str) -> list[OutboxEvent]:
    return list(session.scalars(select(OutboxEvent).where(OutboxEvent.type == kind)))


def stock(session: Session, listing: Listing) -> int:
    session.flush()
    session.expire_all()
    return session.get_one(Listing, listing.id).stock


def steps(session: Session) -> list[tuple[S, S]]:
    query = select(OrderChange.from_status, OrderChange.to_status).order_by(OrderChange.id)
    return [tuple(row) for row in session.execute(query)]  # type: ignore[misc]


def test_from_new_to_shipped(session: Session, order: Order, holder: Actor) -> None:
    for deed in (orders.confirm_order, orders.pack_order):
        assert deed(session, holder, order.id) is deed(session, holder, order.id)
    shipped = orders.ship_order(session, holder, order.id, "VTP123")
    orders.ship_order(session, holder, order.id, "ANOTHER")
    orders.confirm_order(session, holder, order.id)
    assert (shipped.status, shipped.tracking_number) == (S.SHIPPED, "VTP123")
    assert steps(session) == [(S.NEW, S.CONFIRMED), (S.CONFIRMED, S.PACKED), (S.PACKED, S.SHIPPED)]
    assert [event.payload["status"] for event in events(session, "order.decided.v1")] == [
        "confirmed",
        "packed",
        "shipped",
    ]


def test_cancelled_once_it_gives_its_goods_back_once(
    session: Session, listing: Listing, order: Order, holder: Actor
) -> None:
    assert stock(session, listing) == 6
    for reason in ("Hết hàng", "Hết hàng rồi"):
        orders.cancel_order(session, holder, order.id, reason)
    assert stock(session, listing) == 10
    assert session.get_one(Order, order.id).cancel_reason == "Hết hàng"
    assert len(events(session, "order.decided.v1")) == 1
    for deed in (orders.confirm_order, orders.pack_order, orders.ship_order):
        with pytest.raises(Conflict):
            deed(session, holder, order.id)


def test_what_is_on_its_way_is_not_cancelled(
    session: Session, listing: Listing, order: Order, holder: Actor
) -> None:
    orders.ship_order(session, holder, order.id)
    with pytest.raises(Conflict):
        orders.cancel_order(session, holder, order.id, "Hết hàng")
    assert stock(session, listing) == 6


def test_a_floors_order_is_delivered_by_its_floors_word(
    session: Session, order: Order, holder: Actor
) -> None:
    orders.ship_order(session, holder, order.id)
    with pytest.raises(Conflict):
        orders.deliver_order(session, holder, order.id)


def test_a_floor_that_never_tells_of_a_delivery_has_its_sellers_word(
    session: Session, listing: Listing, holder: Actor
) -> None:
    order = builders.make_order(session, listing, 4, marketplace="woocommerce")
    with pytest.raises(Conflict):
        orders.deliver_order(session, holder, order.id)
    orders.ship_order(session, holder, order.id)
    with pytest.raises(Conflict, match="không ghi tiền mặt"):
        orders.deliver_order(session, holder, order.id, paid_in_cash=True)
    assert order.earned_on is None
    for _ in range(2):
        orders.deliver_order(session, holder, order.id)
    assert (order.status, order.earned_on, order.paid) == (S.DELIVERED, business_day(now()), False)
    assert order_days(session, order.seller_id, order.earned_on.year)[order.earned_on].amount == 140_000
    assert told(session, order) == (S.CONFIRMED, S.SHIPPED)
    word = floor_order((listing, 4), external_id=order.external_id, status=Told.SHIPPED)
    take_orders(session, "woocommerce", page_of(word))
    assert (order.status, order.floor_status) == (S.DELIVERED, S.SHIPPED)
    take_orders(session, "woocommerce", page_of(replace(word, status=Told.CANCELLED)))
    session.flush()
    assert (order.status, order.returned_on) == (S.CANCELLED, order.earned_on)
    assert order_days(session, order.seller_id, order.earned_on.year)[order.earned_on].amount == 0


def test_what_was_delivered_can_still_be_told_to_a_floor_that_would_not_hear_of_it(
    session: Session, listing: Listing, holder: Actor
) -> None:
    order = builders.make_order(session, listing, marketplace="woocommerce")
    orders.ship_order(session, holder, order.id)
    orders.deliver_order(session, holder, order.id)
    word = floor_telling.prepare_word(session, order.id)
    assert word
    floor_telling.record_refused(session, word, [TOO_LATE])
    assert order.floor_refused
    again = orders.ship_order(session, holder, order.id, "VTP123")
    assert (again.status, again.tracking_number, again.problems) == (S.DELIVERED, "VTP123", [])


def test_ten_hands_that_cancel_and_ship_at_once_do_one_of_the_two(
    session: Session, engine: Engine, listing: Listing, order: Order, holder: Actor
) -> None:
    def act(number: int) -> None:
        try:
            with Session(engine) as own, own.begin():
                if number % 2:
                    orders.cancel_order(own, holder, order.id, "Hết hàng")
                else:
                    orders.ship_order(own, holder, order.id)
        except Conflict:
            pass

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(act, range(10)))
    left = stock(session, listing)
    assert (session.get_one(Order, order.id).status, left) in {(S.SHIPPED, 6), (S.CANCELLED, 10)}
    assert len(steps(session)) == 1


def test_only_who_sells_it_may_touch_it(session: Session, order: Order) -> None:
    neighbour = builders.make_stall(session)
    strangers = [
        builders.make_stallholder(session, neighbour),
        builders.make_clerk(session, builders.SA_PA),
        builders.make_manager(session, neighbour.market),
        builders.make_officer(session),
    ]
    for user in strangers:
        for deed in (orders.confirm_order, orders.pack_order, orders.ship_order):
            with pytest.raises(NotFound):
                deed(session, actor_of(user), order.id)
    assert orders.confirm_order(session, actor_of(builders.make_clerk(session)), order.id)


def test_number_typed_over_a_sale_does_not_undo_it(session: Session, listing: Listing, holder: Actor) -> None:
    """The page showed ten, four were sold, the person types twelve: two came in, not six."""
    builders.make_order(session, listing, 4)
    change_listing(session, holder, listing.id, stock=12, stock_seen=10)
    assert stock(session, listing) == 8
    change_listing(session, holder, listing.id, price=36_000, stock=10, stock_seen=10)
    assert stock(session, listing) == 8
    change_listing(session, holder, listing.id, stock=0, stock_seen=10)
    assert stock(session, listing) == 0


# ---- the floor is told ----


def told(session: Session, order: Order) -> tuple[S, ...]:
    word = floor_telling.prepare_word(session, order.id)
    return word.deeds if word else ()


def test_floor_is_told_what_it_does_not_know(session: Session, order: Order, holder: Actor) -> None:
    assert told(session, order) == ()
    orders.pack_order(session, holder, order.id)
    assert told(session, order) == (S.CONFIRMED,)
    orders.ship_order(session, holder, order.id, "VTP123")
    word = floor_telling.prepare_word(session, order.id)
    assert word
    assert (word.deeds, word.tracking_number) == ((S.CONFIRMED, S.SHIPPED), "VTP123")
    floor_telling.record_told(session, word)
    assert told(session, order) == ()


def test_floor_that_will_not_cancel_has_the_order_open_again(
    session: Session, listing: Listing, order: Order, holder: Actor
) -> None:
    orders.pack_order(session, holder, order.id)
    orders.cancel_order(session, holder, order.id, "Hết hàng")
    builders.make_order(session, listing, 8)
    word = floor_telling.prepare_word(session, order.id)
    assert word
    assert (word.deeds, word.reason) == ((S.CANCELLED,), "Hết hàng")
    floor_telling.record_refused(session, word, [TOO_LATE])
    session.flush()
    session.expire_all()
    found = session.get_one(Order, order.id)
    assert (found.status, found.cancel_reason, found.closed_at) == (S.PACKED, None, None)
    assert found.problems[0]["text"] == TOO_LATE.text
    assert (found.lines[0].taken, found.short) == (2, 2)
    assert stock(session, listing) == 0


def test_floor_hears_of_the_whole_order_once_all_its_sellers_have_spoken(
    session: Session, listing: Listing, holder: Actor
) -> None:
    other = builders.make_approved_listing(session)
    take_orders(session, "vendure", page_of(floor_order((listing, 1), (other, 1))))
    session.commit()
    own, neighbours = sorted(
        session.scalars(select(Order)), key=lambda part: part.seller_id != listing.product.seller_id
    )
    clerk = actor_of(builders.make_clerk(session))
    orders.confirm_order(session, holder, own.id)
    assert told(session, own) == ()
    orders.confirm_order(session, clerk, neighbours.id)
    assert told(session, neighbours) == (S.CONFIRMED,)
    orders.cancel_order(session, holder, own.id, "Hết hàng")
    assert told(session, own) == ()
    assert session.get_one(Order, own.id).problems[0]["code"] == "others_goods"
    orders.cancel_order(session, clerk, neighbours.id, "Hết hàng")
    assert told(session, neighbours) == (S.CANCELLED,)


# ---- whatever happens, in whatever order ----

DEEDS = st.sampled_from(["confirm", "pack", "ship", "cancel", "tell", *Told])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), DEEDS), max_size=14))
def test_nothing_is_lost_or_invented_whatever_happens(session: Session, story) -> None:
    listing = builders.make_approved_listing(session, stock=10)
    actor = builders.anybody(session)
    pages = [floor_order((listing, 4)) for _ in range(3)]
    take_orders(session, "vendure", page_of(*pages))
    session.flush()
    ids = [
        session.scalars(select(Order.id).where(Order.external_id == page.external_id)).one() for page in pages
    ]
    for number, deed in story:
        _do(session, actor, ids[number], pages[number], deed)
        session.flush()
        session.expire_all()
        lines = session.scalars(select(OrderLine).where(OrderLine.order_id.in_(ids))).all()
        assert session.get_one(Listing, listing.id).stock + sum(line.taken for line in lines) == 10
        for line in lines:
            assert line.order.status not in OPEN or line.taken + line.short == 4
    known = {(before, after) for before, to in TRANSITIONS.items() for after in to}
    known |= {(S.CANCELLED, S.NEW), (S.CANCELLED, S.CONFIRMED), (S.CANCELLED, S.PACKED)}
    assert set(steps(session)) <= known
    session.rollback()


def _do(session: Session, actor: Actor, order_id, page, deed) -> None:
    try:
        if deed == "tell":
            word = floor_telling.prepare_word(session, order_id)
            if word:
                floor_telling.record_refused(session, word, [TOO_LATE])
        elif isinstance(deed, Told):
            take_orders(session, "vendure", page_of(replace(page, status=deed)))
        elif deed == "cancel":
            orders.cancel_order(session, actor, order_id, "Hết hàng")
        else:
            getattr(orders, f"{deed}_order")(session, actor, order_id)
    except Conflict:
        pass


# ---- the database's own word ----


@pytest.mark.parametrize(
    ("table", "change", "constraint"),
    [
        ("orders", "total = -1", "ck_orders_total_not_negative"),
        ("orders", "withheld = total + 1", "ck_orders_withheld_within_total"),
        ("orders", "status = 'lost'", "ck_orders_status_known"),
        ("orders", "status = 'delivered'", "ck_orders_closed_when_over"),
        ("orders", "cancel_reason = 'x'", "ck_orders_reason_where_cancelled"),
        ("orders", "tracking_number = 'x'", "ck_orders_tracked_once_shipped"),
        ("orders", "floor_status = NULL", "ck_orders_floor_where_there_is_one"),
        ("orders", "returned_on = '2026-01-01'", "ck_orders_returned_once_earned"),
        (
            "orders",
            "earned_on = '2026-01-02', returned_on = '2026-01-01'",
            "ck_orders_returned_after_earned",
        ),
        ("order_lines", "quantity = 0, taken = 0", "ck_order_lines_quantity_positive"),
        ("order_lines", "short = 1", "ck_order_lines_no_more_than_ordered"),
        ("order_lines", "taken = -1", "ck_order_lines_counts_not_negative"),
        ("listings", "stock = -1", "ck_listings_stock_not_negative"),
    ],
)
def test_database_refuses_nonsense(session: Session, order: Order, table, change, constraint) -> None:
    with pytest.raises(DBAPIError) as refusal:
        session.execute(text(f"UPDATE {table} SET {change}"))
    assert refusal.value.orig.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_steps_cannot_be_unwritten(session: Session, order: Order, holder: Actor) -> None:
    orders.confirm_order(session, holder, order.id)
    for change in ("UPDATE order_changes SET to_status = 'new'", "DELETE FROM order_changes"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_buyers_are_forgotten_a_while_after_the_order_is_over(
    session: Session, listing: Listing, order: Order, holder: Actor
) -> None:
    other = builders.make_order(session, listing, 1)
    orders.cancel_order(session, holder, order.id, "Hết hàng")
    assert buyers.forget_old_buyers(session) == 0
    session.execute(text("UPDATE orders SET closed_at = closed_at - interval '91 days'"))
    assert buyers.forget_old_buyers(session) == 1
    session.expire_all()
    assert session.get_one(Order, order.id).buyer_name is None
    assert session.get_one(Order, other.id).buyer_phone == "+84912345678"
    assert buyers.forget_buyers(session, [other.id, order.id]) == 1
