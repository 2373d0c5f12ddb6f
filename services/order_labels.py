"""Labels that floors print for the parcels of an order: asked for as soon as a floor prints them, stored sealed, and
forgotten with the buyer, whom they show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, NotFound, text
from gateways.errors import Problem
from gateways.labels import ParcelLabel
from models import Order, OrderLabel
from models.order_states import OVER, is_as_far
from services.access import Actor
from services.events import OrderLabelsWanted, record_all
from services.marketplaces import floor_named
from services.order_steps import tell_stalls
from services.queries.orders import get_order
from services.turns import take_turns_of_sellers


@dataclass(frozen=True)
class LabelTask:
    """Plain values for the call."""

    order_id: UUID
    marketplace: str
    external_id: str


def is_printed(order: Order) -> bool:
    """Whether its floor knows enough to print its labels, and they are still of use."""
    since = floor_named(order.marketplace).labels_from
    told = order.floor_status
    return since is not None and told is not None and is_as_far(told, since) and order.status not in OVER


def want_labels(session: Session, orders: Collection[Order]) -> None:
    """Have them fetched for those whose labels can be printed now."""
    printed = [order for order in orders if is_printed(order)]
    for order in printed:
        order.labels_asked_at, order.label_problems = now(), []
    record_all(session, [OrderLabelsWanted(order.id, order.marketplace) for order in printed])


def fetch_again(session: Session, actor: Actor, order_id: UUID) -> Order:
    """A person asks once more. Raises Conflict where the floor prints nothing for the order (yet), NotFound."""
    order = get_order(session, actor, order_id)
    if not is_printed(order):
        raise Conflict(text("Sàn chưa có phiếu gửi cho đơn này"))
    if not order.labels:
        want_labels(session, [order])
    return order


def prepare_labels(session: Session, order_id: UUID) -> LabelTask | None:
    """What to ask the floor; None where they are here, or of no use any more."""
    order = session.get_one(Order, order_id)
    if order.labels or not is_printed(order):
        return None
    return LabelTask(order.id, order.marketplace, order.external_id)


def record_labels(session: Session, task: LabelTask, labels: Sequence[ParcelLabel] | None) -> None:
    """Keep them in the place of any others; None where the floor prints none for this order."""
    order = _locked(session, task)
    order.label_problems = []
    if labels is None:
        order.labels_asked_at = None
    session.execute(delete(OrderLabel).where(OrderLabel.order_id == order.id))
    session.add_all(
        OrderLabel(order_id=order.id, parcel=parcel, tracking_number=one.tracking_number, content=one.content)
        for parcel, one in enumerate(labels or (), 1)
    )
    tell_stalls(session, [order])


def record_refused(session: Session, task: LabelTask, problems: Sequence[Problem]) -> None:
    """The reasons stand on the order."""
    order = _locked(session, task)
    order.label_problems = [problem.stored for problem in problems]
    tell_stalls(session, [order])


def read_label(session: Session, actor: Actor, order_id: UUID, parcel: int) -> OrderLabel:
    """One, with its content. Raises NotFound."""
    order = get_order(session, actor, order_id)
    label = session.get(OrderLabel, (order.id, parcel))
    if label is None:
        raise NotFound()
    return label


def _locked(session: Session, task: LabelTask) -> Order:
    """The stalls' turns first, then the order."""
    seller_id = session.scalar(select(Order.seller_id).where(Order.id == task.order_id))
    take_turns_of_sellers(session, {seller_id} if seller_id else set())
    return session.get_one(Order, task.order_id, with_for_update=True, populate_existing=True)
