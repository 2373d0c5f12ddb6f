"""Tying transfers to what asked for them: pure rules, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.clock import business_day
from gateways.ports import Transfer
from models import AccountKind, ExceptionKind, PaymentStatus
from models.payment_states import shortfall
from services.journal import Account, Booking

CLOSED = frozenset({PaymentStatus.CANCELLED, PaymentStatus.REFUND_DUE, PaymentStatus.REFUNDED})
"""What comes for these is owed back to the payer."""

LINK_ACCOUNT = "link_account"
"""The kind of blind index by which requests are found by the virtual account of their link."""


@dataclass(frozen=True)
class ChannelTransfer:
    """A transfer and the channel through which it came."""

    channel_id: UUID
    transfer: Transfer

    @property
    def key(self) -> tuple[UUID, str, str, int]:
        seen = self.transfer
        return self.channel_id, seen.account_number, seen.reference, seen.order_code


@dataclass(frozen=True)
class AskedFor:
    """A locked payment request as it was before, as far as settling needs it. Amounts in đồng.

    A market's own request, for a fee, has neither stall nor seller.
    """

    id: UUID
    channel_id: UUID
    order_code: int
    market_id: UUID
    stall_id: UUID | None
    seller_id: UUID | None
    reference: str
    status: PaymentStatus
    amount: int
    amount_paid: int
    created_at: datetime
    expires_at: datetime
    tolerance: int = 0


@dataclass(frozen=True)
class Came:
    """A payment to be stored, and the request that it names, if any. With `exception_id` it is stored already, by a
    statement, and lies in suspense."""

    id: UUID
    item: ChannelTransfer
    asked: AskedFor | None
    market_id: UUID
    exception_id: UUID | None = None


@dataclass(frozen=True)
class Settled:
    """What a request has become: `paid` đồng in all."""

    asked: AskedFor
    paid: int
    status: PaymentStatus


@dataclass(frozen=True)
class Share:
    """What a new payment means for its request: `matched` of it is the seller's, the rest was not asked for.

    `rounded` of the rest is within the request's tolerance. `short` is by how much more (or, below zero, less) the
    request now counts as paid than came for it.
    """

    came: Came
    asked: AskedFor
    matched: int
    kind: ExceptionKind | None
    rounded: int = 0
    short: int = 0


def share_out(came: Iterable[Came]) -> list[Share]:
    """Fill requests in the order in which the money moved; what is over and not tolerated goes to suspense."""
    paid: dict[UUID, int] = {}
    shares = []
    for payment in sorted(came, key=lambda p: (p.item.transfer.occurred_at, p.item.transfer.reference)):
        asked = payment.asked
        assert asked is not None
        before = paid.get(asked.id, asked.amount_paid)
        shares.append(_share(payment, asked, before))
        paid[asked.id] = before + payment.item.transfer.amount
    return shares


def _share(came: Came, asked: AskedFor, before: int) -> Share:
    transfer = came.item.transfer
    if asked.status in CLOSED:
        return Share(came, asked, 0, ExceptionKind.LATE)
    matched = min(max(asked.amount - before, 0), transfer.amount)
    short = _short(asked, before + transfer.amount) - _short(asked, before)
    rest = transfer.amount - matched
    if rest and before + transfer.amount > asked.amount + asked.tolerance:
        again = matched == 0 and transfer.amount == asked.amount
        kind = ExceptionKind.DUPLICATE if again else ExceptionKind.OVERPAID
        return Share(came, asked, matched, kind, short=short)
    late = transfer.occurred_at > asked.expires_at
    return Share(came, asked, matched, ExceptionKind.LATE if late else None, rounded=rest, short=short)


def _short(asked: AskedFor, paid: int) -> int:
    return shortfall(asked.amount, paid, asked.tolerance)


def share_bookings(shares: Sequence[Share]) -> list[Booking]:
    """What was asked for to the seller, or to the market's fees; the rest to its suspense, or left there."""
    bookings = []
    for share in shares:
        owner = _owner(share.asked)
        rest = share.came.item.transfer.amount - share.matched - share.rounded
        rest = 0 if share.came.exception_id else rest
        bookings += [_booking(share.came, owner, share.matched)] if share.matched else []
        bookings += [_booking(share.came, rounding_of(owner), share.rounded)] if share.rounded else []
        bookings += [_booking(share.came, _suspense(share.came), rest)] if rest else []
        bookings += [_short_booking(share, owner)] if share.short else []
    return bookings


def rounding_of(owner: Account) -> Account:
    """Where differences within the tolerance lie of the money that is `owner`'s."""
    return Account(owner.market_id, AccountKind.ROUNDING, owner.owner_id)


def short_booking(key: str, owner: Account, short: int, business_day: date, stall_id: UUID | None) -> Booking:
    """What counts as paid although it did not come, out of `owner`'s roundings; back where `short` is below zero.
    It is about a request, no payment: no money moved."""
    rounding = rounding_of(owner)
    debit, credit = (rounding, owner) if short > 0 else (owner, rounding)
    return Booking(f"rounding:{key}", debit, credit, abs(short), business_day, stall_id=stall_id)


def _short_booking(share: Share, owner: Account) -> Booking:
    day = business_day(share.came.item.transfer.occurred_at)
    return short_booking(str(share.came.id), owner, share.short, day, share.asked.stall_id)


def _owner(asked: AskedFor) -> Account:
    if asked.seller_id is None:
        return Account(asked.market_id, AccountKind.FEES, asked.market_id)
    return Account(asked.market_id, AccountKind.SELLER, asked.seller_id)


def orphan_booking(came: Came) -> Booking:
    """Money that nothing asked for lies in suspense until a person says whose it is."""
    return _booking(came, _suspense(came), came.item.transfer.amount)


def _suspense(came: Came) -> Account:
    return Account(came.market_id, AccountKind.SUSPENSE)


def _booking(came: Came, credit: Account, amount: int) -> Booking:
    channel = Account(came.market_id, AccountKind.CHANNEL, came.item.channel_id)
    return Booking(
        key=f"payment:{came.id}:{credit.kind}",
        debit=_suspense(came) if came.exception_id else channel,
        credit=credit,
        amount=amount,
        business_day=business_day(came.item.transfer.occurred_at),
        payment_id=came.id,
        stall_id=came.asked.stall_id if came.asked else None,
    )
