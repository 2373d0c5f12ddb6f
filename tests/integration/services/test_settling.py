"""Money that came: stored once, tied to what asked for it, booked to the đồng, announced."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import Transfer
from models import (
    CollectionChannel,
    ExceptionKind,
    JournalEntry,
    Market,
    OutboxEvent,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    ReconciliationException,
    Stall,
)
from services.matching import ChannelTransfer
from services.payment_requests import cancel_payment_request
from services.payments import settle_transfers
from services.queries.journal import journal_balance
from tests.builders import anybody, make_market, make_payment_request, make_payos_channel, make_stall

_numbers = count(1)


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


def transfer(
    request: PaymentRequest, amount: int = 50_000, at: datetime | None = None, **facts: object
) -> ChannelTransfer:
    """New money for the request."""
    known = {
        "order_code": request.order_code,
        "account_number": "V3CAS0001",
        "reference": f"FT{next(_numbers):08}",
        "amount": amount,
        "occurred_at": at or now(),
        "memo": "CHUYEN TIEN",
    }
    channel_id = facts.pop("channel_id", request.channel_id)
    return ChannelTransfer(channel_id, Transfer(**(known | facts)))  # type: ignore[arg-type]


def settle(session: Session, *seen: ChannelTransfer) -> int:
    new = settle_transfers(session, seen, cause="notice")
    session.commit()
    session.expire_all()
    return new


def count_rows(session: Session, table: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def kinds(session: Session) -> list[ExceptionKind]:
    return list(session.scalars(select(ReconciliationException.kind).order_by(ReconciliationException.id)))


def balances(session: Session, market: Market) -> dict[str, int]:
    """By kind of account; the total must be nothing."""
    balance = journal_balance(session, anybody(session), market.id)
    assert balance.total == 0
    sums: Counter[str] = Counter()
    for account in balance.accounts:
        sums[account.kind] += account.balance
    return dict(sums)


def test_exact_payment(session: Session, market: Market, request_: PaymentRequest) -> None:
    assert settle(session, transfer(request_)) == 1
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert kinds(session) == []
    (payment,) = session.scalars(select(Payment))
    assert (payment.stall_id, payment.market_id) == (request_.stall_id, market.id)
    (step,) = session.scalars(select(PaymentRequestChange))
    assert (step.from_status, step.to_status, step.cause) == ("created", "paid", "notice")


def test_settled_payment_is_announced_once(session: Session, request_: PaymentRequest) -> None:
    one = transfer(request_)
    for _ in range(3):
        settle(session, one)
    (event,) = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.settled.v1"))
    assert event.stall_id == request_.stall_id
    assert (event.payload["amount"], event.payload["amount_paid"], event.payload["status"]) == (
        50_000,
        50_000,
        "paid",
    )
    assert event.payload["payment_request_id"] == str(request_.id)


def test_told_again_changes_nothing(session: Session, market: Market, request_: PaymentRequest) -> None:
    one = transfer(request_)
    assert [settle(session, one, one), settle(session, one)] == [1, 0]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert [count_rows(session, table) for table in (Payment, PaymentMatch, JournalEntry)] == [1, 1, 1]


def test_too_little_and_then_the_rest(session: Session, market: Market, request_: PaymentRequest) -> None:
    settle(session, transfer(request_, 20_000))
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PARTLY_PAID, 20_000)
    settle(session, transfer(request_, 30_000))
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert kinds(session) == []


def test_too_much(session: Session, market: Market, request_: PaymentRequest) -> None:
    settle(session, transfer(request_, 60_000))
    assert (request_.status, request_.amount_paid) == (PaymentStatus.OVERPAID, 60_000)
    assert balances(session, market) == {"channel": 60_000, "seller": -50_000, "suspense": -10_000}
    assert kinds(session) == [ExceptionKind.OVERPAID]


def test_paid_twice(session: Session, market: Market, request_: PaymentRequest) -> None:
    settle(session, transfer(request_))
    settle(session, transfer(request_))
    assert (request_.status, request_.amount_paid) == (PaymentStatus.OVERPAID, 100_000)
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
    assert kinds(session) == [ExceptionKind.DUPLICATE]


def test_paid_too_late(session: Session, market: Market, request_: PaymentRequest) -> None:
    settle(session, transfer(request_, at=request_.expires_at + timedelta(seconds=1)))
    assert request_.status is PaymentStatus.PAID_LATE
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert kinds(session) == [ExceptionKind.LATE]


def test_told_late_of_money_that_came_in_time(session: Session, request_: PaymentRequest) -> None:
    request_.status = PaymentStatus.EXPIRED
    session.commit()
    settle(session, transfer(request_, at=request_.expires_at))
    assert request_.status is PaymentStatus.PAID
    assert kinds(session) == []


def test_paid_after_it_was_taken_back(session: Session, market: Market, request_: PaymentRequest) -> None:
    cancel_payment_request(session, anybody(session), request_.id)
    settle(session, transfer(request_))
    assert (request_.status, request_.amount_paid) == (PaymentStatus.REFUND_DUE, 50_000)
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    assert kinds(session) == [ExceptionKind.LATE]


def test_money_that_nothing_asked_for(session: Session, market: Market, request_: PaymentRequest) -> None:
    orphan = transfer(request_, 70_000, order_code=123_456_789)
    assert [settle(session, orphan), settle(session, orphan)] == [1, 0]
    (payment,) = session.scalars(select(Payment))
    assert (payment.stall_id, payment.market_id) == (None, market.id)
    assert request_.status is PaymentStatus.CREATED
    assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}
    assert kinds(session) == [ExceptionKind.ORPHAN]
    assert session.scalars(select(OutboxEvent.type).where(OutboxEvent.type == "payment.orphaned.v1")).all()


def test_no_channel_takes_anothers_order(session: Session, request_: PaymentRequest) -> None:
    """Its order code is told of through a channel that has its own keys: not this request's money."""
    other_market = make_market(session)
    other = make_payos_channel(session, other_market)
    settle(session, transfer(request_, channel_id=other.id))
    assert (request_.status, request_.amount_paid) == (PaymentStatus.CREATED, 0)
    assert kinds(session) == [ExceptionKind.ORPHAN]
    assert balances(session, other_market) == {"channel": 50_000, "suspense": -50_000}


