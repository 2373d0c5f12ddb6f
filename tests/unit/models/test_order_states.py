"""The life of an order, as its table has it."""

import itertools

import pytest

from models.order_states import (
    OPEN,
    OVER,
    TAKEN_BACK,
    TRANSITIONS,
    IllegalOrderMove,
    OrderStatus,
    is_as_far,
    move_order,
    move_order_back,
)

S = OrderStatus
PAIRS = list(itertools.product(S, S))


@pytest.mark.parametrize(("current", "target"), PAIRS)
def test_only_what_the_table_has_is_possible(current: S, target: S) -> None:
    if current is target or target in TRANSITIONS[current]:
        assert move_order(current, target) is target
    else:
        with pytest.raises(IllegalOrderMove):
            move_order(current, target)


@pytest.mark.parametrize(("current", "target"), PAIRS)
def test_back_leads_only_a_floors_refusal(current: S, target: S) -> None:
    if target in TAKEN_BACK.get(current, frozenset()):
        assert move_order_back(current, target) is target
    else:
        with pytest.raises(IllegalOrderMove):
            move_order_back(current, target)


def test_it_goes_forward_only() -> None:
    for current, targets in TRANSITIONS.items():
        for target in targets - {S.CANCELLED}:
            assert is_as_far(target, current)
            assert not is_as_far(current, target)


def test_what_is_cancelled_has_come_to_nothing() -> None:
    assert TRANSITIONS[S.CANCELLED] == frozenset()
    assert {target for target in S if is_as_far(S.CANCELLED, target)} == {S.CANCELLED}


def test_it_is_open_on_its_way_or_over() -> None:
    assert {*OPEN, S.SHIPPED, *OVER} == set(S)
    assert TAKEN_BACK[S.CANCELLED] == OPEN
