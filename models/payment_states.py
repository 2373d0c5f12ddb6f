"""The life of a payment request, written out: which status may follow which, and what the facts make of it."""

from enum import StrEnum


class PaymentStatus(StrEnum):
    CREATED = "created"
    AWAITING_PAYMENT = "awaiting_payment"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    PAID_LATE = "paid_late"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REVERSED = "reversed"


S = PaymentStatus

TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    S.CREATED: frozenset(
        {S.AWAITING_PAYMENT, S.PARTLY_PAID, S.PAID, S.OVERPAID, S.PAID_LATE, S.EXPIRED, S.CANCELLED}
    ),
    S.AWAITING_PAYMENT: frozenset({S.PARTLY_PAID, S.PAID, S.OVERPAID, S.PAID_LATE, S.EXPIRED, S.CANCELLED}),
    S.PARTLY_PAID: frozenset({S.PAID, S.OVERPAID, S.PAID_LATE, S.REFUND_DUE, S.REVERSED}),
    S.PAID: frozenset({S.OVERPAID, S.REFUND_DUE, S.REVERSED}),
    S.OVERPAID: frozenset({S.PAID, S.PAID_LATE, S.REFUND_DUE, S.REFUNDED, S.REVERSED}),
    S.PAID_LATE: frozenset({S.PAID, S.OVERPAID, S.REFUND_DUE, S.REVERSED}),
    S.EXPIRED: frozenset({S.PARTLY_PAID, S.PAID, S.OVERPAID, S.PAID_LATE}),
    S.CANCELLED: frozenset({S.REFUND_DUE}),
    S.REFUND_DUE: frozenset({S.PARTLY_PAID, S.PAID, S.REFUNDED, S.REVERSED}),
    S.REFUNDED: frozenset(),
    S.REVERSED: frozenset({S.PARTLY_PAID, S.PAID, S.OVERPAID, S.PAID_LATE}),
}

TAKEN_BACK: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    S.PARTLY_PAID: frozenset({S.AWAITING_PAYMENT, S.EXPIRED}),
    S.PAID: frozenset({S.AWAITING_PAYMENT, S.EXPIRED, S.PARTLY_PAID}),
    S.PAID_LATE: frozenset({S.AWAITING_PAYMENT, S.EXPIRED, S.PARTLY_PAID}),
    S.OVERPAID: frozenset({S.AWAITING_PAYMENT, S.EXPIRED, S.PARTLY_PAID, S.PAID_LATE}),
    S.REFUND_DUE: frozenset({S.PARTLY_PAID, S.PAID, S.OVERPAID, S.PAID_LATE}),
    S.REVERSED: frozenset({S.PARTLY_PAID, S.PAID, S.OVERPAID, S.PAID_LATE, S.REFUND_DUE}),
}
"""The moves besides that a person's decision makes when it is taken back: they lead to what the request would be
without it."""

OPEN = frozenset({S.CREATED, S.AWAITING_PAYMENT, S.PARTLY_PAID})
"""Money is still expected."""

TAKES_MONEY = OPEN | {S.EXPIRED, S.REVERSED}
"""What comes pays it: also where its time is over, or the bank took back what had come."""

HAS_MONEY = frozenset({S.PAID, S.OVERPAID, S.PAID_LATE})
"""All that was asked for has come, and is the seller's."""

CANCELLABLE = frozenset({S.CREATED, S.AWAITING_PAYMENT})


class IllegalTransition(Exception):
    """A defect: the code asked for a move that the table does not have."""


def move(current: PaymentStatus, target: PaymentStatus) -> PaymentStatus:
    """`target`, where the table allows it (staying where one is always does)."""
    if target is not current and target not in TRANSITIONS[current]:
        raise IllegalTransition(f"{current} -> {target}")
    return target


def move_back(current: PaymentStatus, target: PaymentStatus) -> PaymentStatus:
    """`target`, where taking a decision back may lead to it."""
    if target in TAKEN_BACK.get(current, frozenset()):
        return target
    return move(current, target)


def shortfall(amount: int, matched: int, tolerance: int) -> int:
    """The đồng by which a request of `amount` counts as paid although only `matched` came; 0 where it lacks
    nothing, or more than is tolerated."""
    missing = amount - matched
    return missing if matched and 0 < missing <= tolerance else 0


def status_of_money(
    amount: int, paid: int, paid_in_time: int, expired: bool, tolerance: int = 0
) -> PaymentStatus:
    """What a request of `amount` đồng is by its money alone."""
    if not paid:
        return S.EXPIRED if expired else S.AWAITING_PAYMENT
    return status_after_payment(S.AWAITING_PAYMENT, amount, paid, paid_in_time, tolerance)


def status_after_refund(amount: int, came: int, kept: int, owed: int, tolerance: int = 0) -> PaymentStatus:
    """What a request is once some of the `came` đồng that were its own went back: `kept` are with the seller, `owed`
    are still to go back. While the seller keeps a part it is as paid as it was: its payer got something for that."""
    if owed > 0:
        return S.REFUND_DUE
    if kept <= 0:
        return S.REFUNDED
    return S.PAID if came >= amount - tolerance else S.PARTLY_PAID


def status_after_payment(
    current: PaymentStatus, amount: int, paid: int, paid_in_time: int, tolerance: int = 0
) -> PaymentStatus:
    """What a request of `amount` đồng has become once `paid` đồng have come, `paid_in_time` of them before it
    expired. It asks when the money moved, not when we heard of it, so the order of notices does not matter.
    What the bank took back did not come. A difference of up to `tolerance` đồng is none."""
    if current in {S.CANCELLED, S.REFUND_DUE, S.REFUNDED}:
        return S.REFUND_DUE if current is S.CANCELLED else current
    if paid < amount - tolerance:
        return S.PARTLY_PAID
    if paid > amount + tolerance:
        return S.OVERPAID
    return S.PAID if paid_in_time >= amount - tolerance else S.PAID_LATE
