"""Taking over what a floor tells of its orders. The same page again changes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core import phones
from core.clock import business_day, now
from core.ids import new_id
from gateways.ports import Buyer, FloorOrder, OrderPage, unread_order
from models import Order, OrderLine, OrderStatus, PollSubject
from models.bulk import among
from models.order_states import OPEN, OVER, TRANSITIONS, is_as_far
from services import floor_goods, settlements, stock, strays
from services.events import Event, OrderMoved, OrderPlaced, record_all
from services.floor_parts import Part, PartLine, parts_of
from services.floor_polls import take_cursor
from services.order_steps import book_revenue, step, tell_stalls
from services.turns import take_turns_of_sellers

READINGS = 4
"""Of a page: a floor may be at fault for a moment."""
GONE = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})


@dataclass(frozen=True)
class Taken:
    """How many sellers' parts were new, and how many have moved. `again`: what could not be read of the page may be
    told better when it is read once more."""

    new: int
    moved: int
    again: bool = False


def take_orders(session: Session, marketplace: str, page: OrderPage) -> Taken:
    """Store the orders of `page` and those kept earlier whose goods are known by now, take their goods out of stock,
    follow what the floor says of known ones, keep what is nobody's, and remember the page's cursor, all in one
    transaction. A page with orders that cannot be read is read a few times before they are kept as such, and without
    end where it holds no others: that is no order's fault."""
    cursor = take_cursor(session, PollSubject.ORDERS, marketplace)
    all_odd = len(page.unread) > 1 and not page.orders
    again = bool(page.unread) and (all_odd or cursor.failures < READINGS)
    unread = () if again else map(unread_order, page.unread)
    orders = [*strays.list_found(session, marketplace), *page.orders, *unread]
    taken = _take(session, marketplace, orders, cursor.created_at)
    if not again:
        cursor.cursor = page.cursor
    session.flush()
    return replace(taken, again=again)


def take_again(session: Session, marketplace: str, order: FloorOrder) -> Taken:
    """An order that was kept, once somebody has said whose its goods are. The floor's cursor has been taken."""
    cursor = take_cursor(session, PollSubject.ORDERS, marketplace)
    return _take(session, marketplace, [order], cursor.created_at)


def _take(session: Session, marketplace: str, orders: Collection[FloorOrder], since: datetime) -> Taken:
    shared = parts_of(session, marketplace, orders)
    parts = shared.parts
    take_turns_of_sellers(session, {part.seller_id for part in parts})
    known = _lock_known(session, marketplace, parts)
    stock.lock_listings(session, _listings(parts, known.values()))
    new = [part for part in parts if _key(part) not in known]
    placed = _place(session, marketplace, new, since)
    followed = [(known[_key(part)], part) for part in parts if _key(part) in known]
    late = _late(followed)
    moved = _follow(session, followed)
    settlements.share_out(session, marketplace, {order.external_id for order in placed})
    floor_goods.remember(session, marketplace, shared.orders.values(), shared.owners)
    strays.keep(session, marketplace, shared, late)
    tell_stalls(session, [*placed, *moved])
    session.flush()
    return Taken(len(placed), len(moved))


def _late(followed: Sequence[tuple[Order, Part]]) -> dict[str, set[str]]:
    """Goods by their order's number that came to be known, or were ordered, after their seller's part had left or
    was called off: it is changed no more."""
    late: dict[str, set[str]] = defaultdict(set)
    for order, part in followed:
        if order.status not in OPEN:
            stored = {line.listing_id for line in order.lines}
            late[order.external_id] |= {line.goods for line in part.lines if line.listing_id not in stored}
    return late


