"""What can happen. An event is recorded with the change itself (`services.outbox`).

An event carries ids and facts of its moment, never rows and never personal data. What follows it stands in
`workers/subscriptions.py`.
"""

from dataclasses import dataclass
from uuid import UUID

from models import OrderStatus, PaymentStatus
from services.outbox import Event as Event
from services.outbox import record as record
from services.outbox import record_all as record_all


@dataclass(frozen=True)
class HouseholdRegistered(Event):
    type = "household.registered.v1"
    household_id: UUID
    commune_code: str


@dataclass(frozen=True)
class SellerRegistered(Event):
    type = "seller.registered.v1"
    seller_id: UUID


@dataclass(frozen=True)
class StallOpened(Event):
    type = "stall.opened.v1"
    market_id: UUID
    stall_id: UUID


@dataclass(frozen=True)
class StallClosed(Event):
    """`closed_on` (ISO 8601) was the last business day on which it was a stall there."""

    type = "stall.closed.v1"
    market_id: UUID
    stall_id: UUID
    closed_on: str


@dataclass(frozen=True)
class StallReopened(Event):
    """It was closed by mistake."""

    type = "stall.reopened.v1"
    market_id: UUID
    stall_id: UUID


@dataclass(frozen=True)
class ChannelWebhookMoved(Event):
    """A channel's notices are to come to another address than the provider knows."""

    type = "channel_webhook.moved.v1"
    channel_id: UUID


@dataclass(frozen=True)
class PaymentRequestEvent(Event):
    """Something about one request; the stall's page follows all of these. A market's own request has no stall."""

    market_id: UUID
    stall_id: UUID | None
    payment_request_id: UUID
    reference: str
    status: PaymentStatus


@dataclass(frozen=True)
class PaymentRequestCreated(PaymentRequestEvent):
    type = "payment_request.created.v1"


@dataclass(frozen=True)
class PaymentRequestOpened(PaymentRequestEvent):
    """The channel has answered: its QR can be shown."""

    type = "payment_request.opened.v1"


@dataclass(frozen=True)
class PaymentRequestRefused(PaymentRequestEvent):
    """The channel will not take it."""

    type = "payment_request.refused.v1"


@dataclass(frozen=True)
class PaymentRequestCancelled(PaymentRequestEvent):
    type = "payment_request.cancelled.v1"


@dataclass(frozen=True)
class PaymentRequestExpired(PaymentRequestEvent):
    type = "payment_request.expired.v1"


@dataclass(frozen=True)
class PaymentPollDue(Event):
    """No notice has come for a while: ask the channel."""

    type = "payment_poll.fallen_due.v1"
    payment_request_id: UUID


@dataclass(frozen=True)
class PaymentNoticeReceived(Event):
    type = "payment_notice.received.v1"
    inbox_message_id: UUID


@dataclass(frozen=True)
class BankNoticeReceived(Event):
    """A bank has told, through a provider, of a movement on an account."""

    type = "bank_notice.received.v1"
    inbox_message_id: UUID


@dataclass(frozen=True)
class PaymentSettled(PaymentRequestEvent):
    """Money came for a request: `amount` đồng now, `amount_paid` in all."""

    type = "payment.settled.v1"
    payment_id: UUID
    amount: int
    amount_paid: int


@dataclass(frozen=True)
class PaymentOrphaned(Event):
    """Money came that nothing here asked for; it lies in suspense."""

    type = "payment.orphaned.v1"
    market_id: UUID
    payment_id: UUID
    amount: int


@dataclass(frozen=True)
class PaymentReversed(Event):
    """A payment counts no more: the bank took it back, or a person found that its line had told of another one.
    `amount` đồng of it had been for this request, or for the stall without one."""

    type = "payment.reversed.v1"
    market_id: UUID
    stall_id: UUID | None
    payment_id: UUID
    payment_request_id: UUID | None
    reference: str | None
    amount: int


@dataclass(frozen=True)
class StallPaymentReceived(Event):
    """Money came by a stall's static QR, which asks for no sum: a statement or a bank's notice tells of it."""

    type = "stall_payment.received.v1"
    market_id: UUID
    stall_id: UUID
    payment_id: UUID
    amount: int


@dataclass(frozen=True)
class StatementUploaded(Event):
    """A bank statement waits to be read."""

    type = "statement.uploaded.v1"
    market_id: UUID
    statement_id: UUID


@dataclass(frozen=True)
class RefundRequested(Event):
    """Money is to go back to its payer."""

    type = "refund.requested.v1"
    market_id: UUID
    refund_id: UUID
    payment_id: UUID
    amount: int


