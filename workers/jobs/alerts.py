"""Jobs that write to sellers of what waits for them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gateways.errors import Problem
from services import order_alerts
from services.order_alerts import OrderAlert, TooEarly
from workers.deliveries import StoredEvent
from workers.providers import sms_gateway
from workers.runtime import TryLater, run_call


def alert_seller(event_id: int) -> None:
    """Write one SMS of the orders that wait."""
    run_call("alert_seller", event_id, AlertSeller())


class AlertSeller:
    def prepare(self, session: Session, event: StoredEvent) -> OrderAlert | None:
        try:
            return order_alerts.prepare_alert(session, UUID(event.payload["order_id"]))
        except TooEarly as early:
            raise TryLater(early.wait.total_seconds()) from None

    def call(self, task: OrderAlert) -> str:
        return sms_gateway().send(task.phone, task.text, task.key)

    def finish(self, session: Session, task: OrderAlert, result: str | None) -> None:
        order_alerts.record_alert(session, task)

    def reject(self, session: Session, task: OrderAlert, problems: Sequence[Problem]) -> None:
        """The order shows that its seller was not written to."""

    def postpone(self, session: Session, task: OrderAlert, problem: Problem, until: datetime | None) -> None:
        """As `reject`."""
