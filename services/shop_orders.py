"""Ordering in our own shop: by anybody, without an account. What is not there cannot be ordered, and nobody can order a
shop empty without paying.

An order that is paid by QR holds its goods for some minutes (`unpaid_orders`). One that is paid at the door, or to an
account of which nobody tells us at once, holds them until the seller confirms or cancels it: of each offer, such orders
can take half only, and from one phone there are few at a time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, NotFound, Text, text
from core.ids import new_code, new_id
from core.money import amount_problem
from models import (
    CollectionChannel,
    Listing,
    ListingStatus,
    Order,
    OrderLine,
    OrderStatus,
    PaymentRequest,
    Product,
    Seller,
    Stall,
)
from models.bulk import among
from models.orders import SHOP
from services import stock
from services.events import OrderPlaced, record
from services.order_steps import tell_stalls
from services.payment_requests import ask_at
from services.storing import find_stored, store
from services.turns import take_turns_of_sellers

PAY_WITHIN = timedelta(minutes=15)
"""Where we hear of the money at once."""
PAY_UNHEARD_WITHIN = timedelta(days=1)
"""Where only a statement tells of it."""
MOST_WAITING = 3
"""Orders of one phone that a seller has neither confirmed nor been paid for."""


class ShopPayment(StrEnum):
    AGREED = "agreed"
    """The seller calls, and they agree on it: cash at the door, or a transfer."""
    TRANSFER = "transfer"
    """By the QR of a payment request at the seller's stall."""


@dataclass(frozen=True)
class Wanted:
    """`quantity` of what is sold under `sku`, as it was told in `approved_version`; None where nobody says."""

    sku: str
    quantity: int
    approved_version: int | None = None


def place_order(
    session: Session,
    *,
    id: UUID,
    name: str,
    phone: str,
    address: str,
    lines: Sequence[Wanted],
    payment: ShopPayment = ShopPayment.AGREED,
    expected_total: int | None = None,
) -> tuple[Order, bool]:
    """Store an order of one seller's goods, at today's prices; False where this `id` is stored already. Its goods
    are taken out of stock at once.

    Raises InvalidInput (`lines`, `lines.N.sku`, `lines.N.quantity`, `payment`) for goods that are not offered, too
    few, or of several sellers, for too many at once (`phone` too), and where the seller takes no transfer; Conflict
    where they cost another total than `expected_total` đồng, which the buyer was shown, or are told of otherwise
    since. `phone` is E.164.
    """
    if stored := find_stored(session, Order, id):
        if stored.marketplace != SHOP:
            raise NotFound()
        return stored, False
    offers = _offers(session, lines)
    seller = next(iter(offers.values())).product.seller
    take_turns_of_sellers(session, {seller.id})
    stock.lock_listings(session, {offer.id for offer in offers.values()})
    _require_offered(lines, {sku: o for sku, o in offers.items() if o.status is ListingStatus.APPROVED})
    _require_as_told(lines, offers)
    _require_stock(lines, offers)
    stall = _stall(session, seller) if payment is ShopPayment.TRANSFER else None
    waiting = _waiting(session, seller)
    _require_few(waiting, phone)
    if stall is None or not _is_heard_of(stall.channel):
        _require_share(lines, offers, waiting)
    moment = now()
    prices = {sku: offer.price_on(SHOP, business_day(moment)) for sku, offer in offers.items()}
    order = _order(id, seller, lines, prices, moment)
    if expected_total not in {None, order.total}:
        raise Conflict(text("Giá vừa thay đổi; hãy xem giá mới rồi đặt lại"))
    order.buyer_name, order.buyer_phone, order.buyer_address = name, phone, address
    if stall:
        order.payment_request_id = _ask(session, order, stall, seller)
    store(session, order)
    stock.take(session, _lines(order, lines, offers, prices))
    record(session, OrderPlaced(order.id, order.seller_id, SHOP))
    tell_stalls(session, [order])
    session.flush()
    return order, True


def _offers(session: Session, lines: Sequence[Wanted]) -> dict[str, Listing]:
    """What is wanted, by SKU: all of it offered in the shop, and by one seller."""
    query = (
        select(Listing)
        .where(
            among(Listing.sku, [line.sku for line in lines]),
            Listing.status == ListingStatus.APPROVED,
            Listing.marketplaces.contains([SHOP]),
        )
        .options(joinedload(Listing.product).joinedload(Product.seller))
    )
    offers = {listing.sku: listing for listing in session.scalars(query)}
    _require_offered(lines, offers)
    if len({offer.product.seller_id for offer in offers.values()}) != 1:
        raise InvalidInput.of("lines", text("Mỗi đơn là hàng của một người bán"))
    return offers


def _require_as_told(lines: Sequence[Wanted], offers: Mapping[str, Listing]) -> None:
    """Raises Conflict for goods of which something else is told since the buyer read of them."""
    if any(line.approved_version not in {None, offers[line.sku].approved_version} for line in lines):
        raise Conflict(text("Người bán vừa sửa tin này; hãy xem lại rồi đặt"))