@dataclass(frozen=True)
class RefundCheckDue(Event):
    """The provider has not said yet what became of it."""

    type = "refund_check.fallen_due.v1"
    refund_id: UUID


@dataclass(frozen=True)
class RefundCompleted(Event):
    type = "refund.completed.v1"
    market_id: UUID
    refund_id: UUID
    payment_id: UUID
    amount: int


@dataclass(frozen=True)
class RefundRejected(Event):
    """No money went; its exception is open again."""

    type = "refund.rejected.v1"
    market_id: UUID
    refund_id: UUID
    payment_id: UUID
    amount: int


@dataclass(frozen=True)
class FeeInvoicesIssued(Event):
    """A market has asked `count` more stalls for a month's fee."""

    type = "fee_invoices.issued.v1"
    market_id: UUID
    period: str
    count: int


@dataclass(frozen=True)
class FeePaymentSettled(Event):
    """Money came for a market's own request; no stall is told that it has earned something."""

    type = "fee_payment.settled.v1"
    market_id: UUID
    payment_request_id: UUID
    payment_id: UUID
    amount: int


@dataclass(frozen=True)
class FeeInvoicePaid(Event):
    type = "fee_invoice.paid.v1"
    market_id: UUID
    invoice_id: UUID
    amount: int


@dataclass(frozen=True)
class FeeReminderDue(Event):
    """A seller is to be written to about a fee."""

    type = "fee_reminder.fallen_due.v1"
    reminder_id: UUID


@dataclass(frozen=True)
class ThresholdNoticeDue(Event):
    """A seller is to be written to about a threshold of the year's revenue."""

    type = "threshold_notice.fallen_due.v1"
    notice_id: UUID


@dataclass(frozen=True)
class PhotoUploaded(Event):
    """A photo is to be made ready to be shown."""

    type = "photo.uploaded.v1"
    photo_id: UUID


@dataclass(frozen=True)
class ListingApproved(Event):
    type = "listing.approved.v1"
    listing_id: UUID
    version: int


@dataclass(frozen=True)
class ListingWithdrawn(Event):
    type = "listing.withdrawn.v1"
    listing_id: UUID
    version: int


@dataclass(frozen=True)
class PublicationRequested(Event):
    """One floor is to be made equal to the listing's newest version."""

    type = "publication.requested.v1"
    publication_id: UUID
    marketplace: str


@dataclass(frozen=True)
class PublicationCheckDue(Event):
    """One floor is to be asked what it shows."""

    type = "publication_check.fallen_due.v1"
    publication_id: UUID
    marketplace: str


@dataclass(frozen=True)
class PublicationListed(Event):
    type = "publication.listed.v1"
    publication_id: UUID
    marketplace: str
    version: int


@dataclass(frozen=True)
class PublicationRejected(Event):
    type = "publication.rejected.v1"
    publication_id: UUID
    marketplace: str


@dataclass(frozen=True)
class FloorPollDue(Event):
    """A floor is to be asked for orders."""

    type = "floor_poll.fallen_due.v1"
    marketplace: str


@dataclass(frozen=True)
class SettlementPollDue(Event):
    """A floor is to be asked for what it paid out."""

    type = "settlement_poll.fallen_due.v1"
    marketplace: str


@dataclass(frozen=True)
class CategoryPollDue(Event):
    """A floor is to be asked for its categories."""

    type = "category_poll.fallen_due.v1"
    marketplace: str


@dataclass(frozen=True)
class OrderPlaced(Event):
    """A buyer wants something of one seller's."""

    type = "order.placed.v1"
    order_id: UUID
    seller_id: UUID
    marketplace: str


@dataclass(frozen=True)
class OrderMoved(Event):
    """The floor says how far an order is."""

    type = "order.moved.v1"
    order_id: UUID
    seller_id: UUID
    marketplace: str
    status: OrderStatus


@dataclass(frozen=True)
class OrderDecided(Event):
    """The seller says so; its floor is to know."""

    type = "order.decided.v1"
    order_id: UUID
    seller_id: UUID
    marketplace: str
    status: OrderStatus


@dataclass(frozen=True)
class OrderLabelsWanted(Event):
    """The order's floor can print the labels of its parcels."""

    type = "order_labels.wanted.v1"
    order_id: UUID
    marketplace: str


@dataclass(frozen=True)
class StallOrdersChanged(Event):
    """An order of the stall's seller is new or further; the pages of its orders follow this."""

    type = "stall_orders.changed.v1"
    market_id: UUID
    stall_id: UUID
    order_id: UUID
    status: OrderStatus
