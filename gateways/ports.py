"""The capabilities that the product asks of the outside world, in its own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    virtual_account: str = ""
    """To which number beside the account's own it came, in capitals; empty where to none, or where nobody says."""


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
    """How one provider tells of money: pure reading, nothing outside is touched. `name` stands in the address, people
    call it `title`."""

    name: str
    title: str
    plain_key: str | None
    """How a secret begins that is sent along instead of signing; None where the provider has no such way."""

    def read(self, post: PostedNotice, secrets: Sequence[str]) -> Notice:
        """The notice, made with one of the channel's `secrets`. Raises NoticeMalformed, NoticeForged or NoticeStale.
        Fields that are not known are no reason to refuse."""
        ...

    def read_stored(self, kept: Mapping[str, Any], received_at: datetime) -> Transfer | BankMovement:
        """The money in what was `kept` of a notice. Raises NoticeMalformed."""
        ...


@dataclass(frozen=True)
class PaymentLink:
    """What the provider knows of one order; `qr_payload`, the `account_number` into which that pays, and `checkout_url`
    only where it told them."""

    order_code: int
    payment_link_id: str
    amount: int
    amount_paid: int
    status: LinkStatus
    qr_payload: str | None = None
    checkout_url: str | None = None
    transfers: tuple[Transfer, ...] = ()
    account_number: str | None = field(default=None, repr=False)


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


@dataclass(frozen=True)
class Picture:
    """A photo made ready for floors: a JPEG of at most 1,600 px and 1 MB. `key` is the SHA-256 of its bytes, in hex."""

    key: str
    url: str
    """Where everybody may fetch it; for floors that take addresses."""
    read: Callable[[], bytes] = field(repr=False, compare=False)
    """Its bytes, fetched where a floor has to be given them."""
    known_as: str | None = field(default=None, compare=False)
    """The floor's own name of it, where that was looked up before."""


@dataclass(frozen=True)
class Package:
    """What is shipped, in centimetres."""

    length: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Ours:
    """By what something on a floor is known to be ours: the floor's number of it where we were told one, else our
    `sku` under our `title`. Our SKU under another title is somebody else's."""

    sku: str
    title: str
    external_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Offer(Ours):
    """What a floor is to show: `price` in đồng, `sku` ours for ever. What was made for this floor (`title`,
    `description`, `category`, `attributes`) is within its limits."""

    listing_id: UUID
    description: str
    price: int
    stock: int
    told_stock: int | None = None
    """What the floor was last told there is; None where that is not known. It may have sold some of it since."""
    unit: str = ""
    weight_grams: int | None = None
    package: Package | None = None
    category: str | None = None
    """The floor's own number or name of the category."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """By the floor's own names."""
    pictures: tuple[Picture, ...] = ()
    """In the order in which they are shown; the first stands for the offer."""


@dataclass(frozen=True)
class FloorListing:
    """Where the offer stands on the floor, and what a person should know of how it stands there."""

    external_id: str
    external_url: str | None
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What a floor says it shows of ours, read back. None, but for stock: it does not say."""

    external_id: str
    title: str
    price: int
    stock: int | None
    """None: it does not count them, and sells without end."""
    shown: bool
    pictures: int | None = None
    """How many."""
    first_picture: str | None = None
    """Our key of it, or the floor's own name."""
    description: str | None = None
    """As plain text."""
    in_review: bool = False
    """Not shown yet: the floor looks at it first."""


class OrderStatus(StrEnum):
    """An order as its floor sees it."""

    NEW = "new"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class OrderLine:
    """`quantity` under `sku` (may be empty), at `price` đồng each; `external_id` is the product's (`FloorListing`)."""

    sku: str
    quantity: int
    price: int
    external_id: str | None = field(default=None, compare=False)
    title: str = field(default="", compare=False)