def test_one_reference_for_two_orders_is_two_payments(session: Session, stall: Stall) -> None:
    """A bank's reference is unique in nothing but its own account."""
    first, second = make_payment_request(session, stall), make_payment_request(session, stall)
    settle(session, transfer(first, reference="FT1"), transfer(second, reference="FT1"))
    assert {first.status, second.status} == {PaymentStatus.PAID}


def test_night_transfer_is_of_the_markets_day_and_may_be_of_the_banks_next(
    session: Session, request_: PaymentRequest
) -> None:
    at_half_past_ten = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    settle(session, transfer(request_, at=at_half_past_ten))
    (payment,) = session.scalars(select(Payment))
    assert (str(payment.business_day), str(payment.bank_day)) == ("2026-11-22", "2026-11-23")


def test_set_of_everything_adds_up(session: Session, market: Market, stall: Stall) -> None:
    requests = [make_payment_request(session, stall, amount=10_000 * n) for n in range(1, 6)]
    orphans = [transfer(requests[0], 7_000, order_code=n) for n in (1, 2)]
    paid = [transfer(request, request.amount + n * 1_000) for n, request in enumerate(requests, start=-2)]
    assert settle(session, *paid, *orphans, *paid) == 7
    assert [request.status for request in requests] == [
        "partly_paid",
        "partly_paid",
        "paid",
        "overpaid",
        "overpaid",
    ]
    came = sum(item.transfer.amount for item in [*paid, *orphans])
    assert balances(session, market) == {"channel": came, "seller": -147_000, "suspense": -17_000}


def in_ten_threads(engine: Engine, seen: Sequence[Sequence[ChannelTransfer]]) -> list[int]:
    """Each thread with a connection of its own; how many payments were new to it."""

    def one(mine: Sequence[ChannelTransfer]) -> int:
        with Session(engine) as session, session.begin():
            return settle_transfers(session, mine, cause="notice")

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(one, seen))


def test_same_notice_ten_times_at_once_is_one_payment(
    session: Session, engine: Engine, market: Market, request_: PaymentRequest
) -> None:
    one = transfer(request_)
    assert sum(in_ten_threads(engine, [[one]] * 10)) == 1
    assert [count_rows(session, table) for table in (Payment, PaymentMatch, JournalEntry)] == [1, 1, 1]
    assert session.get_one(PaymentRequest, request_.id, populate_existing=True).amount_paid == 50_000
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_ten_transfers_for_one_request_at_once_add_up(
    session: Session, engine: Engine, market: Market, request_: PaymentRequest
) -> None:
    assert in_ten_threads(engine, [[transfer(request_, 4_000)] for _ in range(10)]) == [1] * 10
    session.rollback()
    session.refresh(request_)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PARTLY_PAID, 40_000)
    assert balances(session, market) == {"channel": 40_000, "seller": -40_000}


def test_batches_that_overlap_in_every_order_wait_for_each_other(
    session: Session, engine: Engine, market: Market, stall: Stall
) -> None:
    """Requests of several stalls, and orphans, told in different orders at once: nobody is shot as a deadlock."""
    stalls = [stall, *(make_stall(session, market, channel_id=stall.channel_id) for _ in range(3))]
    requests = [make_payment_request(session, place) for place in stalls for _ in range(3)]
    everything = [transfer(request) for request in requests]
    everything += [transfer(requests[0], 5_000, order_code=n) for n in range(1, 8)]
    batches = [
        everything[n:] + everything[:n] if n % 2 else everything[n::-1] + everything[:n:-1] for n in range(10)
    ]
    assert sum(in_ten_threads(engine, batches)) == len(everything)
    assert balances(session, market) == {"channel": 635_000, "seller": -600_000, "suspense": -35_000}


def test_rows_are_written_in_one_order_however_they_are_told(
    session: Session, request_: PaymentRequest
) -> None:
    """Nothing is locked for orphans beforehand; only this keeps two tellers from waiting in a circle."""
    orphans = [transfer(request_, 5_000, order_code=n) for n in range(1, 30)]
    settle(session, *orphans[::-1])
    written = session.scalars(text("SELECT reference FROM payments ORDER BY ctid"))
    assert list(written) == [orphan.transfer.reference for orphan in orphans]


def test_failure_half_way_leaves_nothing(session: Session, request_: PaymentRequest) -> None:
    session.execute(text("ALTER TABLE journal_entries ADD CONSTRAINT no_ink CHECK (false) NOT VALID"))
    session.commit()
    try:
        with pytest.raises(Exception, match="no_ink"):
            settle_transfers(session, [transfer(request_)], cause="notice")
        session.rollback()
        assert count_rows(session, Payment) == 0
        assert session.get_one(PaymentRequest, request_.id, populate_existing=True).amount_paid == 0
    finally:
        session.rollback()
        session.execute(text("ALTER TABLE journal_entries DROP CONSTRAINT no_ink"))
        session.commit()
