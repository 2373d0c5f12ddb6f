"""Sharing out what came: every đồng in one place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from gateways.ports import Transfer
from models import AccountKind, ExceptionKind, PaymentStatus
from services.matching import (
    CLOSED,
    AskedFor,
    Came,
    ChannelTransfer,
    Share,
    orphan_booking,
    share_bookings,
    share_out,
)

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
CHANNEL = new_id()


def asked(
    amount: int = 50_000,
    status: PaymentStatus = PaymentStatus.AWAITING_PAYMENT,
    paid: int = 0,
    tolerance: int = 0,
) -> AskedFor:
    return AskedFor(
        id=new_id(),
        channel_id=CHANNEL,
        order_code=7,
        market_id=new_id(),
        stall_id=new_id(),
        seller_id=new_id(),
        reference="C1234567X",
        status=status,
        amount=amount,
        amount_paid=paid,
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=30),
        tolerance=tolerance,
    )


def came(request: AskedFor | None, amount: int, minutes: int = 1, reference: str = "FT1") -> Came:
    transfer = Transfer(7, "V3CAS1", reference, amount, NOON + timedelta(minutes=minutes), "")
    market = request.market_id if request else new_id()
    return Came(new_id(), ChannelTransfer(CHANNEL, transfer), request, market)


def only(request: AskedFor, amount: int, minutes: int = 1) -> Share:
    (share,) = share_out([came(request, amount, minutes)])
    return share


@pytest.mark.parametrize(
    ("paid_before", "amount", "minutes", "matched", "kind"),
    [
        (0, 50_000, 1, 50_000, None),
        (0, 20_000, 1, 20_000, None),
        (20_000, 30_000, 1, 30_000, None),
        (0, 60_000, 1, 50_000, ExceptionKind.OVERPAID),
        (50_000, 50_000, 1, 0, ExceptionKind.DUPLICATE),
        (50_000, 10_000, 1, 0, ExceptionKind.OVERPAID),
        (20_000, 50_000, 1, 30_000, ExceptionKind.OVERPAID),
        (0, 50_000, 31, 50_000, ExceptionKind.LATE),
        (60_000, 50_000, 1, 0, ExceptionKind.DUPLICATE),
    ],
)
def test_share_is_what_was_still_missing(
    paid_before: int, amount: int, minutes: int, matched: int, kind: ExceptionKind | None
) -> None:
    share = only(asked(paid=paid_before), amount, minutes)
    assert (share.matched, share.kind) == (matched, kind)


@pytest.mark.parametrize("status", sorted(CLOSED))
def test_closed_request_gets_nothing(status: PaymentStatus) -> None:
    share = only(asked(status=status), 50_000)
    assert (share.matched, share.kind) == (0, ExceptionKind.LATE)


def test_request_is_filled_in_the_order_in_which_the_money_moved() -> None:
    request = asked()
    late, early = (
        came(request, 30_000, minutes=5, reference="FT1"),
        came(request, 40_000, minutes=2, reference="FT2"),
    )
    assert [(share.came, share.matched) for share in share_out([late, early])] == [
        (early, 40_000),
        (late, 10_000),
    ]


@given(
    st.integers(1, 10**13 - 1),
    st.lists(st.tuples(st.integers(1, 10**13 - 1), st.integers(0, 60)), min_size=1, max_size=6),
    st.sampled_from(PaymentStatus),
)
def test_every_dong_is_booked_once_and_the_seller_gets_no_more_than_was_asked(
    amount: int, transfers: list[tuple[int, int]], status: PaymentStatus
) -> None:
    request = asked(amount, status)
    payments = [came(request, sum_, minutes, f"FT{i}") for i, (sum_, minutes) in enumerate(transfers)]
    bookings = share_bookings(share_out(payments))
    assert all(booking.amount > 0 for booking in bookings)
    assert len({booking.key for booking in bookings}) == len(bookings)
    for payment in payments:
        own = [booking.amount for booking in bookings if booking.payment_id == payment.id]
        assert sum(own) == payment.item.transfer.amount
    to_seller = sum(b.amount for b in bookings if b.credit.kind is AccountKind.SELLER)
    came_in = sum(sum_ for sum_, _ in transfers)
    assert to_seller == (0 if status in CLOSED else min(amount, came_in))


@pytest.mark.parametrize(
    ("paid_before", "amount", "matched", "rounded", "short", "kind"),
    [
        (0, 49_000, 49_000, 0, 1_000, None),
        (0, 48_999, 48_999, 0, 0, None),
        (0, 51_000, 50_000, 1_000, 0, None),
        (0, 51_001, 50_000, 0, 0, ExceptionKind.OVERPAID),
        (49_200, 800, 800, 0, -800, None),
        (49_200, 1_500, 800, 700, -800, None),
        (50_000, 900, 0, 900, 0, None),
        (50_500, 900, 0, 0, 0, ExceptionKind.OVERPAID),
        (20_000, 29_500, 29_500, 0, 500, None),
        (50_000, 50_000, 0, 0, 0, ExceptionKind.DUPLICATE),
    ],
)
def test_small_difference_is_tolerated(
    paid_before: int, amount: int, matched: int, rounded: int, short: int, kind: ExceptionKind | None
) -> None:
    share = only(asked(paid=paid_before, tolerance=1_000), amount)
    assert (share.matched, share.rounded, share.short, share.kind) == (matched, rounded, short, kind)


@given(
    st.integers(1_000, 100_000),
    st.integers(0, 5_000),
    st.lists(st.integers(1, 110_000), min_size=1, max_size=6),
)
def test_seller_gets_what_was_asked_wherever_what_came_is_tolerated(
    amount: int, tolerance: int, transfers: list[int]
) -> None:
    tolerance = min(tolerance, amount // 10)
    request = asked(amount, tolerance=tolerance)
    payments = [came(request, sum_, number, f"FT{number}") for number, sum_ in enumerate(transfers)]
    bookings = share_bookings(share_out(payments))
    assert all(booking.amount > 0 for booking in bookings)
    assert len({booking.key for booking in bookings}) == len(bookings)
    for payment in payments:
        own = [booking.amount for booking in bookings if booking.payment_id == payment.id]
        assert sum(own) == payment.item.transfer.amount
    held = dict.fromkeys(AccountKind, 0)
    for booking in bookings:
        held[booking.credit.kind] += booking.amount
        held[booking.debit.kind] -= booking.amount
    total = sum(transfers)
    assert sum(held.values()) == 0
    assert held[AccountKind.SELLER] == (amount if total >= amount - tolerance else total)
    assert abs(held[AccountKind.ROUNDING]) <= tolerance
    assert (held[AccountKind.SUSPENSE] > 0) is (total > amount + tolerance)


def test_orphan_lies_in_its_markets_suspense() -> None:
    orphan = came(None, 70_000)
    booking = orphan_booking(orphan)
    assert (booking.credit.kind, booking.credit.owner_id) == (AccountKind.SUSPENSE, None)
    assert (booking.debit.kind, booking.debit.owner_id) == (AccountKind.CHANNEL, CHANNEL)
    assert (booking.amount, booking.credit.market_id, booking.stall_id) == (70_000, orphan.market_id, None)


def test_claimed_payment_leaves_suspense_for_its_seller_and_the_rest_stays_there() -> None:
    request = asked(paid=30_000)
    claimed = replace(came(request, 50_000), exception_id=new_id())
    (booking,) = share_bookings(share_out([claimed]))
    assert (booking.debit.kind, booking.credit.kind) == (AccountKind.SUSPENSE, AccountKind.SELLER)
    assert (booking.amount, booking.payment_id) == (20_000, claimed.id)
