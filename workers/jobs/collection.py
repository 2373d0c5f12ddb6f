"""Jobs that speak to a payment channel: open a request there, ask what became of it, close it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.config import config
from gateways.errors import GatewayRejected, GatewayUnavailable, Problem
from gateways.ports import PaymentLink, Payout, PayoutGateway
from services import channels, payment_links, refunds
from services.channels import WebhookCall
from services.payment_links import ChannelCall
from services.refunds import PayoutTask
from workers.deliveries import StoredEvent
from workers.providers import payment_gateway, payout_gateway
from workers.runtime import run_call


def open_payment_link(event_id: int) -> None:
    """Ask the channel for the payment, so that its QR can be shown."""
    run_call("open_payment_link", event_id, OpenLink())


def poll_payment_request(event_id: int) -> None:
    """Ask the channel what came, in case its notice was lost."""
    run_call("poll_payment_request", event_id, PollRequest())


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


class OpenLink(_AboutRequest):
    def prepare(self, session: Session, event: StoredEvent) -> RequestTask | None:
        task = super().prepare(session, event)
        return task if task and payment_links.needs_opening(session, task.request_id) else None

    def call(self, task: RequestTask) -> PaymentLink:
        return payment_gateway(task.call.credentials).open_link(task.call.order)

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


class PollRequest(_AboutRequest):
    def call(self, task: RequestTask) -> PaymentLink | None:
        return payment_gateway(task.call.credentials).get_link(task.call.order.order_code)

    def finish(self, session: Session, task: RequestTask, result: PaymentLink | None) -> None:
        payment_links.record_polled(session, task.request_id, result)


class CloseLink(_AboutRequest):
    def call(self, task: RequestTask) -> PaymentLink:
        gateway = payment_gateway(task.call.credentials)
        return gateway.cancel_link(task.call.order.order_code, "Cancelled at the stall")

    def finish(self, session: Session, task: RequestTask, result: PaymentLink | None) -> None:
        """Ours was closed before; money that comes all the same is found by polling."""


class ConfirmWebhook:
    def prepare(self, session: Session, event: StoredEvent) -> WebhookCall | None:
        return channels.prepare_webhook_call(session, UUID(event.payload["channel_id"]))

    def call(self, task: WebhookCall) -> None:
        try:
            payment_gateway(task.credentials).confirm_webhook(task.url)
        except GatewayRejected as refusal:
            # Mostly our own address does not answer the trial yet: that passes.
            raise GatewayUnavailable(str(refusal)) from refusal

    def finish(self, session: Session, task: WebhookCall, result: None) -> None:
        channels.record_webhook_confirmed(session, task)

    def reject(self, session: Session, task: WebhookCall, problems: Sequence[Problem]) -> None:
        """The log has it, and the channel stays unconfirmed; polling finds its money."""

    def postpone(self, session: Session, task: WebhookCall, problem: Problem, until: datetime | None) -> None:
        """It stays unconfirmed for now."""


class SendRefund:
    """A payout that may have happened is looked up first; only where the provider has none it is sent again, with
    the key by which it happens once."""

    def prepare(self, session: Session, event: StoredEvent) -> PayoutTask | None:
        return refunds.prepare_payout(session, UUID(event.payload["refund_id"]))

    def call(self, task: PayoutTask) -> Payout:
        gateway = payout_gateway(task.credentials)
        found = self._find(gateway, task) if task.asked_before else None
        return found or gateway.pay_out(task.order)

    def _find(self, gateway: PayoutGateway, task: PayoutTask) -> Payout | None:
        try:
            return gateway.find_payout(task.order)
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
