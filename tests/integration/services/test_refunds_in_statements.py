"""A refund that we paid out stands in the account's statement, too: it is the same money, and no reversal."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateways.payouts import Payout, PayoutStatus
from models import (
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    Refund,
    Stall,
)
from services import refunds
from tests.builders import make_payment, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.desk import balances, give_back, manager_of
from tests.integration.services.statement_files import import_rows, kinds, outcomes, row


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


@pytest.fixture
def request_(session: Session, stall: Stall) -> PaymentRequest:
    return make_payment_request(session, stall)


def pay_out(session: Session, market: Market, payment: Payment) -> None:
    """The whole of a payment, by a payout that is done."""
    made = give_back(session, manager_of(session, market), payment)
    refund = session.scalars(select(Refund).where(Refund.resolution_id == made.id)).one()
    assert refunds.prepare_payout(session, refund.id)
    session.commit()
    payout = Payout(f"P{refund.id}", refund.idempotency_key, refund.amount, PayoutStatus.DONE)
    refunds.record_payout(session, refund.id, payout)
    session.commit()


def told(session: Session, stall: Stall, memo: str, *more: str) -> list[str]:
    rows = [row(words, -50_000) for words in (memo, *more)]
    return outcomes(session, import_rows(session, stall, *rows, by_channel=True))


def test_refund_of_a_second_payment_takes_the_first_one_not_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    make_payment(session, request_)
    pay_out(session, market, make_payment(session, request_))
    assert told(session, stall, f"HOAN TIEN {request_.reference}") == ["duplicate"]
    session.refresh(request_)
    assert request_.status is PaymentStatus.PAID
    assert kinds(session) == []
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_refund_of_what_came_too_late_asks_nobody(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    request_.status = PaymentStatus.CANCELLED
    session.commit()
    pay_out(session, market, make_payment(session, request_))
    statement = import_rows(session, stall, row(f"HOAN TIEN {request_.reference}", -50_000), by_channel=True)
    assert outcomes(session, statement) == ["duplicate"]
    assert (statement.duplicates, statement.review) == (1, 0)
    assert kinds(session) == []
    assert balances(session, market) == {}


def test_each_refund_is_one_debit(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    make_payment(session, request_)
    pay_out(session, market, make_payment(session, request_))
    words = f"HOAN TIEN {request_.reference}"
    assert told(session, stall, words, words) == ["duplicate", "reversal"]
    assert balances(session, market) == {}


def test_what_the_bank_takes_back_by_its_own_reference_is_a_reversal_all_the_same(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    first = make_payment(session, request_)
    second = make_payment(session, request_)
    pay_out(session, market, second)
    memo = f"HOAN TRA GD {first.reference} {request_.reference}"
    assert told(session, stall, memo, f"HOAN TIEN {request_.reference}") == ["reversal", "duplicate"]
    assert balances(session, market) == {}
