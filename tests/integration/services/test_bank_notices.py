"""What banks tell at once: settled by the rules of a statement, and one payment with it, whoever tells first."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.clock import VIETNAM, now
from core.crypto import blind_index
from core.ids import new_id
from core.periods import month_of
from gateways.ports import Transfer
from models import (
    CollectionChannel,
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
from services.matching import ChannelTransfer
from services.payment_requests import cancel_payment_request
from services.payments import settle_transfers
from tests.bank_notices import ACCOUNT, local
from tests.builders import (
    anybody,
    make_market,
    make_payment_request,
    make_payos_channel,
    make_seller,
    make_stall,
    payout_account,
)
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    events,
    import_rows,
    kinds,
    outcomes,
    row,
    timed,
)

_numbers = count(1)


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture
def request_(session: Session, stall: Stall) -> PaymentRequest:
    """For 50.000 đồng."""
    return make_payment_request(session, stall)


def message(
    session: Session,
    channel_id: UUID,
    memo: str,
    amount: int = 50_000,
    reference: str | None = None,
    at: datetime | None = None,
    account: str = ACCOUNT,
    source: str = "sepay",
) -> UUID:
    """A stored notice, as the intake stores it."""
    number = next(_numbers)
    reference = f"FT{number:010}" if reference is None else reference
    body: dict[str, Any] = {"id": number, "accounts": [blind_index("account_number", account).hex()]}
    if source == "sepay":
        body |= {"transferType": "in", "transferAmount": amount, "content": memo, "referenceCode": reference}
        body["transactionDate"] = local(at)
    else:
        body |= {"amount": amount, "description": memo, "reference": reference}
        body["transactionDateTime"] = local(at)
    stored = InboxMessage(
        id=new_id(), source=source, key=f"{channel_id}:{number}", channel_id=channel_id, body=body
    )
    session.add(stored)
    session.commit()
    return stored.id


def settle(session: Session, *ids: UUID) -> int:
    dealt_with = settle_bank_notices(session, ids)
    session.commit()
    session.expire_all()
    return dealt_with


def tell(session: Session, stall: Stall, memo: str, amount: int = 50_000, **facts: Any) -> int:
    return settle(session, message(session, stall.channel_id, memo, amount, **facts))


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


@pytest.mark.parametrize(("amount", "kind"), [(30_000, "underpaid"), (60_000, "overpaid")])
def test_wrong_amount_waits_for_a_person(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, amount: int, kind: str
) -> None:
    tell(session, stall, request_.reference, amount)
    assert kinds(session) == [kind]
    assert request_.status is PaymentStatus.AWAITING_PAYMENT
    assert balances(session, market) == {"channel": amount, "suspense": -amount}


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
    assert line_outcomes(session) == ["matched", "duplicate"]


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


# One transfer, told by the notice and by a statement, in either order.

Tell = Callable[[], object]
END = {"channel": 50_000, "seller": -50_000}


def in_order(first: str, notice: Tell, statement: Tell) -> None:
    for step in (notice, statement) if first == "notice" else (statement, notice):
        step()


BOTH_ORDERS = pytest.mark.parametrize("first", ["notice", "statement"])


@BOTH_ORDERS
@pytest.mark.parametrize("by", ["request", "stall"])
def test_one_reference_is_one_payment(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, first: str, by: str
) -> None:
    note = request_.reference if by == "request" else f"{stall.reference} rau"
    in_order(
        first,
        lambda: tell(session, stall, note, reference="FT1"),
        lambda: import_rows(session, stall, row(note, reference="FT1")),
    )
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, END, [])
    again = import_rows(session, stall, row(note, reference="FT1"))
    assert outcomes(session, again) == ["duplicate"]
    assert count_payments(session) == 1


@BOTH_ORDERS
@pytest.mark.parametrize(
    ("reference", "noted", "booked"),
    [
        ("", "{} rau", "{} rau"),
        ("MBVCB.3278907687", "MBVCB.3278907687.{}.CT tu 0123", "{}"),
        ("FT26001122\\BNK", "{} mua rau", "{} MUA RAU TRACE 123"),
    ],
    ids=["no reference", "of another form", "note cut"],
)
@pytest.mark.parametrize("clock", ["timed", "day only"])
def test_other_words_for_one_transfer_are_one_payment(
    session: Session,
    market: Market,
    stall: Stall,
    first: str,
    reference: str,
    noted: str,
    booked: str,
    clock: str,
) -> None:
    at = now().replace(microsecond=0)
    line = row(booked.format(stall.reference), reference="FT26001122")
    line = timed(line, at + timedelta(minutes=4)) if clock == "timed" else line
    in_order(
        first,
        lambda: tell(session, stall, noted.format(stall.reference), reference=reference, at=at),
        lambda: import_rows(session, stall, line),
    )
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, END, [])
    assert outcomes(session, import_rows(session, stall, line)) == ["duplicate"]
    tell(session, stall, noted.format(stall.reference), reference=reference or "FT777", at=at)
    assert count_payments(session) == (1 if reference else 2), "a further notice is a further transfer"


@BOTH_ORDERS
@pytest.mark.parametrize(
    "change",
    [
        {"reference": "FT0000000009"},
        {"amount": 50_001},
        {"memo": "ca phe sang nay"},
        {"at": timedelta(hours=2)},
    ],
    ids=["reference", "amount", "note", "time"],
)
def test_what_differs_is_another_transfer(
    session: Session, stall: Stall, first: str, change: Mapping[str, Any]
) -> None:
    at = now().replace(microsecond=0) - timedelta(hours=3)
    told = {"reference": "MBVCB.327", "amount": 50_000, "memo": "mua rau cai", "at": timedelta()} | change
    in_order(
        first,
        lambda: tell(
            session, stall, told["memo"], told["amount"], reference=told["reference"], at=at + told["at"]
        ),
        lambda: import_rows(session, stall, timed(row("mua rau cai", reference="FT0000000001"), at)),
    )
    assert count_payments(session) == 2


@BOTH_ORDERS
def test_like_transfers_are_as_many_as_each_told_of(
    session: Session, market: Market, stall: Stall, first: str
) -> None:
    """Three of the same sum and note; one notice was lost."""
    ids = [message(session, stall.channel_id, "mua rau", reference=f"MBVCB.{n}") for n in range(2)]
    rows = [row("mua rau", reference=f"FT000{n}") for n in range(3)]
    in_order(first, lambda: settle(session, *ids), lambda: import_rows(session, stall, *rows))
    assert count_payments(session) == 3
    assert balances(session, market) == {"channel": 150_000, "suspense": -150_000}


@BOTH_ORDERS
def test_reference_decides_before_the_note_does(session: Session, stall: Stall, first: str) -> None:
    """Of two like lines one is the notice's by its reference: the other is not taken for it."""
    rows = [row("mua rau", reference="TRACE/77"), row("mua rau", reference="MBVCB.1")]
    in_order(
        first,
        lambda: tell(session, stall, "mua rau", reference="MBVCB.1"),
        lambda: import_rows(session, stall, *rows),
    )
    assert count_payments(session) == 2


