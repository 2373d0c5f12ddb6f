"""The table of a payment request's life, and what the facts make of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.payment_states import (
    CANCELLABLE,
    OPEN,
    TRANSITIONS,
    IllegalTransition,
    PaymentStatus,
    move,
    move_back,
    status_after_payment,
    status_after_refund,
    status_of_money,
)

S = PaymentStatus
CLOSED = {S.CANCELLED, S.REFUND_DUE, S.REFUNDED}
amounts = st.integers(1, 10_000_000)


def test_table_speaks_of_every_status() -> None:
    assert set(TRANSITIONS) == set(S)


@pytest.mark.parametrize("current", S)
@pytest.mark.parametrize("target", S)
def test_moves_are_exactly_those_of_the_table(current: S, target: S) -> None:
    if target is current or target in TRANSITIONS[current]:
        assert move(current, target) is target
    else:
        with pytest.raises(IllegalTransition):
            move(current, target)


def test_every_status_can_be_reached_from_the_first() -> None:
    reached, edge = {S.CREATED}, {S.CREATED}
    while edge:
        edge = {target for status in edge for target in TRANSITIONS[status]} - reached
        reached |= edge
    assert reached == set(S)


def test_nothing_becomes_new_again() -> None:
    assert [status for status, targets in TRANSITIONS.items() if S.CREATED in targets] == []


def test_only_what_nobody_paid_for_can_be_cancelled() -> None:
    assert {status for status, targets in TRANSITIONS.items() if S.CANCELLED in targets} == CANCELLABLE
    assert CANCELLABLE < OPEN


@given(st.sampled_from(S), amounts, st.lists(st.tuples(amounts, st.booleans()), min_size=1, max_size=4))
def test_money_never_asks_for_a_forbidden_move(
    current: S, amount: int, transfers: list[tuple[int, bool]]
) -> None:
    """From any status that a request can have before its next transfer."""
    status = current
    paid = in_time = 0
    for sum_, timely in transfers:
        paid += sum_
        in_time += sum_ if timely else 0
        after = status_after_payment(status, amount, paid, in_time)
        if _possible(status, amount, paid - sum_):
            status = move(status, after)


def _possible(status: S, amount: int, paid: int) -> bool:
    """Whether a request of that amount can have that status when so much has come for it."""
    if status in CLOSED | {S.REVERSED}:
        return True
    if status in {S.CREATED, S.AWAITING_PAYMENT, S.EXPIRED}:
        return paid == 0
    return {S.PARTLY_PAID: 0 < paid < amount, S.OVERPAID: paid > amount}.get(status, paid == amount)


@pytest.mark.parametrize(
    ("paid", "in_time", "becomes"),
    [
        (40_000, 40_000, S.PARTLY_PAID),
        (50_000, 50_000, S.PAID),
        (50_000, 20_000, S.PAID_LATE),
        (50_000, 0, S.PAID_LATE),
        (60_000, 0, S.OVERPAID),
        (100_000, 50_000, S.OVERPAID),
    ],
)
@pytest.mark.parametrize("current", [S.CREATED, S.AWAITING_PAYMENT, S.PARTLY_PAID, S.EXPIRED, S.REVERSED])
def test_facts_decide(current: S, paid: int, in_time: int, becomes: S) -> None:
    assert status_after_payment(current, 50_000, paid, in_time) is becomes


@pytest.mark.parametrize("current", sorted(CLOSED))
def test_what_comes_for_a_closed_request_is_owed_back(current: S) -> None:
    becomes = status_after_payment(current, 50_000, 50_000, 50_000)
    assert becomes is (S.REFUND_DUE if current is S.CANCELLED else current)


@given(
    st.sampled_from([S.AWAITING_PAYMENT, S.PARTLY_PAID, S.EXPIRED]), amounts, amounts, amounts, st.booleans()
)
def test_what_a_person_tied_can_be_untied(
    before: S, amount: int, other: int, tied: int, expired: bool
) -> None:
    """Money of its own may have come besides; the end is what it would be without what was tied."""
    paid = other if before is S.PARTLY_PAID else 0
    current = status_after_payment(before, amount, paid + tied, paid + tied)
    target = status_of_money(amount, paid, paid, expired)
    assert move_back(current, target) is target


@pytest.mark.parametrize(
    ("current", "target"), [(S.AWAITING_PAYMENT, S.CREATED), (S.REFUNDED, S.PAID), (S.CANCELLED, S.PAID)]
)
def test_taking_back_is_no_way_to_anywhere(current: S, target: S) -> None:
    with pytest.raises(IllegalTransition):
        move_back(current, target)


@pytest.mark.parametrize(
    ("came", "kept", "owed", "becomes"),
    [
        (50_000, 50_000, 0, S.PAID),
        (50_000, 0, 0, S.REFUNDED),
        (50_000, 50_000, 1, S.REFUND_DUE),
        (50_000, 20_000, 0, S.PAID),
        (40_000, 20_000, 0, S.PARTLY_PAID),
        (40_000, 0, 0, S.REFUNDED),
    ],
)
def test_what_went_back_decides(came: int, kept: int, owed: int, becomes: S) -> None:
    assert status_after_refund(50_000, came, kept, owed) is becomes
    assert move(S.REFUND_DUE, becomes) is becomes
