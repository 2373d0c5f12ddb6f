"""Closing a stall, asking at it, and giving its number away, all in the same moment: one comes after the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core import periods
from core.errors import Conflict, InvalidInput
from models import FeeInvoice, FeeStatus, Market, PaymentRequest, Stall
from services import fees, markets
from services.open_stalls import StallNotOpen
from services.payment_requests import create_payment_request
from services.stall_closing import close_stall, reopen_stall
from tests import builders
from tests.integration.services import fees as fee_world
from tests.integration.services.closing import closed

Act = Callable[[Session], object]


@pytest.fixture
def actor(session):
    return builders.anybody(session)


def after_another(engine: Engine, first: Act, second: Act) -> Future[object]:
    """`second` while `first` is done and not yet committed: it waits."""

    def do_it() -> object:
        with Session(engine, expire_on_commit=False) as own, own.begin():
            return second(own)

    with ThreadPoolExecutor(1) as pool, Session(engine) as earlier:
        first(earlier)
        later = pool.submit(do_it)
        with pytest.raises(TimeoutError):
            later.result(timeout=0.7)
        earlier.commit()
    return later


def test_request_that_comes_while_it_is_closed_is_refused(session, engine, actor, stall: Stall) -> None:
    asking = after_another(
        engine,
        lambda own: close_stall(own, actor, stall.id),
        lambda own: create_payment_request(own, actor, stall_id=stall.id, amount=5_000),
    )
    with pytest.raises(StallNotOpen):
        asking.result()
    assert session.scalars(select(PaymentRequest)).all() == []


def test_request_that_came_first_stays_and_can_be_paid(session, engine, actor, stall: Stall) -> None:
    after_another(
        engine,
        lambda own: create_payment_request(own, actor, stall_id=stall.id, amount=5_000),
        lambda own: close_stall(own, actor, stall.id),
    ).result()
    session.refresh(stall)
    request = session.scalars(select(PaymentRequest)).one()
    builders.make_payment(session, request)
    session.refresh(request)
    assert (bool(stall.closed_on), request.amount_paid) == (True, 5_000)


def open_the_next(session: Session, actor, market: Market, number: str, seller) -> object:
    return markets.open_stall(
        session,
        actor,
        market_id=market.id,
        number=number,
        seller_id=seller.id,
        payout_account=builders.payout_account(),
    )


def test_number_is_given_away_or_its_former_stall_opened_again(
    session, engine, actor, market: Market, stall: Stall
) -> None:
    closed(session, stall)
    seller = builders.make_seller(session)

    def give(own: Session) -> object:
        return open_the_next(own, actor, market, stall.number, seller)

    def reopen(own: Session) -> object:
        return reopen_stall(own, actor, stall.id)

    with pytest.raises(InvalidInput) as refusal:
        after_another(engine, reopen, give).result()
    assert list(refusal.value.errors) == ["number"]
    session.refresh(stall)
    assert stall.closed_on is None
    closed(session, stall)
    with pytest.raises(Conflict, match="đã giao cho người khác"):
        after_another(engine, give, reopen).result()
    session.refresh(stall)
    assert stall.closed_on


def test_number_is_given_away_while_its_stall_is_being_closed(
    session, engine, actor, market: Market, stall: Stall
) -> None:
    seller = builders.make_seller(session)
    after_another(
        engine,
        lambda own: close_stall(own, actor, stall.id),
        lambda own: open_the_next(own, actor, market, stall.number, seller),
    ).result()
    numbers = session.scalars(select(Stall.number).where(Stall.market_id == market.id)).all()
    assert numbers == [stall.number] * 2


@pytest.mark.parametrize("closes_first", [True, False])
def test_no_fee_for_later_is_left_whoever_comes_first(
    session, engine, actor, market: Market, closes_first: bool
) -> None:
    fee_world.make_tariff(session, market)
    stall = fee_world.make_stall(session, market)
    next_month = periods.next_month(fee_world.MONTH)
    acts = [
        lambda own: close_stall(own, actor, stall.id),
        lambda own: fees.issue_invoices(own, actor, market.id, next_month),
    ]
    after_another(engine, *acts[:: 1 if closes_first else -1]).result()
    invoices = session.scalars(select(FeeInvoice)).all()
    assert [invoice.status for invoice in invoices] == ([] if closes_first else [FeeStatus.CANCELLED])
