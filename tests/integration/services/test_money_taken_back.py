"""Money that the bank took back is gone: it is not given back a second time, and no account goes below nothing."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from gateways.payouts import Payout, PayoutStatus
from models import (
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    Refund,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    Stall,
)
from services import refunds
from services.access import Actor
from services.resolution_plans import Wish, case_of, possible_actions
from tests.builders import (
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services.desk import balances, decide, exception_of, give_back
from tests.integration.services.statement_files import import_rows, outcomes, row

REFUND = Wish(ResolutionAction.REFUND)


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


def bank_takes(session: Session, stall: Stall, payment: Payment) -> None:
    statement = import_rows(
        session, stall, row(f"HOAN TRA {payment.reference}", -payment.amount), by_channel=True
    )
    assert outcomes(session, statement) == ["reversal"]


def the_refund(session: Session) -> Refund:
    return session.scalars(select(Refund), execution_options={"populate_existing": True}).one()


def send(session: Session, refund: Refund) -> None:
    assert refunds.prepare_payout(session, refund.id)
    session.commit()


def pay_out(session: Session, refund: Refund, status: PayoutStatus = PayoutStatus.DONE) -> None:
    payout = Payout("P1", refund.idempotency_key, refund.amount, status)
    refunds.record_payout(session, refund.id, payout)
    session.commit()


def test_what_the_bank_took_is_not_given_back(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    bank_takes(session, stall, payment)
    exception = exception_of(session, payment)
    case = case_of(session, exception)
    assert (case.free, case.kept) == (0, 0)
    assert ResolutionAction.REFUND not in possible_actions(session, case)
    with pytest.raises(InvalidInput):
        decide(session, manager, exception, REFUND)
    assert balances(session, market) == {}


def test_database_lets_nothing_go_back_of_what_the_bank_took(
    session: Session, stall: Stall, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    give_back(session, manager, payment)
    bank_takes(session, stall, payment)
    with pytest.raises(IntegrityError) as refusal:
        session.execute(text("UPDATE refunds SET status = 'waiting'"))
    assert "ck_refunds_no_more_than_came" in str(refusal.value.orig.diag.constraint_name)  # type: ignore[union-attr]


def test_waiting_refund_of_what_the_bank_took_is_called_off(
    session: Session, market: Market, channel: CollectionChannel, stall: Stall, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    give_back(session, manager, payment)
    bank_takes(session, stall, payment)
    refund = the_refund(session)
    assert (refund.status, refund.problem) == (RefundStatus.REJECTED, refunds.TAKEN_BACK)
    assert refunds.prepare_payout(session, refund.id) is None
    resolution = session.scalars(select(Resolution)).one()
    assert (resolution.status, resolution.undo_reason) == (ResolutionStatus.UNDONE, refunds.TAKEN_BACK)
    assert balances(session, market) == {}


def test_request_whose_refund_is_called_off_is_reversed(
    session: Session, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    payment = make_payment(session, request, 60_000)
    give_back(session, manager, payment)
    session.refresh(request)
    assert request.status is PaymentStatus.REFUND_DUE
    bank_takes(session, stall, payment)
    assert session.get_one(PaymentRequest, request.id).status is PaymentStatus.REVERSED


@pytest.mark.parametrize(
    ("outcome", "lost", "said"),
    [
        (PayoutStatus.DONE, {"channel": -70_000, "write_off": 70_000}, refunds.PAID_TWICE),
        (PayoutStatus.FAILED, {}, refunds.REFUSED),
    ],
)
def test_refund_that_was_sent_already_comes_to_a_person(
    session: Session,
    market: Market,
    channel: CollectionChannel,
    stall: Stall,
    manager: Actor,
    outcome: PayoutStatus,
    lost: dict[str, int],
    said: str,
) -> None:
    payment = make_orphan(session, channel)
    give_back(session, manager, payment)
    exception = exception_of(session, payment)
    refund = the_refund(session)
    send(session, refund)
    bank_takes(session, stall, payment)
    orphan = ReconciliationException.id == exception.id
    found = session.scalars(select(ReconciliationException).where(orphan)).one()
    assert (found.kind, found.status) == (ExceptionKind.ORPHAN, ExceptionStatus.OPEN)
    assert the_refund(session).problem == refunds.TAKEN_TOO
    pay_out(session, the_refund(session), outcome)
    assert balances(session, market) == lost
    assert the_refund(session).problem == said
    session.refresh(found)
    assert found.status is ExceptionStatus.OPEN


def test_bank_takes_what_has_gone_back_already(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    """The bank's books and ours agree: it paid out 10.000 and took 60.000."""
    payment = make_payment(session, make_payment_request(session, stall), 60_000)
    give_back(session, manager, payment)
    refund = the_refund(session)
    send(session, refund)
    pay_out(session, refund)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    bank_takes(session, stall, payment)
    assert balances(session, market) == {"channel": -10_000, "write_off": 10_000}
