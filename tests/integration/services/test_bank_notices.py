"""What banks tell at once: settled by the rules of a statement, and one payment with it, whoever tells first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.clock import VIETNAM, now
from core.periods import month_of
from models import (
    FeeInvoice,
    FeeKind,
    FeeStatus,
    InboxMessage,
    Market,
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    Stall,
    StatementLine,
)
from services import fee_tariffs, fees
from services.bank_notices import settle_bank_notices
from services.payment_requests import cancel_payment_request
from tests.bank_notices import ACCOUNT
from tests.builders import (
    anybody,
    make_market,
    make_payment_request,
    make_stall,
    payout_account,
)
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    events,
    kinds,
)
from tests.integration.services.told import message, settle, tell


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))


def line_outcomes(session: Session) -> list[str]:
    told = StatementLine.inbox_message_id.is_not(None)
    return [
        str(one)
        for one in session.scalars(select(StatementLine.outcome).where(told).order_by(StatementLine.id))
    ]


@pytest.mark.parametrize("source", ["sepay", "casso"])
def test_code_and_amount_settle_the_request(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, source: str
) -> None:
    at = now().replace(microsecond=0)
    assert tell(session, stall, f"IBFT {request_.reference} rau", at=at, source=source) == 1
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    (payment,) = session.scalars(select(Payment))
    assert (payment.stall_id, payment.market_id, payment.order_code) == (stall.id, market.id, None)
    assert payment.account_number == str(stall.payout_account_id)
    assert payment.occurred_at == at
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    (step,) = session.scalars(select(PaymentRequestChange))
    assert (step.from_status, step.to_status, step.cause) == ("awaiting_payment", "paid", "notice")
    (event,) = events(session, "payment.settled.v1")
    assert (event.stall_id, event.payload["amount"]) == (stall.id, 50_000)
    assert kinds(session) == []


def test_bent_code_is_found(session: Session, stall: Stall, request_: PaymentRequest) -> None:
    code = request_.reference
    tell(session, stall, f"MBVCB.327.{code[:3].lower()} {code[3:6]}-{code[6:]}.CT tu 0123 toi 4567")
    assert request_.status is PaymentStatus.PAID


def test_code_of_the_static_qr_credits_its_stall(session: Session, market: Market, stall: Stall) -> None:
    tell(session, stall, f"{stall.reference} rau", 15_000)
    assert balances(session, market) == {"channel": 15_000, "seller": -15_000}
    (event,) = events(session, "stall_payment.received.v1")
    assert (event.stall_id, event.payload["amount"]) == (stall.id, 15_000)
    assert kinds(session) == []


def test_what_nobody_asked_for_waits_at_the_desk(session: Session, market: Market, stall: Stall) -> None:
    tell(session, stall, "chuyen tien an com", 70_000)
    assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}
    assert kinds(session) == ["orphan"]
    assert events(session, "payment.orphaned.v1")


def test_request_is_paid_in_parts(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    tell(session, stall, request_.reference, 30_000)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PARTLY_PAID, 30_000)
    assert (kinds(session), line_outcomes(session)) == ([], ["matched"])
    tell(session, stall, request_.reference, 20_000)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    told = [event.payload for event in events(session, "payment.settled.v1")]
    assert [(one["status"], one["amount"], one["amount_paid"]) for one in told] == [
        ("partly_paid", 30_000, 30_000),
        ("paid", 20_000, 50_000),
    ]


def test_what_is_too_much_waits_for_a_person(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    tell(session, stall, request_.reference, 60_000)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert (kinds(session), line_outcomes(session)) == (["overpaid"], ["review"])
    assert balances(session, market) == {"channel": 60_000, "seller": -50_000, "suspense": -10_000}


def test_late_and_cancelled_are_shown(session: Session, stall: Stall, request_: PaymentRequest) -> None:
    tell(session, stall, request_.reference, at=request_.expires_at + timedelta(seconds=2))
    assert (request_.status, kinds(session)) == (PaymentStatus.PAID_LATE, ["late"])
    other = make_payment_request(session, stall)
    cancel_payment_request(session, anybody(session), other.id)
    session.commit()
    tell(session, stall, other.reference)
    assert (other.status, kinds(session)) == (PaymentStatus.CANCELLED, ["late", "late"])


def test_another_sellers_code_settles_nothing(session: Session, market: Market, stall: Stall) -> None:
    request = make_payment_request(session, make_stall(session, market))
    tell(session, stall, request.reference)
    assert request.status is PaymentStatus.AWAITING_PAYMENT
    assert kinds(session) == ["orphan"]


def test_notice_of_another_account_is_left_alone(session: Session, market: Market, stall: Stall) -> None:
    told = message(session, stall.channel_id, stall.reference, account="0987")
    assert settle(session, told) == 0
    assert session.get_one(InboxMessage, told).ignored == "other_account"
    assert (count_payments(session), balances(session, market)) == (0, {})


def test_sellers_other_account_is_the_sellers_too(session: Session, market: Market, stall: Stall) -> None:
    second = make_stall(
        session, market, stall.seller, payout_account=payout_account(account_number="190087654321")
    )
    tell(session, stall, second.reference, account="190087654321")
    (payment,) = session.scalars(select(Payment))
    assert (payment.stall_id, payment.account_number) == (second.id, str(second.payout_account_id))


def test_job_that_runs_twice_changes_things_once(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    told = message(session, stall.channel_id, request_.reference)
    assert [settle(session, told), settle(session, told)] == [1, 0]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert line_outcomes(session) == ["matched"]


def test_two_providers_of_one_account_tell_of_one_payment(
    session: Session, stall: Stall, request_: PaymentRequest
) -> None:
    ids = [
        message(session, stall.channel_id, request_.reference, reference="FT9", source=source)
        for source in ("sepay", "casso")
    ]
    settle(session, *ids)
    assert count_payments(session) == 1
    assert sorted(line_outcomes(session)) == ["duplicate", "matched"]


@pytest.mark.parametrize(
    ("memo", "minutes", "payments"), [("mua ca", 0, 2), ("mua rau", 30, 2), ("Mua rau", 1, 1)]
)
def test_reference_that_is_used_again_is_another_payment(
    session: Session, stall: Stall, memo: str, minutes: int, payments: int
) -> None:
    at = now().replace(microsecond=0) - timedelta(hours=1)
    tell(session, stall, "mua rau", reference="000123", at=at)
    for source in ("casso", "sepay"):
        tell(session, stall, memo, reference="000123", at=at + timedelta(minutes=minutes), source=source)
    assert count_payments(session) == payments


def test_paid_twice_is_two_payments(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    settle(session, *(message(session, stall.channel_id, request_.reference) for _ in range(2)))
    assert request_.status is PaymentStatus.PAID
    assert kinds(session) == ["duplicate"]
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}


def test_batch_of_many_accounts_and_markets_adds_up(session: Session) -> None:
    markets = [make_market(session) for _ in range(3)]
    ids, asked = [], []
    for number, market in enumerate(markets * 4):
        account = f"19007{number:07}"
        stall = make_stall(session, market, payout_account=payout_account(account_number=account))
        request = make_payment_request(session, stall, amount=10_000 + number)
        asked.append(request)
        notes = {request.reference: request.amount, f"{stall.reference} rau": 1_000, "khong ro": 500}
        ids += [
            message(session, stall.channel_id, note, amount, account=account)
            for note, amount in notes.items()
        ]
    assert settle(session, *ids) == 36
    assert {request.status for request in asked} == {PaymentStatus.PAID}
    for market in markets:
        mine = sum(request.amount for request in asked if request.market_id == market.id)
        assert balances(session, market) == {
            "channel": mine + 6_000,
            "seller": -mine - 4_000,
            "suspense": -2_000,
        }


def test_fee_account_takes_fees_by_their_code(session: Session, market: Market, stall: Stall) -> None:
    actor, day = anybody(session), now().astimezone(VIETNAM).date()
    account = {"bin": "970436", "account_number": "190099", "holder_name": "BAN QUAN LY CHO"}
    fee_account = fee_tariffs.set_fee_account(session, actor, market.id, account)
    rate = {"kind": FeeKind.STALL_MONTH, "rate": 90_000, "valid_from": day.replace(day=1)}
    fee_tariffs.set_tariff(session, actor, market_id=market.id, **rate)
    fees.issue_invoices(session, actor, market.id, month_of(day))
    session.commit()
    invoice = session.scalars(select(FeeInvoice)).one()
    told = message(session, fee_account.channel_id, f"PHI CHO {invoice.reference}", 90_000, account="190099")
    settle(session, told)
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 90_000)
    assert balances(session, market) == {"channel": 90_000, "fees": -90_000}
    assert (line_outcomes(session), kinds(session)) == (["matched"], [])


def test_same_notices_at_once_are_settled_once(
    session: Session, engine: Engine, market: Market, stall: Stall
) -> None:
    """Ten workers, batches that overlap in every order: nobody waits in a circle."""
    other = make_stall(session, market, payout_account=payout_account(account_number="190011"))
    ids = []
    for _ in range(4):
        ids.append(message(session, stall.channel_id, make_payment_request(session, stall).reference))
        ids.append(message(session, other.channel_id, other.reference, 7_000, account="190011"))
    batches = [ids[n % 8 :] + ids[: n % 8] for n in range(10)]

    def work(batch: list[UUID]) -> int:
        with Session(engine) as mine, mine.begin():
            return settle_bank_notices(mine, batch)

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(work, batches)) == 8
    session.expire_all()
    assert balances(session, market) == {"channel": 228_000, "seller": -228_000}
