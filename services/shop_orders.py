"""Ordering in our own shop: by anybody, without an account. What is not there cannot be ordered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound, text
from core.ids import new_code, new_id
from core.money import amount_problem
from models import Listing, ListingStatus, Order, OrderLine, Product, Seller, Stall
from models.bulk import among
from models.orders import SHOP
from services import stock
from services.events import OrderPlaced, record
from services.order_steps import tell_stalls
from services.payment_requests import ask_at
from services.storing import find_stored, store
from services.turns import take_turns_of_sellers

PAY_WITHIN = timedelta(days=1)


class ShopPayment(StrEnum):
    AGREED = "agreed"
    """The seller calls, and they agree on it: cash at the door, or a transfer."""
    TRANSFER = "transfer"
    """By the QR of a payment request at the seller's stall."""


@dataclass(frozen=True)
class Wanted:
    """`quantity` of what is sold under `sku`."""

    sku: str
    quantity: int


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
    few, or of several sellers, and where the seller takes no transfer; Conflict where they cost another total
    than `expected_total` đồng, which the buyer was shown. `phone` is E.164.
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
    _require_stock(lines, offers)
    order = _order(id, seller, lines, offers)
    if expected_total not in {None, order.total}:
        raise Conflict(text("Giá vừa thay đổi; hãy xem lại giỏ hàng"))
    order.buyer_name, order.buyer_phone, order.buyer_address = name, phone, address
    if payment is ShopPayment.TRANSFER:
        order.payment_request_id = _ask(session, order, seller)
    store(session, order)
    stock.take(session, _lines(order, lines, offers))
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


def _order(id: UUID, seller: Seller, lines: Sequence[Wanted], offers: dict[str, Listing]) -> Order:
    total = sum(line.quantity * offers[line.sku].price_on(SHOP) for line in lines)
    if problem := amount_problem(total):
        raise InvalidInput.of("lines", problem)
    number = new_code("DH", 8)
    return Order(
        id=id,
        marketplace=SHOP,
        external_id=number,
        number=number,
        seller_id=seller.id,
        placed_at=now(),
        total=total,
        floor_total=total,
    )


def _lines(order: Order, lines: Sequence[Wanted], offers: dict[str, Listing]) -> list[OrderLine]:
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
            price=offers[sku].price_on(SHOP),
        )
        for sku, count in counts.items()
    ]


def _ask(session: Session, order: Order, seller: Seller) -> UUID:
    """At the seller's first stall, in the name of whoever registered the seller: a buyer has no account."""
    query = select(Stall).where(Stall.seller_id == seller.id).order_by(Stall.created_at, Stall.id).limit(1)
    stall = session.scalar(query)
    if stall is None:
        raise InvalidInput.of(
            "payment", text("Người bán này chưa nhận chuyển khoản; hãy chọn trả khi nhận hàng")
        )
    return ask_at(
        session,
        stall,
        amount=order.total,
        description=order.number,
        expires_at=now() + PAY_WITHIN,
        created_by=seller.created_by,
    ).id