@dataclass(frozen=True)
class Buyer:
    """Whom to send it to, as far as the floor tells."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True)
class FloorOrder:
    """An order as its floor tells it, in đồng. `number` is what the buyer sees; `withheld` tax (Decree 117/2025)."""

    external_id: str
    number: str
    placed_at: datetime
    status: OrderStatus
    lines: tuple[OrderLine, ...]
    total: int
    buyer: Buyer
    paid: bool
    withheld: int = 0
    cancel_asked: bool = False
    """Its buyer asks to cancel it, and waits for the seller's answer."""
    ship_by: datetime | None = None
    """When the floor wants to have it on its way, at the latest."""


def unread_order(external_id: str) -> FloorOrder:
    """One of which nothing else could be read: it is of no time."""
    never = datetime.min  # noqa: DTZ901
    nobody = Buyer("", "", "")
    return FloorOrder(external_id, external_id, never, OrderStatus.NEW, (), 0, nobody, paid=False)


@dataclass(frozen=True)
class OrderPage:
    """Orders that are new or changed since a cursor, the earliest first, and the cursor after them. Of those in
    `unread` nothing but what the floor knows them by could be read."""

    orders: tuple[FloorOrder, ...]
    cursor: str
    unread: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.orders or self.unread)


class Marketplace(Protocol):
    """A floor that sells our listings. Every call may raise the errors of `gateways.errors`."""

    def publish(self, offer: Offer) -> FloorListing:
        """Make the floor show exactly this offer: what is ours there is changed, or it is created. Safe to repeat.
        Only what differs is sent: stock and price first, then the rest. Stock is raised only where ours has grown
        since the floor was told, for it may have sold some. Raises SkuHeld where others have our SKU, PartlyRefused
        where the floor, or what is known of its limits, refuses a part of it."""
        ...

    def withdraw(self, ours: Ours) -> None:
        """Take it down. Raises AlreadyDone where the floor shows nothing of ours."""
        ...

    def read(self, ours: Ours) -> Standing | None:
        """What the floor shows; None where it has nothing of ours."""
        ...


class OrderDesk(Protocol):
    """A floor through which buyers order. Every call may raise the errors of `gateways.errors`."""

    def list_orders(self, cursor: str | None) -> OrderPage:
        """Orders from `cursor` on (None: from the beginning), each whole, whoever sells it. A page may repeat what an
        earlier one told; nothing is ever left out. An empty page means that there is no more now."""
        ...

    def confirm_order(self, external_id: str) -> None:
        """Tell the floor that the seller takes the order. Raises AlreadyDone where it is further already."""
        ...

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        """Tell the floor that the order is on its way. Raises AlreadyDone, and GatewayRejected where it may not be
        shipped (cancelled meanwhile)."""
        ...

    def cancel_order(self, external_id: str, reason: str) -> None:
        """Tell the floor that the order will not come; where its buyer asks for that, yes. Raises AlreadyDone, and
        GatewayRejected where it is too late."""
        ...


@dataclass(frozen=True)
class Tokens:
    """What a floor has let us in with until `expires_at` (UTC)."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime


UNKNOWN_END = datetime(9999, 1, 1, tzinfo=UTC)
"""Of tokens that a shop's owner gave: the floor says when they are over."""


class TokenStore(Protocol):
    """Where a floor account's tokens are kept, shared by all workers."""

    def current(self) -> Tokens | None:
        """The newest tokens; None where the account was never connected."""
        ...

    def renew(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        """Tokens newer than `stale`: those of another worker that was faster, or what `refresh` makes of the newest,
        stored. One worker at a time: a refresh token can be used once."""
        ...


class PictureShelf(Protocol):
    """What a floor account calls those of our pictures that it has taken, shared by all workers."""

    def names(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The floor's name of each picture that it has, by our key."""
        ...

    def keep(self, key: str, name: str) -> None:
        """The floor has taken the picture. Of several names for one key the first may be kept."""
        ...

    def forget(self, keys: Sequence[str]) -> None:
        """The floor no longer knows them."""
        ...


class SmsGateway(Protocol):
    """A provider that sends SMS. Every call may raise the errors of `gateways.errors`."""

    def send(self, phone: str, text: str, key: str) -> str:
        """Send `text` (at most 160 characters of the GSM alphabet) to an E.164 number; the message's id.
        The same `key` is sent once, however often it is asked for."""
        ...
