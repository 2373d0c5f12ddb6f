"""Orders that a person has to do with, from all floors and the shop in one list."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnExpressionArgument, Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.errors import NotFound
from models import Order, OrderChange, OrderLine, OrderStatus, SettlementShare
from models.listings import Listing, Product
from models.orders import SHOP
from services.access import Actor, visible_orders
from services.queries.paging import DEFAULT_LIMIT, Page, given, page_of
from services.queries.paging import Order as Sorting


def list_orders(
    session: Session,
    actor: Actor,
    *,
    status: OrderStatus | None = None,
    to_do: bool = False,
    marketplace: str | None = None,
    seller_id: UUID | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Order]:
    """The newest first; `to_do` asks for those that a person has something to do about."""
    query = _whole(
        visible_orders(actor),
        *given(Order.status, status),
        *given(Order.marketplace, marketplace),
        *given(Order.seller_id, seller_id),
        *([Order.is_to_do] if to_do else []),
    )
    return page_of(session, query, Sorting(Order.placed_at, Order.id), limit, cursor)


def get_placed(session: Session, order_id: UUID) -> Order:
    """An order of our own shop, for whoever knows its id. Raises NotFound."""
    found = session.scalar(_whole(Order.id == order_id, Order.marketplace == SHOP))
    if found is None:
        raise NotFound()
    return found


def get_order(session: Session, actor: Actor, order_id: UUID) -> Order:
    """One with its lines and its seller. Raises NotFound outside the person's sight."""
    query = _whole(Order.id == order_id, visible_orders(actor))
    order = session.scalar(query.execution_options(populate_existing=True))
    if order is None:
        raise NotFound()
    return order


def _whole(*conditions: ColumnExpressionArgument[bool]) -> Select[Order]:
    goods = selectinload(Order.lines).joinedload(OrderLine.listing)
    return (
        select(Order)
        .where(*conditions)
        .options(
            joinedload(Order.seller),
            joinedload(Order.payment_request),
            selectinload(Order.labels),
            selectinload(Order.settlements).joinedload(SettlementShare.settlement),
            selectinload(Order.lines).joinedload(OrderLine.approval),
            goods.lazyload(Listing.publications),
            goods.joinedload(Listing.product).lazyload(Product.seller),
        )
    )


def list_steps(session: Session, order_id: UUID) -> Sequence[OrderChange]:
    """What became of it so far, the first step first; the order was found within sight."""
    query = select(OrderChange).where(OrderChange.order_id == order_id)
    return session.scalars(query.order_by(OrderChange.created_at, OrderChange.id)).all()


def count_open(session: Session, actor: Actor, seller_id: UUID | None = None) -> dict[OrderStatus, int]:
    """How many of the person's orders, or of one seller's, wait for something to be done, by status."""
    query = (
        select(Order.status, func.count())
        .where(Order.is_to_do, visible_orders(actor), *given(Order.seller_id, seller_id))
        .group_by(Order.status)
    )
    return {row[0]: row[1] for row in session.execute(query)}
