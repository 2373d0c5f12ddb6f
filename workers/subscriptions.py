"""What happens after each event. This page is the whole answer; `services/events.py` says what they mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services import events
from workers.beats import SCHEDULE
from workers.queues import QueueName

BATCH_FOR_CHANNELS = 40
"""What a payment channel is called for in a second or two."""

BATCH_FOR_FLOORS = 120
"""What floors are called for in some seconds; the job goes on with the next ones (`workers.lanes`)."""

LONGEST_FOR_FLOORS = timedelta(minutes=8)
"""Each of its calls ends sooner."""


@dataclass(frozen=True)
class Subscription:
    """A job that follows an event, by its path: whoever only sends it need not load what it works with. With `batch`
    many events travel in one job. The road is given `lease` to bring it there; then it is sent again. After `longest`
    the job is broken off."""

    path: str
    queue: QueueName
    batch: int = 1
    lease: timedelta = timedelta(seconds=60)
    longest: timedelta = timedelta(seconds=110)

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


settle_payment_notices = Subscription(
    "workers.jobs.payments.settle_payment_notices", QueueName.PAYMENTS, batch=1_000
)
settle_bank_notices = Subscription(
    "workers.jobs.payments.settle_bank_notices", QueueName.PAYMENTS, batch=1_000
)
tell_stalls = Subscription("workers.jobs.payments.tell_stalls", QueueName.PAYMENTS, batch=1_000)
settle_fee_invoices = Subscription("workers.jobs.fees.settle_fee_invoices", QueueName.PAYMENTS, batch=1_000)
alert_seller = Subscription("workers.jobs.alerts.alert_seller", QueueName.COLLECTION)
send_fee_reminder = Subscription("workers.jobs.fees.send_fee_reminder", QueueName.COLLECTION)
send_threshold_notice = Subscription("workers.jobs.alerts.send_threshold_notice", QueueName.COLLECTION)
open_payment_link = Subscription(
    "workers.jobs.collection.open_payment_link", QueueName.COLLECTION, batch=BATCH_FOR_CHANNELS
)
poll_payment_request = Subscription(
    "workers.jobs.collection.poll_payment_request", QueueName.POLLING, batch=BATCH_FOR_CHANNELS
)
close_payment_link = Subscription("workers.jobs.collection.close_payment_link", QueueName.COLLECTION)
confirm_channel_webhook = Subscription(
    "workers.jobs.collection.confirm_channel_webhook", QueueName.COLLECTION
)
send_refund = Subscription("workers.jobs.collection.send_refund", QueueName.COLLECTION)
publish_listing = Subscription(
    "workers.jobs.publishing.publish_listing",
    QueueName.PUBLISHING,
    batch=BATCH_FOR_FLOORS,
    lease=timedelta(seconds=180),
    longest=LONGEST_FOR_FLOORS,
)
poll_floor_orders = Subscription(
    "workers.jobs.orders.poll_floor_orders", QueueName.PUBLISHING, lease=timedelta(seconds=180)
)
poll_floor_settlements = Subscription(
    "workers.jobs.settlements.poll_floor_settlements", QueueName.PUBLISHING, lease=timedelta(seconds=180)
)
poll_floor_categories = Subscription(
    "workers.jobs.categories.poll_floor_categories", QueueName.PUBLISHING, lease=timedelta(seconds=180)
)
tell_floor_order = Subscription(
    "workers.jobs.orders.tell_floor_order", QueueName.PUBLISHING, lease=timedelta(seconds=180)
)
fetch_order_labels = Subscription(
    "workers.jobs.labels.fetch_order_labels", QueueName.PUBLISHING, lease=timedelta(seconds=180)
)
check_publication = Subscription(
    "workers.jobs.publishing.check_publication",
    QueueName.PUBLISHING,
    batch=BATCH_FOR_FLOORS,
    lease=timedelta(seconds=180),
    longest=LONGEST_FOR_FLOORS,
)
make_photo_ready = Subscription("workers.jobs.photos.make_photo_ready", QueueName.MAINTENANCE)
import_statement = Subscription(
    "workers.jobs.statements.import_statement", QueueName.MAINTENANCE, lease=timedelta(seconds=120)
)

NOBODY: tuple[Subscription, ...] = ()
"""Stated, not forgotten: the event is a fact that later readers take from the outbox."""

SUBSCRIPTIONS: dict[type[events.Event], tuple[Subscription, ...]] = {
    events.HouseholdRegistered: NOBODY,
    events.SellerRegistered: NOBODY,
    events.StallOpened: NOBODY,
    events.StallClosed: (tell_stalls,),
    events.StallReopened: NOBODY,
    events.ChannelWebhookMoved: (confirm_channel_webhook,),
    events.PaymentRequestCreated: (open_payment_link,),
    events.PaymentRequestOpened: (tell_stalls,),
    events.PaymentRequestRefused: (tell_stalls,),
    events.PaymentRequestCancelled: (close_payment_link, tell_stalls),
    events.PaymentRequestExpired: (tell_stalls,),
    events.PaymentPollDue: (poll_payment_request,),
    events.PaymentNoticeReceived: (settle_payment_notices,),
    events.BankNoticeReceived: (settle_bank_notices,),
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
    events.ThresholdNoticeDue: (send_threshold_notice,),
    events.PhotoUploaded: (make_photo_ready,),
    events.ListingApproved: NOBODY,
    events.ListingWithdrawn: NOBODY,
    events.PublicationRequested: (publish_listing,),
    events.PublicationCheckDue: (check_publication,),
    events.PublicationListed: NOBODY,
    events.PublicationRejected: NOBODY,
    events.FloorPollDue: (poll_floor_orders,),
    events.SettlementPollDue: (poll_floor_settlements,),
    events.CategoryPollDue: (poll_floor_categories,),
    events.OrderPlaced: (alert_seller,),
    events.OrderMoved: NOBODY,
    events.OrderDecided: (tell_floor_order,),
    events.OrderLabelsWanted: (fetch_order_labels,),
    events.StallOrdersChanged: (tell_stalls,),
}

FOLLOWERS: dict[str, tuple[Subscription, ...]] = {kind.type: jobs for kind, jobs in SUBSCRIPTIONS.items()}
JOBS: dict[str, Subscription] = {job.name: job for jobs in SUBSCRIPTIONS.values() for job in jobs}


def modules_for(queues: Iterable[QueueName]) -> set[str]:
    """Where the jobs of these queues are."""
    wanted = set(queues)
    paths = {job.path for job in JOBS.values() if job.queue in wanted}
    paths |= {beat.path for beat in SCHEDULE if QueueName.MAINTENANCE in wanted}
    return {path.rpartition(".")[0] for path in paths}
