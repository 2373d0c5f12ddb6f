"""What happens after each event. This page is the whole answer; `services/events.py` says what they mean."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from services import events
from workers.jobs import collection, fees, maintenance, payments, publishing, statements


class QueueName(StrEnum):
    """By urgency and owner. `payments` never waits for anybody outside; `collection` speaks to payment
    channels and sends SMS, `publishing` to floors; `maintenance` is the clock's, and reads statements."""

    PAYMENTS = "payments"
    COLLECTION = "collection"
    PUBLISHING = "publishing"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Subscription:
    """A job that follows an event. With `batch` many events travel in one job. The road is given `lease` to
    bring it there; then it is sent again."""

    job: Callable[..., None]
    queue: QueueName
    batch: int = 1
    lease: timedelta = timedelta(seconds=60)

    @property
    def name(self) -> str:
        return self.job.__name__


settle_payment_notices = Subscription(payments.settle_payment_notices, QueueName.PAYMENTS, batch=500)
tell_stalls = Subscription(payments.tell_stalls, QueueName.PAYMENTS, batch=500)
settle_fee_invoices = Subscription(fees.settle_fee_invoices, QueueName.PAYMENTS, batch=500)
send_fee_reminder = Subscription(fees.send_fee_reminder, QueueName.COLLECTION)
open_payment_link = Subscription(collection.open_payment_link, QueueName.COLLECTION)
poll_payment_request = Subscription(collection.poll_payment_request, QueueName.COLLECTION)
close_payment_link = Subscription(collection.close_payment_link, QueueName.COLLECTION)
confirm_channel_webhook = Subscription(collection.confirm_channel_webhook, QueueName.COLLECTION)
send_refund = Subscription(collection.send_refund, QueueName.COLLECTION)
publish_listing = Subscription(publishing.publish_listing, QueueName.PUBLISHING, lease=timedelta(seconds=180))
import_statement = Subscription(
    statements.import_statement, QueueName.MAINTENANCE, lease=timedelta(seconds=120)
)

NOBODY: tuple[Subscription, ...] = ()
"""Stated, not forgotten: the event is a fact that later readers take from the outbox."""

SUBSCRIPTIONS: dict[type[events.Event], tuple[Subscription, ...]] = {
    events.HouseholdRegistered: NOBODY,
    events.SellerRegistered: NOBODY,
    events.StallOpened: NOBODY,
    events.ChannelWebhookMoved: (confirm_channel_webhook,),
    events.PaymentRequestCreated: (open_payment_link,),
    events.PaymentRequestOpened: (tell_stalls,),
    events.PaymentRequestRefused: (tell_stalls,),
    events.PaymentRequestCancelled: (close_payment_link, tell_stalls),
    events.PaymentRequestExpired: (tell_stalls,),
    events.PaymentPollDue: (poll_payment_request,),
    events.PaymentNoticeReceived: (settle_payment_notices,),
    events.PaymentSettled: (tell_stalls,),
    events.PaymentOrphaned: (settle_fee_invoices,),
    events.RefundRequested: (send_refund,),
    events.RefundCheckDue: (send_refund,),
    events.RefundCompleted: NOBODY,
    events.RefundRejected: NOBODY,
    events.PaymentReversed: (tell_stalls,),
    events.StallPaymentReceived: (tell_stalls,),
    events.StatementUploaded: (import_statement,),
    events.FeeInvoicesIssued: NOBODY,
    events.FeePaymentSettled: (settle_fee_invoices,),
    events.FeeInvoicePaid: NOBODY,
    events.FeeReminderDue: (send_fee_reminder,),
    events.ListingApproved: NOBODY,
    events.ListingWithdrawn: NOBODY,
    events.PublicationRequested: (publish_listing,),
    events.PublicationListed: NOBODY,
    events.PublicationRejected: NOBODY,
}

FOLLOWERS: dict[str, tuple[Subscription, ...]] = {kind.type: jobs for kind, jobs in SUBSCRIPTIONS.items()}
JOBS: dict[str, Subscription] = {job.name: job for jobs in SUBSCRIPTIONS.values() for job in jobs}


@dataclass(frozen=True)
class Beat:
    """A job that the clock asks for every `seconds`."""

    job: Callable[[], Any]
    seconds: int


SCHEDULE = (
    Beat(maintenance.ask_about_open_requests, seconds=10),
    Beat(maintenance.watch_channel_webhooks, seconds=30),
    Beat(maintenance.drop_old_channel_keys, seconds=60),
    Beat(maintenance.look_after_fees, seconds=60),
    Beat(maintenance.seal_journal, seconds=60),
    Beat(maintenance.look_after_refunds, seconds=5),
    Beat(maintenance.forget_old_traces, seconds=3_600),
)
