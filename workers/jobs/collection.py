"""Jobs that speak to a payment channel: open a request there, ask what became of it, close it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core.config import config
from core.errors import text
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable, Problem
from gateways.payouts import Payout
from gateways.ports import PaymentGateway, PaymentLink
from services import channels, payment_links, refunds
from services.channels import WebhookCall
from services.payment_links import ChannelCall
from services.refunds import PayoutTask
from workers.deliveries import StoredEvent
from workers.lanes import FOR_A_MOMENT, run_calls
from workers.providers import payment_gateway, payout_gateway
from workers.runtime import UNAVAILABLE, describe, run_call

log = structlog.get_logger()

NO_ANSWER = text("Nhà cung cấp không trả lời đã lâu; hãy thử lại sau")


def open_payment_link(event_ids: Sequence[int]) -> None:
    """Ask channels for payments, so that their QRs can be shown."""
    run_calls("open_payment_link", event_ids, OpenLink, begins_seconds=FOR_A_MOMENT)


def poll_payment_request(event_ids: Sequence[int]) -> None:
    """Ask channels what came, in case its notice was lost."""
    run_calls("poll_payment_request", event_ids, PollRequest, begins_seconds=FOR_A_MOMENT)


def close_payment_link(event_id: int) -> None:
    """Tell the channel that nobody is to pay any more."""
    run_call("close_payment_link", event_id, CloseLink())


def confirm_channel_webhook(event_id: int) -> None:
    """Tell a channel's provider where its notices go."""
    run_call("confirm_channel_webhook", event_id, ConfirmWebhook())


def send_refund(event_id: int) -> None:
    """Send money back, or ask what became of it."""
    run_call("send_refund", event_id, SendRefund())


@dataclass(frozen=True)
class RequestTask:
    """One request and what its channel must be told."""

    request_id: UUID
    call: ChannelCall


class _AboutRequest:
    """What the three calls have in common."""

    def prepare(self, session: Session, event: StoredEvent) -> RequestTask | None:
        request_id = UUID(event.payload["payment_request_id"])
        call = payment_links.prepare_call(session, request_id, config().base_url)
        return RequestTask(request_id, call) if call else None

    def reject(self, session: Session, task: RequestTask, problems: Sequence[Problem]) -> None:
        """Nobody at the stall can mend it; the log has it."""

    def postpone(self, session: Session, task: RequestTask, problem: Problem, until: datetime | None) -> None:
        """The request waits as it is."""


def _with_each(call: ChannelCall, ask: Callable[[PaymentGateway], PaymentLink | None]) -> PaymentLink | None:
    """What the provider says of the order, asked with each of the keys that may know it."""
    *former, newest = call.keys
    for credentials in former:
        try:
            if link := ask(payment_gateway(call.collector, credentials)):
                return link
        except GatewayRejected:
            continue  # it is not theirs, or they count no more
    return ask(payment_gateway(call.collector, newest))


class OpenLink(_AboutRequest):
    def prepare(self, session: Session, event: StoredEvent) -> RequestTask | None:
        task = super().prepare(session, event)
        return task if task and payment_links.needs_opening(session, task.request_id) else None

    def call(self, task: RequestTask) -> PaymentLink:
        return payment_gateway(task.call.collector, task.call.keys[-1]).open_link(task.call.order)

    def finish(self, session: Session, task: RequestTask, result: PaymentLink | None) -> None:
        if result:
            payment_links.record_opened(session, task.request_id, result)

    def reject(self, session: Session, task: RequestTask, problems: Sequence[Problem]) -> None:
        payment_links.record_refused(session, task.request_id, problems)

    def postpone(self, session: Session, task: RequestTask, problem: Problem, until: datetime | None) -> None:
        if until is None:
            payment_links.record_refused(session, task.request_id, [problem])
        else:
            payment_links.record_delay(session, task.request_id, problem)


@dataclass(frozen=True)
class Answer:
    """None where the channel knows of no such order."""

    link: PaymentLink | None


class PollRequest(_AboutRequest):
    """Where no answer comes the request is asked about again as `polling` has it: polls that waited for their own
    turn would grow more while a provider is silent, and hold up the first ones after it."""

    def call(self, task: RequestTask) -> Answer | None:
        code = task.call.order.order_code
        try:
            return Answer(_with_each(task.call, lambda gateway: gateway.get_link(code)))
        except (GatewayUnavailable, GatewayThrottled) as silence:
            log.warning("poll_unanswered", order_code=code, error=describe(silence))
            return None

    def finish(self, session: Session, task: RequestTask, result: Answer | None) -> None:
        if result:
            payment_links.record_polled(session, task.request_id, result.link)


class CloseLink(_AboutRequest):
    def call(self, task: RequestTask) -> PaymentLink | None:
        code = task.call.order.order_code
        return _with_each(task.call, lambda gateway: gateway.cancel_link(code, "Cancelled at the stall"))

    def finish(self, session: Session, task: RequestTask, result: PaymentLink | None) -> None:
        """Ours was closed before; money that comes all the same is found by polling."""


class ConfirmWebhook:
    def prepare(self, session: Session, event: StoredEvent) -> WebhookCall | None:
        return channels.prepare_webhook_call(session, UUID(event.payload["channel_id"]))

    def call(self, task: WebhookCall) -> None:
        payment_gateway(task.collector, task.credentials).confirm_webhook(task.url)

    def finish(self, session: Session, task: WebhookCall, result: None) -> None:
        channels.record_webhook_confirmed(session, task)

    def reject(self, session: Session, task: WebhookCall, problems: Sequence[Problem]) -> None:
        channels.record_webhook_problem(
            session, task, "; ".join(problem.text for problem in problems), refused=True
        )

    def postpone(self, session: Session, task: WebhookCall, problem: Problem, until: datetime | None) -> None:
        given_up = until is None
        silent = given_up and problem.code == UNAVAILABLE
        channels.record_webhook_problem(
            session, task, NO_ANSWER if silent else problem.text, refused=given_up
        )


class SendRefund:
    """A payout that may have happened is looked up first; only where the provider has none it is sent again, with
    the key by which it happens once."""

    def prepare(self, session: Session, event: StoredEvent) -> PayoutTask | None:
        return refunds.prepare_payout(session, UUID(event.payload["refund_id"]))

    def call(self, task: PayoutTask) -> Payout:
        gateway = payout_gateway(task.collector, task.credentials)
        found = self._find(task) if task.asked_before else None
        return found or gateway.pay_out(task.order)

    def _find(self, task: PayoutTask) -> Payout | None:
        all_keys = (*task.former_credentials, task.credentials)
        gateways = [payout_gateway(task.collector, keys) for keys in all_keys]
        try:
            return next(filter(None, (gateway.find_payout(task.order) for gateway in gateways)), None)
        except GatewayRejected as refusal:
            # It refuses to tell, which does not say that no money went.
            raise GatewayUnavailable(str(refusal)) from refusal

    def finish(self, session: Session, task: PayoutTask, result: Payout | None) -> None:
        if result:
            refunds.record_payout(session, task.refund_id, result)

    def reject(self, session: Session, task: PayoutTask, problems: Sequence[Problem]) -> None:
        refunds.record_refused(session, task.refund_id, problems)

    def postpone(self, session: Session, task: PayoutTask, problem: Problem, until: datetime | None) -> None:
        refunds.record_wait(session, task.refund_id, problem)
