"""Jobs that speak to floors about orders: read what is new, tell what the sellers did."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import AlreadyDone, Problem
from gateways.ports import OrderDesk, OrderPage
from models import OrderStatus, PollSubject
from services import floor_accounts, floor_orders, floor_telling
from services.floor_telling import FloorWord
from workers.deliveries import StoredEvent
from workers.floors import ordering
from workers.jobs.polling import READ_SECONDS, FloorPoll
from workers.runtime import TryLater, run_call, run_steps

log = structlog.get_logger()


def poll_floor_orders(event_id: int) -> None:
    """Take over a floor's new and changed orders, page by page."""
    run_steps("poll_floor_orders", event_id, PollOrders(), READ_SECONDS)


def tell_floor_order(event_id: int) -> None:
    """Tell a floor what its order's sellers did."""
    run_call("tell_floor_order", event_id, TellFloor(), tireless=True)


class PollOrders(FloorPoll[OrderPage]):
    subject = PollSubject.ORDERS

    def read(self) -> OrderPage:
        with ordering(self.marketplace) as desk:
            return desk.list_orders(self.cursor)

    def take(self, session: Session, page: OrderPage) -> None:
        taken = floor_orders.take_orders(session, self.marketplace, page)
        self.again = f"not read: orders {', '.join(page.unread)}" if taken.again else None
        if taken.new or taken.moved:
            log.info("orders_taken", marketplace=self.marketplace, new=taken.new, moved=taken.moved)

    def goes_on(self, page: OrderPage) -> bool:
        return not page.is_empty


class TellFloor:
    def prepare(self, session: Session, event: StoredEvent) -> FloorWord | None:
        word = floor_telling.prepare_word(session, UUID(event.payload["order_id"]))
        pause, _, why = floor_accounts.condition_of(session, event.payload["marketplace"])
        if word and pause:
            floor_telling.record_wait(session, word, why, now() + pause)
            raise TryLater(pause.total_seconds())
        return word

    def call(self, task: FloorWord) -> None:
        with ordering(task.marketplace) as desk:
            for deed in task.deeds:
                try:
                    _DEEDS[deed](desk, task)
                except AlreadyDone:
                    log.info(
                        "order_known", marketplace=task.marketplace, order_id=str(task.order_id), deed=deed
                    )

    def finish(self, session: Session, task: FloorWord, result: None) -> None:
        floor_accounts.note_success(session, task.marketplace)
        floor_telling.record_told(session, task)

    def reject(self, session: Session, task: FloorWord, problems: Sequence[Problem]) -> None:
        floor_telling.record_refused(session, task, problems)

    def postpone(self, session: Session, task: FloorWord, problem: Problem, until: datetime | None) -> None:
        floor_telling.record_wait(session, task, problem, until)


_DEEDS: dict[OrderStatus, Callable[[OrderDesk, FloorWord], None]] = {
    OrderStatus.CONFIRMED: lambda desk, task: desk.confirm_order(task.external_id),
    OrderStatus.SHIPPED: lambda desk, task: desk.ship_order(task.external_id, task.tracking_number),
    OrderStatus.CANCELLED: lambda desk, task: desk.cancel_order(task.external_id, task.reason),
}