def _require_offered(lines: Sequence[Wanted], offers: Mapping[str, Listing]) -> None:
    errors = {
        f"lines.{number}.sku": [text("Món này không còn bán")]
        for number, line in enumerate(lines)
        if line.sku not in offers
    }
    if errors:
        raise InvalidInput(errors)


def _require_stock(lines: Sequence[Wanted], offers: dict[str, Listing]) -> None:
    wanted: Counter[str] = Counter()
    errors = {}
    for number, line in enumerate(lines):
        wanted[line.sku] += line.quantity
        left = offers[line.sku].stock
        if line.quantity < 1:
            errors[f"lines.{number}.quantity"] = [text("Số lượng phải lớn hơn 0")]
        elif wanted[line.sku] > left:
            errors[f"lines.{number}.quantity"] = [text("Chỉ còn %(count)s", count=left)]
    if errors:
        raise InvalidInput(errors)


def _waiting(session: Session, seller: Seller) -> list[Order]:
    """The seller's orders that nobody has confirmed or paid; the stalls' turns have been taken."""
    query = (
        select(Order)
        .where(Order.seller_id == seller.id, Order.marketplace == SHOP, Order.status == OrderStatus.NEW)
        .options(
            joinedload(Order.payment_request).joinedload(PaymentRequest.channel), selectinload(Order.lines)
        )
    )
    return [order for order in session.scalars(query) if not order.is_paid]


def _require_few(waiting: Sequence[Order], phone: str) -> None:
    count = sum(order.buyer_phone == phone for order in waiting)
    if count >= MOST_WAITING:
        raise InvalidInput.of(
            "phone",
            text(
                "Số này đã có %(count)s đơn chờ người bán xác nhận; hãy gọi người bán, hoặc trả tiền đơn trước",
                count=count,
            ),
        )


def _require_share(lines: Sequence[Wanted], offers: Mapping[str, Listing], waiting: Sequence[Order]) -> None:
    """Half of what the offer would have without such orders, rounded up; of its last piece, that."""
    held: Counter[UUID] = Counter()
    for order in waiting:
        if order.payment_request is None or not _is_heard_of(order.payment_request.channel):
            held.update({line.listing_id: line.taken for line in order.lines})
    wanted: Counter[str] = Counter()
    errors = {}
    for number, line in enumerate(lines):
        wanted[line.sku] += line.quantity
        offer = offers[line.sku]
        left = (offer.stock + held[offer.id] + 1) // 2 - held[offer.id]
        if wanted[line.sku] > left:
            errors[f"lines.{number}.quantity"] = [_too_many(max(left, 0))]
    if errors:
        raise InvalidInput(errors)


def _too_many(left: int) -> Text:
    if left:
        return text(
            "Chưa trả tiền thì giữ được nhiều nhất %(count)s; muốn nhiều hơn, hãy gọi người bán", count=left
        )
    return text("Hàng đang được giữ cho khách khác; hãy gọi người bán, hoặc quay lại sau")


def _is_heard_of(channel: CollectionChannel) -> bool:
    """Whether its provider or its bank tells us of money in the moment."""
    return channel.has_collector or channel.notices_by is not None


def _order(
    id: UUID, seller: Seller, lines: Sequence[Wanted], prices: Mapping[str, int], moment: datetime
) -> Order:
    total = sum(line.quantity * prices[line.sku] for line in lines)
    if problem := amount_problem(total):
        raise InvalidInput.of("lines", problem)
    number = new_code("DH", 8)
    return Order(
        id=id,
        marketplace=SHOP,
        external_id=number,
        number=number,
        seller_id=seller.id,
        placed_at=moment,
        total=total,
        floor_total=total,
    )


def _lines(
    order: Order, lines: Sequence[Wanted], offers: dict[str, Listing], prices: Mapping[str, int]
) -> list[OrderLine]:
    """The same goods twice are one line."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts[line.sku] += line.quantity
    return [
        OrderLine(
            id=new_id(),
            order_id=order.id,
            listing_id=offers[sku].id,
            sku=sku,
            quantity=count,
            price=prices[sku],
        )
        for sku, count in counts.items()
    ]


def _stall(session: Session, seller: Seller) -> Stall:
    """The seller's first that is open; the stalls' turns have been taken. Raises InvalidInput where there is none."""
    query = select(Stall).where(Stall.seller_id == seller.id, Stall.closed_on.is_(None))
    stall = session.scalar(query.order_by(Stall.created_at, Stall.id).limit(1))
    if stall is None:
        raise InvalidInput.of(
            "payment", text("Người bán này chưa nhận chuyển khoản; hãy chọn trả khi nhận hàng")
        )
    return stall


def _ask(session: Session, order: Order, stall: Stall, seller: Seller) -> UUID:
    """At the seller's stall, in the name of whoever registered the seller: a buyer has no account."""
    return ask_at(
        session,
        stall,
        amount=order.total,
        description=order.number,
        expires_at=now() + (PAY_WITHIN if _is_heard_of(stall.channel) else PAY_UNHEARD_WITHIN),
        created_by=seller.created_by,
    ).id
