"""What floors tell of their orders: taken over once, each seller's part by itself, the goods reserved once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderStatus
from models import FloorCursor, Listing, OrderChange, OutboxEvent, PollSubject, Publication
from models import Order as Stored
from models import OrderLine as StoredLine
from models import OrderStatus as S
from services import floor_telling, orders
from services.access import actor_of
from services.floor_orders import Taken, take_orders
from services.queries.orders import list_orders
from tests import builders
from tests.builders import anybody, floor_order, page_of


@pytest.fixture
def listing(session: Session) -> Listing:
    """Ten pieces, standing on one floor."""
    return builders.make_approved_listing(session, stock=10, price=35_000)


def take(session: Session, *told: FloorOrder, marketplace: str = "vendure", cursor: str = "1") -> Taken:
    taken = take_orders(session, marketplace, page_of(*told, cursor=cursor))
    session.commit()
    session.expire_all()
    return taken


def everything(session: Session) -> list[tuple[object, ...]]:
    """All that a page could have changed."""
    session.expire_all()
    rows: list[tuple[object, ...]] = []
    for table in (Stored, StoredLine, OrderChange, Listing, Publication):
        columns = [column for column in table.__table__.c if column.type.python_type is not bytes]
        rows += session.execute(select(*columns).order_by(table.__table__.primary_key.columns[0])).all()  # type: ignore[arg-type]
    rows.append((session.scalar(select(func.count()).select_from(OutboxEvent)),))
    return rows


def only(session: Session) -> Stored:
    return session.scalars(select(Stored)).one()


def test_order_is_taken_over_with_its_buyer_and_its_goods(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 3), withheld=1_575, paid=True)
    assert take(session, told) == Taken(new=1, moved=0)
    order = only(session)
    assert (order.number, order.status, order.total, order.withheld) == (told.number, S.NEW, 105_000, 1_575)
    assert (order.buyer_name, order.buyer_phone) == ("Đỗ Thị Khách", "+84912345678")
    assert [(line.quantity, line.taken, line.short) for line in order.lines] == [(3, 3, 0)]
    assert session.get_one(Listing, listing.id).stock == 7
    assert session.get_one(FloorCursor, ("vendure", PollSubject.ORDERS)).cursor == "1"


def test_same_page_again_changes_nothing(session: Session, listing: Listing) -> None:
    page = [floor_order((listing, 3)), floor_order((listing, 9)), floor_order((listing, 1), paid=True)]
    assert take(session, *page) == Taken(3, 0)
    before = everything(session)
    assert take(session, *page) == Taken(0, 0)
    assert take(session, *reversed(page)) == Taken(0, 0)
    assert everything(session) == before


def test_buyer_is_kept_sealed(session: Session, listing: Listing) -> None:
    take(session, floor_order((listing, 1)))
    raw = session.connection().exec_driver_sql("SELECT buyer_name, buyer_phone, buyer_address FROM orders")
    assert not any(
        word.encode() in bytes(value) for value in raw.one() for word in ("Khách", "912345678", "Ba Đình")
    )


def test_an_order_that_its_buyer_asks_to_cancel_waits_for_the_answer(
    session: Session, listing: Listing
) -> None:
    told = floor_order((listing, 3), cancel_asked=True)
    take(session, told)
    order, actor = only(session), anybody(session)
    assert (order.status, order.cancel_asked, session.get_one(Listing, listing.id).stock) == (S.NEW, True, 7)
    for act in (orders.confirm_order, orders.pack_order, orders.ship_order):
        with pytest.raises(Conflict):
            act(session, actor, order.id)
    assert take(session, replace(told, cancel_asked=False)) == Taken(new=0, moved=1)
    assert orders.confirm_order(session, actor, order.id).status is S.CONFIRMED
    session.commit()
    take(session, replace(told, status=OrderStatus.CONFIRMED, cancel_asked=True))
    assert orders.cancel_order(session, actor, order.id, "Khách đổi ý").status is S.CANCELLED


def test_every_floor_is_told_the_new_stock(session: Session, listing: Listing) -> None:
    before = session.get_one(Listing, listing.id).version
    (publication,) = session.get_one(Listing, listing.id).publications
    publication.published_version = publication.desired_version
    session.commit()
    take(session, floor_order((listing, 3)))
    listing = session.get_one(Listing, listing.id)
    assert listing.version == before + 1
    assert [one.desired_version for one in listing.publications] == [before + 1]
    asked = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "publication.requested.v1")).all()
    assert len(asked) == 2, "once when it was approved, once now"


def test_floor_that_was_faster_is_shown(session: Session, listing: Listing) -> None:
    take(session, floor_order((listing, 8), placed_at=now() - timedelta(minutes=2)))
    late = floor_order((listing, 5))
    take(session, late)
    order = session.scalars(select(Stored).where(Stored.external_id == late.external_id)).one()
    assert (order.lines[0].taken, order.lines[0].short, order.short) == (2, 3, 3)
    assert session.get_one(Listing, listing.id).stock == 0


def test_whoever_ordered_first_gets_it_whatever_the_order_in_the_page(
    session: Session, listing: Listing
) -> None:
    early = floor_order((listing, 8), placed_at=now() - timedelta(minutes=2))
    late = floor_order((listing, 8))
    take(session, late, early)
    short = {order.external_id: order.short for order in session.scalars(select(Stored))}
    assert short == {early.external_id: 0, late.external_id: 6}


def test_each_seller_sees_the_own_part(session: Session, listing: Listing) -> None:
    neighbours = builders.make_approved_listing(session, stock=5, price=20_000)
    told = floor_order((listing, 2), (neighbours, 1), (listing, 1), withheld=100)
    take(session, told)
    parts = {order.seller_id: order for order in session.scalars(select(Stored))}
    own, other = parts[listing.product.seller_id], parts[neighbours.product.seller_id]
    assert [(line.sku, line.quantity) for line in own.lines] == [(listing.sku, 3)]
    assert (own.total, other.total) == (105_000, 20_000)
    assert own.withheld + other.withheld == 100
    assert abs(own.withheld - 84) <= 1
    stall = builders.make_stall(session, seller=listing.product.seller)
    holder = actor_of(builders.make_stallholder(session, stall))
    assert [order.id for order in orders_of(session, holder)] == [own.id]


def orders_of(session: Session, actor) -> list[Stored]:
    return list(list_orders(session, actor).items)


def test_goods_that_are_not_ours_are_left_out(session: Session, listing: Listing) -> None:
    foreign = OrderLine("NOT-OURS", 4, 10_000)
    mixed = floor_order((listing, 1), withheld=75)
    take(session, replace(mixed, lines=(*mixed.lines, foreign)), replace(floor_order(), lines=(foreign,)))
    order = only(session)
    assert (len(order.lines), order.total, order.withheld) == (1, 35_000, 35)


@pytest.mark.parametrize(
    "facts",
    [
        {"external_id": " "},
        {"external_id": "a\0b"},
        {"withheld": -1},
        {"lines": (OrderLine("SP-1", 0, 1),)},
        {"lines": (OrderLine("SP-1", 1, -1),)},
        {"lines": (OrderLine("SP-1", 10**9, 10**9),)},
        {"lines": (OrderLine("SP\0", 1, 1),)},
    ],
)
def test_order_that_cannot_be_held_keeps_no_other_out(session: Session, listing: Listing, facts) -> None:
    builders.make_approved_listing(session, sku="SP-1")
    bad = replace(floor_order((listing, 1)), **facts)
    assert take(session, bad, floor_order((listing, 2))) == Taken(1, 0)


def test_floors_word_is_followed_and_never_back(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 2))
    take(session, told)
    assert take(session, replace(told, status=OrderStatus.SHIPPED)) == Taken(0, 1)
    assert only(session).status is S.SHIPPED
    assert take(session, replace(told, status=OrderStatus.CONFIRMED)) == Taken(0, 0)
    assert only(session).status is S.SHIPPED
    take(session, replace(told, status=OrderStatus.DELIVERED))
    order = only(session)
    assert (order.status, order.earned_on is not None, order.closed_at is not None) == (
        S.DELIVERED,
        True,
        True,
    )
    steps = session.execute(select(OrderChange.from_status, OrderChange.to_status)).all()
    assert sorted(map(tuple, steps)) == [(S.NEW, S.SHIPPED), (S.SHIPPED, S.DELIVERED)]
    assert session.get_one(Listing, listing.id).stock == 8


def test_old_word_after_a_cancellation_leaves_nothing_to_tell(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 4))
    for status in (OrderStatus.SHIPPED, OrderStatus.CANCELLED, OrderStatus.NEW):
        take(session, replace(told, status=status))
    order = only(session)
    assert (order.status, order.floor_status, order.floor_behind) == (S.CANCELLED, S.CANCELLED, False)
    assert floor_telling.prepare_word(session, order.id) is None


def test_order_that_its_floor_cancels_gives_back_once(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 4))
    take(session, told)
    for _ in range(3):
        take(session, replace(told, status=OrderStatus.CANCELLED))
    assert session.get_one(Listing, listing.id).stock == 10
    assert only(session).status is S.CANCELLED


def test_what_comes_back_goes_first_to_those_who_wait(session: Session, listing: Listing) -> None:
    first = floor_order((listing, 10), placed_at=now() - timedelta(minutes=3))
    second = floor_order((listing, 4), placed_at=now() - timedelta(minutes=2))
    third = floor_order((listing, 4), placed_at=now() - timedelta(minutes=1))
    take(session, first, second, third)
    take(session, replace(first, status=OrderStatus.CANCELLED))
    short = {order.external_id: order.short for order in session.scalars(select(Stored))}
    assert (short[second.external_id], short[third.external_id]) == (0, 0)
    assert session.get_one(Listing, listing.id).stock == 2


def test_goods_that_are_on_the_road_are_not_sold_again_by_themselves(
    session: Session, listing: Listing
) -> None:
    take(session)
    told = floor_order((listing, 4))
    take(session, replace(told, status=OrderStatus.SHIPPED, paid=True))
    take(session, replace(told, status=OrderStatus.CANCELLED))
    order = only(session)
    assert (order.status, order.returned_on is not None) == (S.CANCELLED, True)
    assert session.get_one(Listing, listing.id).stock == 6


def test_what_is_over_at_first_sight_takes_nothing_it_should_not(session: Session, listing: Listing) -> None:
    cancelled = floor_order((listing, 4), status=OrderStatus.CANCELLED)
    long_gone = floor_order((listing, 5), status=OrderStatus.DELIVERED, placed_at=now() - timedelta(days=30))
    take(session, cancelled, long_gone)
    assert session.get_one(Listing, listing.id).stock == 10
    just_gone = floor_order((listing, 3), status=OrderStatus.SHIPPED)
    take(session, just_gone)
    assert session.get_one(Listing, listing.id).stock == 7


def test_buyer_is_learned_once_the_floor_tells_and_not_unlearned(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 1), buyer=Buyer("", "", ""))
    take(session, told)
    assert only(session).buyer_name is None
    take(session, replace(told, buyer=Buyer("Lò Văn Mua", "****78", "Hà Nội")))
    take(session, told)
    order = only(session)
    assert (order.buyer_name, order.buyer_phone) == ("Lò Văn Mua", "****78")


def test_withheld_tax_may_be_told_later(session: Session, listing: Listing) -> None:
    told = floor_order((listing, 2))
    take(session, told)
    take(session, replace(told, withheld=1_050))
    take(session, told)
    assert only(session).withheld == 1_050


def with_lines(told: FloorOrder, *lines: tuple[Listing, int]) -> FloorOrder:
    return replace(told, lines=floor_order(*lines).lines)


def test_floor_that_lets_the_buyer_change_the_order_is_followed(session: Session, listing: Listing) -> None:
    plums = builders.make_approved_listing(
        session, listing.product, variant="Túi 1 kg", stock=5, price=10_000
    )
    told = floor_order((listing, 8), placed_at=now() - timedelta(minutes=1))
    waiting = floor_order((listing, 4))
    take(session, told, waiting)
    take(session, with_lines(told, (listing, 7), (plums, 2)))
    first, second = session.scalars(select(Stored).order_by(Stored.placed_at))
    assert {line.sku: (line.quantity, line.taken) for line in first.lines} == {
        listing.sku: (7, 7),
        plums.sku: (2, 2),
    }
    assert (first.total, second.short) == (265_000, 1)
    assert session.get_one(Listing, plums.id).stock == 3
    take(session, with_lines(told, (plums, 9)))
    first, second = session.scalars(select(Stored).order_by(Stored.placed_at))
    (line,) = first.lines
    assert (line.sku, line.quantity, line.taken, line.short) == (plums.sku, 9, 5, 4)
    assert second.short == 0
    assert session.get_one(Listing, listing.id).stock == 6
    assert session.get_one(Listing, plums.id).stock == 0


def test_what_has_left_is_not_counted_again(session: Session, listing: Listing) -> None:
    take(session)
    told = floor_order((listing, 4))
    take(session, told)
    take(session, replace(told, status=OrderStatus.SHIPPED))
    take(session, with_lines(replace(told, status=OrderStatus.SHIPPED), (listing, 2)))
    assert only(session).lines[0].quantity == 4


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=10) as pool:
        yield pool


def test_twenty_orders_at_once_on_three_floors_sell_ten_pieces_once(
    session: Session, engine: Engine, listing: Listing, threads: ThreadPoolExecutor
) -> None:
    """Each page is told twice, as floors do, by whichever worker comes by."""
    floors = ["vendure", "medusa", "oscar"]
    told = [(floors[number % 3], floor_order((listing, 1))) for number in range(20)]

    def read(what: tuple[str, FloorOrder]) -> None:
        with Session(engine) as own, own.begin():
            take_orders(own, what[0], page_of(what[1]))

    list(threads.map(read, [*told, *told]))
    session.expire_all()
    lines = session.scalars(select(StoredLine)).all()
    assert len(lines) == 20
    assert (sum(line.taken for line in lines), sum(line.short for line in lines)) == (10, 10)
    assert session.get_one(Listing, listing.id).stock == 0


def test_orders_and_cancellations_at_once_lose_and_invent_nothing(
    session: Session, engine: Engine, threads: ThreadPoolExecutor
) -> None:
    """Two listings of two sellers in every order, told in either order."""
    goods = [builders.make_approved_listing(session, stock=10) for _ in range(2)]
    told = [floor_order((goods[n % 2], 2), (goods[1 - n % 2], 1)) for n in range(12)]
    clerk = actor_of(builders.make_clerk(session))

    def read(order: FloorOrder) -> None:
        with Session(engine) as own, own.begin():
            take_orders(own, f"floor{hash(order.external_id) % 3}", page_of(order))
        with Session(engine) as own, own.begin():
            ids = own.scalars(select(Stored.id).where(Stored.external_id == order.external_id)).all()
            for id_ in ids if int(order.external_id[1:]) % 2 else []:
                orders.cancel_order(own, clerk, id_, "Hết hàng")

    list(threads.map(read, told))
    session.expire_all()
    for listing in goods:
        taken = session.scalar(select(func.sum(StoredLine.taken)).where(StoredLine.listing_id == listing.id))
        assert session.get_one(Listing, listing.id).stock + (taken or 0) == 10
    open_short = session.scalar(
        select(func.count())
        .select_from(StoredLine)
        .join(Stored)
        .where(StoredLine.short > 0, Stored.status != S.CANCELLED)
        .where(StoredLine.listing_id.in_(select(Listing.id).where(Listing.stock > 0)))
    )
    assert open_short == 0, "nobody waits for what is offered to others"


def test_page_costs_the_same_however_many_orders_it_holds(session: Session, engine: Engine) -> None:
    goods = [builders.make_approved_listing(session, stock=100) for _ in range(5)]

    def cost(count: int) -> int:
        page = [floor_order(*((listing, 1) for listing in goods)) for _ in range(count)]
        statements = []
        connection = session.connection()

        def note(*args: object) -> None:
            statements.append(args[2])

        event.listen(connection, "before_cursor_execute", note)
        take(session, *page)
        event.remove(connection, "before_cursor_execute", note)
        return len(statements)

    take(session)
    assert cost(2) == cost(20)
