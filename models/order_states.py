"""The life of an order, written out: which status may follow which, who may say so, and when it is over."""

from enum import StrEnum


class OrderStatus(StrEnum):
    NEW = "new"
    CONFIRMED = "confirmed"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


S = OrderStatus

TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.NEW: frozenset({S.CONFIRMED, S.PACKED, S.SHIPPED, S.DELIVERED, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.PACKED, S.SHIPPED, S.DELIVERED, S.CANCELLED}),
    S.PACKED: frozenset({S.SHIPPED, S.DELIVERED, S.CANCELLED}),
    S.SHIPPED: frozenset({S.DELIVERED, S.CANCELLED}),
    S.DELIVERED: frozenset({S.CANCELLED}),
    S.CANCELLED: frozenset(),
}
"""A floor may tell late and leave steps out; it alone cancels what was shipped or delivered: then it came back."""

TAKEN_BACK: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.CANCELLED: frozenset({S.NEW, S.CONFIRMED, S.PACKED}),
}
"""The move besides where a floor refuses the seller's cancellation: its buyer still waits."""

OPEN = frozenset({S.NEW, S.CONFIRMED, S.PACKED})
"""The goods are still here: the seller has something to do, and may cancel."""

UNPACKED = frozenset({S.NEW, S.CONFIRMED})
"""What is missing can still be found."""

OVER = frozenset({S.DELIVERED, S.CANCELLED})

_PROGRESS = (S.NEW, S.CONFIRMED, S.PACKED, S.SHIPPED, S.DELIVERED)


class IllegalOrderMove(Exception):
    """A defect: the code asked for a move that the table does not have."""


def move_order(current: OrderStatus, target: OrderStatus) -> OrderStatus:
    """`target`, where the table allows it (staying where one is always does)."""
    if target is not current and target not in TRANSITIONS[current]:
        raise IllegalOrderMove(f"{current} -> {target}")
    return target


def move_order_back(current: OrderStatus, target: OrderStatus) -> OrderStatus:
    """`target`, where a floor's refusal may lead to it."""
    if target not in TAKEN_BACK.get(current, frozenset()):
        raise IllegalOrderMove(f"{current} -> {target}, taken back")
    return target


def is_as_far(current: OrderStatus, target: OrderStatus) -> bool:
    """Whether an order has come to `target` or beyond; one that is cancelled has come to nothing."""
    if S.CANCELLED in {current, target}:
        return current is target
    return _PROGRESS.index(current) >= _PROGRESS.index(target)
