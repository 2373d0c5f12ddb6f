"""Decisions about exceptions: what they do to the journal, to requests and to each other."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound
from models import (
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    JournalEntry,
    Market,
    OutboxEvent,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    Refund,
    ResolutionAction,
    ResolutionStatus,
    Stall,
)
from services import resolutions
from services.access import Actor
from services.payment_requests import cancel_payment_request
from services.resolution_plans import Wish
from tests.builders import (
    anybody,
    make_market,
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services.desk import (
    TYPED,
    balances,
    decide,
    exception_of,
    give_back,
    manager_of,
    take_back,
)

MATCH, REFUND = ResolutionAction.MATCH, ResolutionAction.REFUND
WRITE_OFF, IGNORE = ResolutionAction.WRITE_OFF, ResolutionAction.IGNORE


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


def shown(session: Session, request: PaymentRequest) -> PaymentRequest:
    session.rollback()
    session.expire_all()
    return session.get_one(PaymentRequest, request.id)


def match(request: PaymentRequest, amount: int | None = None) -> Wish:
    return Wish(MATCH, request.id, amount)


def test_match_pays_the_request_and_tells_the_stall(
    session: Session, market: Market, channel: CollectionChannel, request_: PaymentRequest, manager: Actor
) -> None:
    payment = make_orphan(session, channel, 50_000)
    exception = exception_of(session, payment)
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    made = decide(session, manager, exception, match(request_))
    assert (made.status, made.amount, made.needs_approval) == (ResolutionStatus.DONE, 50_000, False)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    paid = shown(session, request_)
    assert (paid.status, paid.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert exception_of(session, payment).status is ExceptionStatus.RESOLVED
    (tie,) = session.scalars(select(PaymentMatch))
    assert (tie.payment_id, tie.payment_request_id, tie.amount) == (payment.id, request_.id, 50_000)
    (event,) = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.settled.v1"))
    assert (event.stall_id, event.payload["amount"]) == (request_.stall_id, 50_000)
    (step,) = session.scalars(select(PaymentRequestChange))
    assert (step.to_status, str(made.id) in step.cause) == (PaymentStatus.PAID, True)
    session.refresh(payment)
    assert payment.stall_id == request_.stall_id


def test_match_taken_back_is_a_counter_entry(
    session: Session, market: Market, channel: CollectionChannel, request_: PaymentRequest, manager: Actor
) -> None:
    payment = make_orphan(session, channel, 50_000)
    exception = exception_of(session, payment)
    decide(session, manager, exception, match(request_))
    undone = take_back(session, manager, exception)
    assert (undone.status, undone.undone_by, undone.undo_reason) == ("undone", manager.user_id, "Nhầm quầy")
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    assert session.scalar(select(func.count()).select_from(JournalEntry)) == 3
    before = shown(session, request_)
    assert (before.status, before.amount_paid) == (PaymentStatus.AWAITING_PAYMENT, 0)
    assert exception_of(session, payment).status is ExceptionStatus.OPEN
    session.refresh(payment)
    assert payment.stall_id is None
    decide(session, manager, exception, match(request_))
    assert shown(session, request_).status is PaymentStatus.PAID
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_money_split_between_requests(
    session: Session, market: Market, channel: CollectionChannel, stall: Stall, manager: Actor
) -> None:
    one, other = (make_payment_request(session, stall, amount=amount) for amount in (30_000, 40_000))
    payment = make_orphan(session, channel, 70_000)
    exception = exception_of(session, payment)
    decide(session, manager, exception, match(one))
    assert exception_of(session, payment).status is ExceptionStatus.OPEN
    assert balances(session, market) == {"channel": 70_000, "seller": -30_000, "suspense": -40_000}
    decide(session, manager, exception, match(other, 15_000))
    decide(session, manager, exception, match(other))
    assert exception_of(session, payment).status is ExceptionStatus.RESOLVED
    assert [shown(session, request).status for request in (one, other)] == [PaymentStatus.PAID] * 2
    assert balances(session, market) == {"channel": 70_000, "seller": -70_000}
    for _ in range(3):
        take_back(session, manager, exception)
    assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}
    assert session.scalar(select(func.count()).select_from(PaymentMatch)) == 0


def test_money_that_comes_after_a_match_counts_it(
    session: Session, market: Market, channel: CollectionChannel, request_: PaymentRequest, manager: Actor
) -> None:
    decide(session, manager, exception_of(session, make_orphan(session, channel, 20_000)), match(request_))
    assert shown(session, request_).status is PaymentStatus.PARTLY_PAID
    make_payment(session, request_, 50_000)
    over = shown(session, request_)
    assert (over.status, over.amount_paid) == (PaymentStatus.OVERPAID, 70_000)
    assert balances(session, market) == {"channel": 70_000, "seller": -50_000, "suspense": -20_000}


def test_match_of_a_request_that_has_expired_is_late_and_taken_back_expired(
    session: Session, channel: CollectionChannel, request_: PaymentRequest, manager: Actor
) -> None:
    times = {"created_at": now() - timedelta(hours=2), "expires_at": now() - timedelta(hours=1)}
    session.execute(update(PaymentRequest).values(status=PaymentStatus.EXPIRED, **times))
    session.commit()
    exception = exception_of(session, make_orphan(session, channel, 50_000))
    decide(session, manager, exception, match(request_))
    assert shown(session, request_).status is PaymentStatus.PAID_LATE
    take_back(session, manager, exception)
    assert shown(session, request_).status is PaymentStatus.EXPIRED


@pytest.mark.parametrize("amount", [0, -1, 50_001])
def test_part_must_fit(
    session: Session, channel: CollectionChannel, request_: PaymentRequest, manager: Actor, amount: int
) -> None:
    exception = exception_of(session, make_orphan(session, channel, 70_000))
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, match(request_, amount))
    assert list(refusal.value.errors) == ["amount"]


def test_request_that_waits_for_nothing_takes_nothing(
    session: Session, channel: CollectionChannel, stall: Stall, manager: Actor
) -> None:
    paid, cancelled = (make_payment_request(session, stall) for _ in range(2))
    make_payment(session, paid)
    cancel_payment_request(session, anybody(session), cancelled.id)
    session.commit()
    elsewhere = make_payment_request(session, make_stall(session))
    exception = exception_of(session, make_orphan(session, channel))
    for wrong in (paid.id, cancelled.id, elsewhere.id, uuid4(), None):
        with pytest.raises(InvalidInput) as refusal:
            decide(session, manager, exception, Wish(MATCH, wrong))
        assert list(refusal.value.errors) == ["payment_request_id"]
        session.rollback()


def test_written_off_and_taken_back(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    exception = exception_of(session, make_orphan(session, channel, 70_000))
    decide(session, manager, exception, Wish(WRITE_OFF))
    assert balances(session, market) == {"channel": 70_000, "write_off": -70_000}
    take_back(session, manager, exception)
    assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}


def test_ignoring_moves_no_money(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel, 70_000)
    exception = exception_of(session, payment)
    decide(session, manager, exception, Wish(IGNORE))
    assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}
    assert exception_of(session, payment).status is ExceptionStatus.RESOLVED
    take_back(session, manager, exception)
    assert exception_of(session, payment).status is ExceptionStatus.OPEN


@pytest.mark.parametrize("action", [IGNORE, WRITE_OFF])
@pytest.mark.parametrize("reason", ["", "   "])
def test_every_decision_has_a_reason(
    session: Session, channel: CollectionChannel, manager: Actor, action: ResolutionAction, reason: str
) -> None:
    exception = exception_of(session, make_orphan(session, channel))
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, Wish(action), reason)
    assert list(refusal.value.errors) == ["reason"]


def test_decided_once(session: Session, channel: CollectionChannel, manager: Actor) -> None:
    exception = exception_of(session, make_orphan(session, channel))
    decide(session, manager, exception, Wish(WRITE_OFF))
    with pytest.raises(Conflict):
        decide(session, manager, exception, Wish(IGNORE))
    take_back(session, manager, exception)
    with pytest.raises(Conflict):
        take_back(session, manager, exception)


def test_another_markets_manager_knows_nothing(
    session: Session, channel: CollectionChannel, manager: Actor
) -> None:
    exception = exception_of(session, make_orphan(session, channel))
    stranger = manager_of(session, make_market(session))
    with pytest.raises(NotFound):
        decide(session, stranger, exception, Wish(IGNORE))
    decide(session, manager, exception, Wish(IGNORE))
    with pytest.raises(NotFound):
        take_back(session, stranger, exception)
    with pytest.raises(NotFound):
        resolutions.approve(session, stranger, exception.id)


def test_resolutions_are_append_only(session: Session, channel: CollectionChannel, manager: Actor) -> None:
    exception = exception_of(session, make_orphan(session, channel))
    decide(session, manager, exception, Wish(WRITE_OFF))
    take_back(session, manager, exception)
    for statement in (
        "DELETE FROM resolutions",
        "UPDATE resolutions SET reason = 'khác'",
        "UPDATE resolutions SET amount = 1",
        "UPDATE resolutions SET status = 'done', undo_reason = NULL",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()


def test_refund_needs_the_payers_account(
    session: Session, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    exception = exception_of(session, payment)
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, Wish(REFUND))
    assert set(refusal.value.errors) == {
        "payer_account.bin",
        "payer_account.account_number",
        "payer_account.holder_name",
    }
    session.rollback()
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, Wish(REFUND, account=TYPED | {"bin": "000000"}))
    assert list(refusal.value.errors) == ["payer_account.bin"]
    session.rollback()
    give_back(session, manager, payment)
    refund = session.scalars(select(Refund)).one()
    assert (refund.bin, refund.account_number, refund.holder_name) == (
        "970415",
        "10000000001",
        "KHACH HANG THU",
    )
    stored = session.execute(text("SELECT account_number, holder_name FROM refunds")).one()
    assert all(b"10000000001" not in bytes(value) for value in stored)


def test_refund_under_way_is_not_decided_about_twice(
    session: Session, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    give_back(session, manager, payment)
    exception = exception_of(session, payment)
    assert exception.status is ExceptionStatus.RESOLVED
    (event,) = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "refund.requested.v1"))
    assert event.payload["amount"] == 70_000
    take_back(session, manager, exception)
    decide(session, manager, exception, Wish(WRITE_OFF))


def test_direct_channels_pay_nothing_out(session: Session, market: Market, manager: Actor) -> None:
    request = make_payment_request(session, make_stall(session, market))
    make_payment(session, request)
    exception = exception_of(session, make_payment(session, request))
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, Wish(REFUND, account=TYPED))
    assert list(refusal.value.errors) == ["action"]


def test_second_payment_is_due_back_and_spared_when_called_off(
    session: Session, market: Market, request_: PaymentRequest, manager: Actor
) -> None:
    make_payment(session, request_)
    again: Payment = make_payment(session, request_)
    exception = exception_of(session, again)
    assert exception.kind is ExceptionKind.DUPLICATE
    give_back(session, manager, again)
    assert shown(session, request_).status is PaymentStatus.REFUND_DUE
    take_back(session, manager, exception)
    assert shown(session, request_).status is PaymentStatus.OVERPAID
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
