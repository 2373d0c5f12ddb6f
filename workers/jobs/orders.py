"""Jobs that speak to floors about orders: read what is new, tell what the sellers did."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from gateways.errors import AlreadyDone, GatewayError, GatewayThrottled, Problem
from gateways.ports import OrderDesk, OrderPage
from models import OrderStatus
from services import floor_accounts, floor_orders, floor_polls, floor_telling
from services.floor_telling import FloorWord
from workers.deliveries import StoredEvent
from workers.floors import ordering
from workers.jobs.publishing import wait_while_paused
from workers.runtime import describe, run_call, run_steps

READ_SECONDS = 30.0

log = structlog.get_logger()


def poll_floor_orders(event_id: int) -> None:
    """Take over a floor's new and changed orders, page by page."""
    run_steps("poll_floor_orders", event_id, PollFloor(), READ_SECONDS)


def tell_floor_order(event_id: int) -> None:
    """Tell a floor what its order's sellers did."""
    run_call("tell_floor_order", event_id, TellFloor())


class PollFloor:
    """A page at a time, its cursor stored with it. A floor that does not answer is asked again at its next poll,
    which comes later each time."""

    def begin(self, session: Session, event: StoredEvent) -> bool:
        self.marketplace = event.payload["marketplace"]
        self.cursor = floor_polls.read_cursor(session, self.marketplace)
        return floor_accounts.paused_for(session, self.marketplace) is None

    def fetch(self) -> None:
        self.page: OrderPage | None = None
        self.error: GatewayError | None = None
        try:
            with ordering(self.marketplace) as desk:
                self.page = desk.list_orders(self.cursor)
        except GatewayError as error:
            self.error = error

    def step(self, session: Session) -> bool:
        if self.page is None:
            self._note_silence(session)
            return False
        floor_accounts.note_success(session, self.marketplace)
        taken = floor_orders.take_orders(session, self.marketplace, self.page)
        if taken.new or taken.moved:
            log.info("orders_taken", marketplace=self.marketplace, new=taken.new, moved=taken.moved)
        # A floor whose cursor stands still has no more to tell, whatever it repeats.
        more = bool(self.page.orders) and self.page.cursor != self.cursor
        self.cursor = self.page.cursor
        if not more:
            floor_polls.record_read(session, self.marketplace)
        return more

    def _note_silence(self, session: Session) -> None:
        words = describe(self.error) if self.error else ""
        wait = self.error.retry_after if isinstance(self.error, GatewayThrottled) else None
        log.warning("floor_not_read", marketplace=self.marketplace, error=words)
        floor_polls.record_unread(session, self.marketplace, words, wait)

    def give_up(self, session: Session, event: StoredEvent) -> None:
        """The dead letter says so; the next poll tries again."""


class TellFloor:
    def prepare(self, session: Session, event: StoredEvent) -> FloorWord | None:
        wait_while_paused(session, event)
        return floor_telling.prepare_word(session, UUID(event.payload["order_id"]))

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
