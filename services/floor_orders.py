"""Taking over what a floor tells of its orders. The same page again changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import phones
from core.clock import business_day, now
from core.ids import new_id
from gateways.ports import Buyer, OrderPage
from models import Order, OrderLine, OrderStatus
from models.bulk import among
from models.order_states import OPEN, OVER, TRANSITIONS
from services import stock
from services.events import Event, OrderMoved, OrderPlaced, record_all
from services.floor_parts import Part, parts_of
from services.floor_polls import take_cursor
from services.order_steps import book_revenue, step, tell_stalls
from services.turns import take_turns_of_sellers

GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})


@dataclass(frozen=True)
class Taken:
    """How many sellers' parts were new, and how many have moved."""

    new: int
    moved: int


def take_orders(session: Session, marketplace: str, page: OrderPage) -> Taken:
    """Store the orders of `page`, take their goods out of stock, follow what the floor says of known ones, and
    remember its cursor, all in one transaction."""
    cursor = take_cursor(session, marketplace)
    parts = parts_of(session, marketplace, page.orders)
    take_turns_of_sellers(session, {part.seller_id for part in parts})
    known = _lock_known(session, marketplace, parts)
    new = [part for part in parts if _key(part) not in known]
    placed = _place(session, marketplace, new, cursor.created_at)
    moved = _follow(session, [(known[_key(part)], part) for part in parts if _key(part) in known])
    tell_stalls(session, [*placed, *moved])
    cursor.cursor = page.cursor
    session.flush()
    return Taken(len(placed), len(moved))


def _key(part: Part) -> tuple[str, UUID]:
    return part.told.external_id, part.seller_id


def _lock_known(session: Session, marketplace: str, parts: Sequence[Part]) -> dict[tuple[str, UUID], Order]:
    query = (
        select(Order)
        .where(
            Order.marketplace == marketplace,
            among(Order.external_id, list({part.told.external_id for part in parts})),
        )
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {(order.external_id, order.seller_id): order for order in session.scalars(query)}


def _place(session: Session, marketplace: str, parts: Sequence[Part], since: datetime) -> list[Order]:
    """What is cancelled takes nothing; nor does what had left before we began to read this floor at `since`,
    when its goods were counted no more."""
    placed = [_order(marketplace, part) for part in parts]
    session.add_all(placed)
    session.flush()
    wanted: list[OrderLine] = []
    for order, part in zip(placed, parts, strict=True):
        lines = _lines(order, part)
        counted = order.status not in GONE or order.placed_at >= since
        if order.status is not OrderStatus.CANCELLED and counted:
            wanted += lines
        else:
            session.add_all(lines)
    stock.take(session, wanted)
    record_all(session, [OrderPlaced(order.id, order.seller_id, marketplace) for order in placed])
    return placed


def _order(marketplace: str, part: Part) -> Order:
    status = OrderStatus(part.told.status)
    order = Order(
        id=new_id(),
        marketplace=marketplace,
        external_id=part.told.external_id,
        seller_id=part.seller_id,
        number=part.told.number.strip() or part.told.external_id,
        placed_at=part.told.placed_at,
        status=status,
        floor_status=status,
        total=part.total,
        paid=part.told.paid,
        withheld=part.withheld,
        closed_at=now() if status in OVER else None,
    )
    _note_buyer(order, part.told.buyer)
    book_revenue(order, business_day(order.placed_at))
    return order


def _lines(order: Order, part: Part) -> list[OrderLine]:
    return [
        OrderLine(
            id=new_id(),
            order_id=order.id,
            listing_id=line.listing_id,
            sku=line.sku,
            quantity=line.quantity,
            price=line.price,
        )
        for line in part.lines
    ]


def _note_buyer(order: Order, buyer: Buyer) -> None:
    """Floors tell more of the buyer once the order is confirmed, and sometimes less again."""
    order.buyer_name = buyer.name.strip() or order.buyer_name
    order.buyer_phone = phones.normalise(buyer.phone) or buyer.phone.strip() or order.buyer_phone
    order.buyer_address = buyer.address.strip() or order.buyer_address


def _follow(session: Session, known: Sequence[tuple[Order, Part]]) -> list[Order]:
    """Those that changed. A word that lies behind what the seller has said since is no step back."""
    changed, back = [], set()
    for order, part in known:
        before = (order.status, order.paid)
        told = OrderStatus(part.told.status)
        order.floor_status = told
        order.paid = order.paid or part.told.paid
        order.withheld = min(max(order.withheld, part.withheld), order.total)
        if order.closed_at is None:
            _note_buyer(order, part.told.buyer)
        if told in TRANSITIONS[order.status]:
            if told is OrderStatus.CANCELLED and order.status in OPEN:
                back.add(order.id)
            step(session, order, told, by=None)
            order.problems, order.next_attempt_at = [], None
        book_revenue(order, business_day(now()))
        if before != (order.status, order.paid):
            changed.append(order)
    session.flush()
    stock.give_back(session, back)
    moves: list[Event] = [
        OrderMoved(order.id, order.seller_id, order.marketplace, order.status) for order in changed
    ]
    record_all(session, moves)
    return changed
