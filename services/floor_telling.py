"""Telling a floor what its order's sellers did. The call itself is a worker's.

A floor knows an order as a whole: it is told what all sellers of its goods have done, and of a cancellation once
all have cancelled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from core.errors import text
from gateways.errors import Problem
from models import Order, OrderChange, OrderLine, OrderStatus
from models.bulk import among
from models.order_states import is_as_far
from models.orders import SHOP
from services import stock
from services.order_labels import want_labels
from services.order_steps import step_back, tell_stalls
from services.turns import take_turns_of_sellers

S = OrderStatus
OTHERS_GOODS = Problem(
    None,
    "others_goods",
    text("Đơn còn hàng của người bán khác nên sàn chưa được báo hủy. Hãy hủy phần này trên trang của sàn."),
)


@dataclass(frozen=True)
class FloorWord:
    """Plain values for the calls about one order: the `deeds` that its floor does not know of, in their order."""

    order_id: UUID
    marketplace: str
    external_id: str
    deeds: tuple[OrderStatus, ...]
    tracking_number: str | None
    reason: str


def prepare_word(session: Session, order_id: UUID) -> FloorWord | None:
    """What the order's floor must still be told; None where it knows all, or there is no floor."""
    parts = _locked_parts(session, order_id)
    order = next(part for part in parts if part.id == order_id)
    live = [part for part in parts if part.status is not S.CANCELLED]
    if order.marketplace == SHOP or order.floor_status is S.CANCELLED:
        return None
    if live and order.status is S.CANCELLED:
        order.problems = [OTHERS_GOODS.stored]
        return None
    deeds = _unknown_deeds(order, live) if live else (S.CANCELLED,)
    if not deeds:
        return None
    return FloorWord(
        order_id=order.id,
        marketplace=order.marketplace,
        external_id=order.external_id,
        deeds=deeds,
        tracking_number=_joined(part.tracking_number for part in live) or None,
        reason=_joined(part.cancel_reason for part in parts),
    )


def _unknown_deeds(order: Order, live: Sequence[Order]) -> tuple[OrderStatus, ...]:
    """What all have done and the floor does not know."""
    known = order.floor_status or S.NEW
    return tuple(
        deed
        for deed in (S.CONFIRMED, S.SHIPPED)
        if not is_as_far(known, deed) and all(is_as_far(part.status, deed) for part in live)
    )


def _joined(words: Iterable[str | None]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word))


def record_told(session: Session, word: FloorWord) -> None:
    """The floor knows."""
    parts = _locked_parts(session, word.order_id)
    for part in parts:
        part.floor_status = word.deeds[-1]
        part.problems, part.next_attempt_at = [], None
    want_labels(session, parts)


def record_refused(session: Session, word: FloorWord, problems: Sequence[Problem]) -> None:
    """The reasons stand on the order. Where the floor will not have it cancelled, its buyer still waits: it is
    open again, and takes its goods again."""
    parts = _locked_parts(session, word.order_id)
    for part in parts:
        part.problems, part.next_attempt_at = [problem.stored for problem in problems], None
    if word.deeds == (S.CANCELLED,):
        _reopen(session, [part for part in parts if part.status is S.CANCELLED])
    tell_stalls(session, parts)


def _reopen(session: Session, parts: Sequence[Order]) -> None:
    ids = [part.id for part in parts]
    cancelled = (
        select(OrderChange)
        .where(
            among(OrderChange.order_id, ids),
            OrderChange.to_status == S.CANCELLED,
            OrderChange.changed_by.is_not(None),
        )
        .order_by(OrderChange.created_at, OrderChange.id)
    )
    former = {change.order_id: change.from_status for change in session.scalars(cancelled)}
    for part in parts:
        if part.id in former:
            step_back(session, part, former[part.id])
    session.flush()
    lines = select(OrderLine).where(among(OrderLine.order_id, list(former))).order_by(OrderLine.id)
    stock.take(session, session.scalars(lines).all())


def record_wait(session: Session, word: FloorWord, problem: Problem, until: datetime | None) -> None:
    """It did not work this time: why, and when it is tried again; None where it was given up."""
    parts = _locked_parts(session, word.order_id)
    for part in parts:
        part.problems, part.next_attempt_at = [problem.stored], until
    if until is None:
        tell_stalls(session, parts)


def _locked_parts(session: Session, order_id: UUID) -> Sequence[Order]:
    """All sellers' parts of the order; the stalls' turns are taken first."""
    whole = select(Order.marketplace, Order.external_id).where(Order.id == order_id)
    marketplace, external_id = session.execute(whole).one()
    parts = (Order.marketplace == marketplace, Order.external_id == external_id)
    take_turns_of_sellers(session, set(session.scalars(select(Order.seller_id).where(*parts))))
    query = select(Order).where(*parts).order_by(Order.id).with_for_update().options(lazyload(Order.lines))
    return session.scalars(query.execution_options(populate_existing=True)).all()