def _listings(parts: Iterable[Part], known: Iterable[Order]) -> set[UUID]:
    """All that this page may change the stock of, to be locked at once and so in one order."""
    told = {line.listing_id for part in parts for line in part.lines}
    return told | {line.listing_id for order in known for line in order.lines}


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
        .options(selectinload(Order.lines))
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
        lines = [_line(order, line) for line in part.lines]
        counted = order.status not in GONE or order.placed_at >= since
        if order.status is not OrderStatus.CANCELLED and counted:
            wanted += lines
        else:
            session.add_all(lines)
    stock.take(session, wanted)
    record_all(session, [OrderPlaced(order.id, order.seller_id, marketplace) for order in placed])
    return placed


def _is_news(order: Order, told: OrderStatus) -> bool:
    """A floor that has cancelled an order, or told more of it before, is repeating an old word."""
    return order.floor_status is not None and is_as_far(told, order.floor_status)


def _other_counts(order: Order, part: Part) -> tuple[dict[UUID, int], list[OrderLine]]:
    """What the floor has changed since, while the goods were still here: lines by id with their new number (0
    where a line is no more), and lines that are new."""
    told = {(line.listing_id, line.price): line for line in part.lines}
    stored = {(line.listing_id, line.price): line for line in order.lines}
    counts = {line.id: told[key].quantity if key in told else 0 for key, line in stored.items()}
    other = {line.id: counts[line.id] for line in order.lines if line.quantity != counts[line.id]}
    return other, [_line(order, line) for key, line in told.items() if key not in stored]


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
        floor_total=part.floor_total,
        paid=part.told.paid,
        withheld=part.withheld,
        cancel_asked=part.told.cancel_asked,
        ship_by=part.told.ship_by,
        closed_at=now() if status in OVER else None,
    )
    _note_buyer(order, part.told.buyer)
    book_revenue(order, business_day(order.placed_at))
    return order


def _line(order: Order, line: PartLine) -> OrderLine:
    return OrderLine(
        id=new_id(),
        order_id=order.id,
        listing_id=line.listing_id,
        sku=line.sku,
        quantity=line.quantity,
        price=line.price,
    )


def _note_buyer(order: Order, buyer: Buyer) -> None:
    """Floors tell more of the buyer once the order is confirmed, and sometimes less again."""
    order.buyer_name = buyer.name.strip() or order.buyer_name
    order.buyer_phone = phones.normalise(buyer.phone) or buyer.phone.strip() or order.buyer_phone
    order.buyer_address = buyer.address.strip() or order.buyer_address


def _seen(order: Order) -> tuple[OrderStatus, bool, int, bool]:
    """What its seller is told a change of."""
    return order.status, order.paid, order.total, order.cancel_asked


def _follow(session: Session, known: Sequence[tuple[Order, Part]]) -> list[Order]:
    """Those that changed. A word that lies behind what the seller has said since is no step back."""
    changed, back = [], set()
    recounts: dict[UUID, int] = {}
    added: list[OrderLine] = []
    for order, part in known:
        before = _seen(order)
        told = OrderStatus(part.told.status)
        if told is OrderStatus.CANCELLED or _is_news(order, told):
            order.floor_status = told
        order.paid = order.paid or part.told.paid
        order.cancel_asked = part.told.cancel_asked
        order.ship_by = part.told.ship_by or order.ship_by
        if order.status in OPEN and told is not OrderStatus.CANCELLED:
            order.total, order.floor_total = part.total, part.floor_total
            other, new = _other_counts(order, part)
            recounts |= other
            added += new
        order.withheld = min(part.withheld or order.withheld, order.total)
        if order.closed_at is None:
            _note_buyer(order, part.told.buyer)
        if told in TRANSITIONS[order.status]:
            if told is OrderStatus.CANCELLED and order.status in OPEN:
                back.add(order.id)
            step(session, order, told, by=None)
            order.problems, order.next_attempt_at = [], None
        book_revenue(order, business_day(now()))
        if before != _seen(order):
            changed.append(order)
    session.flush()
    stock.give_back(session, back)
    stock.recount(session, recounts)
    stock.take(session, added)
    moves: list[Event] = [
        OrderMoved(order.id, order.seller_id, order.marketplace, order.status) for order in changed
    ]
    record_all(session, moves)
    return changed