# And by payOS, where its link is paid into the same account.


@pytest.fixture
def channel(session: Session, market: Market) -> CollectionChannel:
    return make_payos_channel(session, market)


@pytest.mark.parametrize("order", ["PNS", "PSN", "NPS", "NSP", "SPN", "SNP"])
def test_payos_notice_and_statement_tell_of_one_payment(
    session: Session, market: Market, channel: CollectionChannel, order: str
) -> None:
    """P: payOS, told again each time; N: the bank's notice; S: a statement."""
    seller = make_seller(session)
    account = payout_account(account_number=ACCOUNT)
    stall = make_stall(session, market, seller, payout_account=account, channel_id=channel.id)
    direct = make_stall(session, market, seller, payout_account=account)
    request = make_payment_request(session, stall)
    at = now().replace(microsecond=0)
    transfer = Transfer(request.order_code, "V3CAS0001", "FT5", 50_000, at, request.reference)

    def by_payos() -> None:
        for _ in range(2):
            settle_transfers(session, [ChannelTransfer(channel.id, transfer)], cause="notice")
            session.commit()
            session.expire_all()

    steps: dict[str, Tell] = {
        "P": by_payos,
        "N": lambda: tell(session, direct, request.reference, reference="MBVCB.5", at=at),
        "S": lambda: import_rows(session, direct, row(request.reference, reference="FT5")),
    }
    for step in order * 2:
        if step == "N" and session.scalar(
            select(StatementLine.id).where(StatementLine.inbox_message_id.is_not(None))
        ):
            continue
        steps[step]()
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert (count_payments(session), balances(session, market), kinds(session)) == (1, END, [])
