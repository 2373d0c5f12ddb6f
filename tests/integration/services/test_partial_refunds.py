"""Some of the money goes back, the rest does not: what is left can still be decided about, and no more than that."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from core.errors import BusinessError, Conflict, InvalidInput
from gateways.payouts import Payout, PayoutStatus
from models import (
    CollectionChannel,
    ExceptionStatus,
    Market,
    PaymentStatus,
    Refund,
    RefundSource,
    Resolution,
    ResolutionAction,
)
from services import refunds, resolutions
from services.access import Actor
from services.resolution_plans import Wish
from tests.builders import make_orphan, make_payment, make_payment_request, make_stall
from tests.integration.services.desk import balances, decide, exception_of, manager_of, tell_payer

AT_ONCE = 8


def part(amount: int | None = None) -> Wish:
    return Wish(ResolutionAction.REFUND, amount=amount)


def pay_out(session: Session, resolution: Resolution) -> Refund:
    refund = session.scalars(select(Refund).where(Refund.resolution_id == resolution.id)).one()
    refunds.prepare_payout(session, refund.id)
    payout = Payout(f"P{refund.id}", refund.idempotency_key, refund.amount, PayoutStatus.DONE)
    refunds.record_payout(session, refund.id, payout)
    session.commit()
    return refund


def test_what_is_left_waits_for_its_own_decision(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    tell_payer(session, payment)
    exception = exception_of(session, payment)
    pay_out(session, decide(session, manager, exception, part(30_000)))
    assert exception_of(session, payment).status is ExceptionStatus.OPEN
    assert balances(session, market) == {"channel": 40_000, "suspense": -40_000}
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, part(40_001))
    assert list(refusal.value.errors) == ["amount"]
    session.rollback()
    pay_out(session, decide(session, manager, exception, part()))
    assert exception_of(session, payment).status is ExceptionStatus.RESOLVED
    assert balances(session, market) == {}


def test_the_rest_may_be_for_a_request(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    request = make_payment_request(session, make_stall(session, market, channel_id=channel.id))
    payment = make_orphan(session, channel)
    tell_payer(session, payment)
    exception = exception_of(session, payment)
    decide(session, manager, exception, part(20_000))
    decide(session, manager, exception, Wish(ResolutionAction.MATCH, request.id))
    assert session.get_one(type(request), request.id).status is PaymentStatus.PAID
    assert exception_of(session, payment).status is ExceptionStatus.RESOLVED


def test_a_request_of_which_the_seller_keeps_a_part_stays_paid(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    request = make_payment_request(session, make_stall(session, market, channel_id=channel.id))
    payment = make_payment(session, request, occurred_at=request.expires_at + timedelta(minutes=5))
    tell_payer(session, payment)
    exception = exception_of(session, payment)
    first = decide(session, manager, exception, part(20_000))
    assert session.get_one(type(request), request.id).status is PaymentStatus.REFUND_DUE
    assert pay_out(session, first).source is RefundSource.SELLER
    session.refresh(request)
    assert request.status is PaymentStatus.PAID
    assert balances(session, market) == {"channel": 30_000, "seller": -30_000}


def test_a_request_stays_owed_while_any_part_is_on_its_way(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    request = make_payment_request(session, make_stall(session, market, channel_id=channel.id))
    payment = make_payment(session, request, 60_000)
    tell_payer(session, payment)
    exception = exception_of(session, payment)
    first, second = (decide(session, manager, exception, part(amount)) for amount in (4_000, 6_000))
    assert balances(session, market) == {"channel": 60_000, "seller": -50_000, "refunds": -10_000}
    statuses = []
    for resolution in (first, second):
        pay_out(session, resolution)
        statuses.append(session.get_one(type(request), request.id, populate_existing=True).status)
    assert statuses == [PaymentStatus.REFUND_DUE, PaymentStatus.PAID]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_many_at_once_give_back_no_more_than_there_is(
    session: Session, engine: Engine, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    tell_payer(session, payment)
    exception_id = exception_of(session, payment).id
    session.rollback()

    def give_back(_: int) -> bool:
        with Session(engine) as own:
            try:
                resolutions.resolve(own, manager, exception_id, part(30_000), "Khách trả bớt hàng")
                own.commit()
            except BusinessError:
                return False
            return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(give_back, range(AT_ONCE)))
    assert outcomes.count(True) == 2
    session.rollback()
    assert session.scalar(select(func.sum(Refund.amount))) == 60_000


def test_a_part_that_waits_for_the_second_person_is_the_same_part_then(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    market.second_person_limit = 0
    payment = make_orphan(session, channel)
    tell_payer(session, payment)
    exception = exception_of(session, payment)
    decide(session, manager, exception, part(30_000))
    other = manager_of(session, market)
    agreed = resolutions.approve(session, other, exception.id)
    session.commit()
    assert pay_out(session, agreed).amount == 30_000
    assert exception_of(session, payment).status is ExceptionStatus.OPEN
    with pytest.raises(Conflict):
        resolutions.approve(session, other, exception.id)
