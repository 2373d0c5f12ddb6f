"""The capabilities that the product asks of the outside world, in its own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from gateways.errors import Problem


class LinkStatus(StrEnum):
    """A payment link as its provider sees it."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True)
class LinkOrder:
    """A payment to be asked for: `amount` in đồng, `description` as the payer's transfer note will carry it."""

    order_code: int
    amount: int
    description: str
    return_url: str
    cancel_url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Transfer:
    """Money that came: the same transfer is known by (account_number, reference, order_code)."""

    order_code: int
    account_number: str
    reference: str
    amount: int
    occurred_at: datetime
    """UTC."""
    memo: str


def transfer_key(transfer: Transfer) -> str:
    """What a transfer is known by, as one text, whoever told of it; quoted, so that no two run together."""
    return named_transfer(transfer.order_code, transfer.account_number, transfer.reference)


def named_transfer(order_code: int, account_number: str, reference: str) -> str:
    return f"{order_code}/{account_number!r}/{reference!r}"


@dataclass(frozen=True)
class BankMovement:
    """Money that moved on an account itself, as its bank told a provider: `amount` in đồng, what went out negative.

    `reference` is the bank's own, empty where it has none; `memo` is the note as the bank bent it.
    """

    reference: str
    amount: int
    occurred_at: datetime
    """UTC."""
    memo: str


@dataclass(frozen=True)
class PostedNotice:
    """What was posted to a channel's address: header names in small letters; `received_at` in UTC."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    received_at: datetime


class Ignored(StrEnum):
    """Why a genuine notice is no payment."""

    NO_PAYMENT = "no_payment"
    """A failure, or only a trial of the address: no money moved. It is not even stored."""
    OUTGOING = "outgoing"
    """Money that went out."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A genuine notice. `kept` is what may be stored as it is; `payer` only sealed; of `accounts`, the numbers
    under which a person's own account is known, only a blind index."""

    key: str
    """Equal for every notice of the same movement at one channel."""
    ignored: Ignored | None
    kept: dict[str, Any] = field(repr=False)
    payer: dict[str, Any] = field(default_factory=dict, repr=False)
    accounts: tuple[str, ...] = field(default=(), repr=False)


class NoticeFormat(Protocol):
    """How one provider tells of money: pure reading, nothing outside is touched. `name` stands in the address."""

    name: str

    def read(self, post: PostedNotice, secrets: Sequence[str]) -> Notice:
        """The notice, made with one of the channel's `secrets`. Raises NoticeMalformed, NoticeForged or NoticeStale.
        Fields that are not known are no reason to refuse."""
        ...

    def read_stored(self, kept: Mapping[str, Any], received_at: datetime) -> Transfer | BankMovement:
        """The money in what was `kept` of a notice. Raises NoticeMalformed."""
        ...


@dataclass(frozen=True)
class PaymentLink:
    """What the provider knows of one order; `qr_payload` and `checkout_url` only where it told them."""

    order_code: int
    payment_link_id: str
    amount: int
    amount_paid: int
    status: LinkStatus
    qr_payload: str | None = None
    checkout_url: str | None = None
    transfers: tuple[Transfer, ...] = ()


class PaymentGateway(Protocol):
    """A provider that collects money for a channel. Every call may raise the errors of `gateways.errors`."""

    def open_link(self, order: LinkOrder) -> PaymentLink:
        """Ask for the payment; never made twice. Raises GatewayRejected where the order code stands for another."""
        ...

    def get_link(self, order_code: int) -> PaymentLink | None:
        """What the provider knows, with every transfer it has seen; None where it has no such order."""
        ...

    def cancel_link(self, order_code: int, reason: str) -> PaymentLink:
        """Close the payment. Raises AlreadyDone where it is paid, cancelled or expired already."""
        ...

    def confirm_webhook(self, url: str) -> None:
        """Have notices sent to `url`, which must answer the provider's trial of it."""
        ...


class PayoutStatus(StrEnum):
    """Money on its way out, as the provider sees it."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class PayoutOrder:
    """Money to be paid out: `reference` names it for ever, the same `key` is carried out once."""

    reference: str
    key: str
    amount: int
    description: str
    bin: str
    account_number: str = field(repr=False)


@dataclass(frozen=True)
class Payout:
    """What the provider knows of one payout."""

    payout_id: str
    reference: str
    amount: int
    status: PayoutStatus


class PayoutGateway(Protocol):
    """A provider that pays out of a channel's account. Every call may raise the errors of `gateways.errors`;
    only GatewayRejected says that no money went."""

    def pay_out(self, order: PayoutOrder) -> Payout:
        """Send the money once, however often this is called. Where the answer was lost it is looked up."""
        ...

    def find_payout(self, order: PayoutOrder) -> Payout | None:
        """What became of it; None where the provider has no such payout."""
        ...


@dataclass(frozen=True)
class Offer:
    """What a floor is to show: `price` in đồng, `sku` ours for ever."""

    listing_id: UUID
    sku: str
    title: str
    description: str
    price: int
    stock: int


@dataclass(frozen=True)
class FloorListing:
    """Where the offer stands on the floor, and what a person should know of how it stands there."""

    external_id: str
    external_url: str | None
    warnings: tuple[Problem, ...] = ()


class Marketplace(Protocol):
    """A floor that sells our listings. Every call may raise the errors of `gateways.errors`."""

    def publish(self, offer: Offer) -> FloorListing:
        """Make the floor show exactly this offer: found by its SKU and changed, or created. Safe to repeat."""
        ...

    def withdraw(self, sku: str) -> None:
        """Take the offer down. Raises AlreadyDone where the floor does not show it."""
        ...


class SmsGateway(Protocol):
    """A provider that sends SMS. Every call may raise the errors of `gateways.errors`."""

    def send(self, phone: str, text: str, key: str) -> str:
        """Send `text` (at most 160 characters of the GSM alphabet) to an E.164 number; the message's id.
        The same `key` is sent once, however often it is asked for."""
        ...
