"""What a person has something to do about: orders that are still here, and what a floor would not hear."""

from itertools import product

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import Problem
from gateways.ports import FloorOrder
from gateways.ports import OrderStatus as Told
from models import Listing, Order
from models import OrderStatus as S
from models.order_states import OPEN, OVER
from services import floor_telling, orders
from services.floor_orders import take_orders
from services.queries.orders import count_open, list_orders
from tests import builders
from tests.builders import anybody, floor_order, page_of

REFUSAL = Problem(None, "busy", "Sàn chưa nhận")


@pytest.fixture
def order(session: Session) -> Order:
    return builders.make_order(session, builders.make_approved_listing(session, stock=10))


def listed(session: Session) -> list[Order]:
    return list(list_orders(session, anybody(session), to_do=True).items)


def refuse(session: Session, order: Order) -> None:
    word = floor_telling.prepare_word(session, order.id)
    assert word
    floor_telling.record_refused(session, word, [REFUSAL])
    session.flush()


def test_row_and_query_say_the_same_of_every_order(session: Session, order: Order) -> None:
    asked = select(Order.id).where(Order.is_to_do)
    for status, told, problems, later in product(S, [None, *S], [[], [{"code": "x"}]], [None, now()]):
        order.status, order.floor_status = status, told
        order.marketplace = "vendure" if told else "shop"
        order.closed_at = now() if status in OVER else None
        order.problems, order.next_attempt_at = problems, later
        session.flush()
        found = session.scalar(asked) is not None
        assert (found, found or order.status not in OPEN) == (order.is_to_do, True)
        assert found or not order.floor_refused


def test_what_its_floor_refused_is_to_do_until_the_floor_knows(session: Session, order: Order) -> None:
    orders.ship_order(session, anybody(session), order.id)
    assert (listed(session), count_open(session, anybody(session))) == ([], {})
    refuse(session, order)
    assert (listed(session), count_open(session, anybody(session))) == ([order], {S.SHIPPED: 1})
    orders.ship_order(session, anybody(session), order.id)
    assert listed(session) == [], "it is told again"
    refuse(session, order)
    take_orders(session, "vendure", page_of(_told_again(order, Told.SHIPPED)))
    session.flush()
    assert listed(session) == []


def test_what_is_to_be_cancelled_on_the_floors_page_is_to_do_until_the_floor_says_so(
    session: Session,
) -> None:
    own, other = (builders.make_approved_listing(session, stock=10) for _ in range(2))
    take_orders(session, "vendure", page_of(floor_order((own, 1), (other, 1))))
    session.flush()
    part = session.scalars(select(Order).where(Order.seller_id == own.product.seller_id)).one()
    orders.cancel_order(session, anybody(session), part.id, "Hết hàng")
    assert floor_telling.prepare_word(session, part.id) is None
    session.flush()
    assert part in listed(session)
    take_orders(session, "vendure", page_of(_told_again(part, Told.CANCELLED, own, other)))
    session.flush()
    assert listed(session) == []


def _told_again(order: Order, status: Told, *listings: Listing) -> FloorOrder:
    lines = [(listing, 1) for listing in listings] or [(line.listing, line.quantity) for line in order.lines]
    return floor_order(*lines, external_id=order.external_id, status=status)


def test_the_index_of_open_orders_answers(session: Session, order: Order) -> None:
    session.execute(text("SET LOCAL enable_seqscan = off"))
    query = select(Order.id).where(Order.is_to_do, Order.seller_id == order.seller_id)
    newest = query.order_by(Order.placed_at.desc(), Order.id.desc())
    asked = newest.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert "ix_orders_open" in plan
    assert "Sort" not in plan
