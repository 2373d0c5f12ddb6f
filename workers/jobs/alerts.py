"""Jobs that write to sellers of what waits for them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gateways.errors import Problem
from models import ThresholdNotice
from services import order_alerts, sms
from services.order_alerts import OrderAlert, TooEarly
from services.threshold_notices import prepare_notice
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


def send_threshold_notice(event_id: int) -> None:
    """Write one SMS of a threshold that comes near."""
    run_call("send_threshold_notice", event_id, SendNotice(ThresholdNotice, "notice_id", prepare_notice))


class SendNotice:
    """One SMS whose outcome stands on its own row, of the table `kind`; the event names it by `id_name`."""

    def __init__(
        self,
        kind: type[sms.Notice],
        id_name: str,
        prepare: Callable[[Session, UUID], sms.Message | None],
    ) -> None:
        self._kind, self._id_name, self._prepare = kind, id_name, prepare

    def prepare(self, session: Session, event: StoredEvent) -> sms.Message | None:
        return self._prepare(session, UUID(event.payload[self._id_name]))

    def call(self, task: sms.Message) -> str:
        return sms_gateway().send(task.phone, task.text, task.key)

    def finish(self, session: Session, task: sms.Message, result: str | None) -> None:
        sms.record_sent(self._notice(session, task), result)

    def reject(self, session: Session, task: sms.Message, problems: Sequence[Problem]) -> None:
        problem = "; ".join(problem.text for problem in problems)
        sms.record_unsent(self._notice(session, task), problem, final=True)

    def postpone(self, session: Session, task: sms.Message, problem: Problem, until: datetime | None) -> None:
        sms.record_unsent(self._notice(session, task), problem.text, final=until is None)

    def _notice(self, session: Session, task: sms.Message) -> sms.Notice:
        return session.get_one(self._kind, task.id, with_for_update=True)
