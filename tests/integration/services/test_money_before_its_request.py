"""Money whose order code named nothing when it came: once a request has that code, the money is the request's, by
whatever is told next, to the same end as if the request had been there first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import LinkStatus, PaymentLink, Transfer
from models import (
    ExceptionStatus,
    Market,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services import payment_links, resolutions
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.resolution_plans import Wish
from tests.builders import anybody, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.statement_files import balances, events, import_rows, kinds, row

CODE = 8_000_000_000_001
Tell = Callable[[Session, PaymentRequest], None]


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def orphan(session: Session, stall: Stall, amount: int = 50_000, reference: str = "FT1") -> Transfer:
    transfer = Transfer(CODE, "V3CAS0001", reference, amount, now().replace(microsecond=0), "CHUYEN TIEN")
    settle_transfers(session, [ChannelTransfer(stall.channel_id, transfer)], cause="notice")
    session.commit()
    return transfer


def ask(session: Session, stall: Stall) -> PaymentRequest:
    """For 50.000 đồng, by the order code that money came for."""
    request = make_payment_request(session, stall)
    session.execute(
        update(PaymentRequest)
        .where(PaymentRequest.id == request.id)
        .values(order_code=CODE, status=PaymentStatus.AWAITING_PAYMENT)
    )
    session.commit()
    session.expire_all()
    return request


def _transfers(session: Session) -> list[Transfer]:
    return [
        Transfer(CODE, p.account_number, p.reference, p.amount, p.occurred_at, p.memo)
        for p in session.scalars(select(Payment).where(Payment.order_code == CODE))
    ]


def again(session: Session, request: PaymentRequest) -> None:
    seen = [ChannelTransfer(request.channel_id, transfer) for transfer in _transfers(session)]
    settle_transfers(session, seen, cause="notice")


def polled(session: Session, request: PaymentRequest) -> None:
    transfers = tuple(_transfers(session))
    link = PaymentLink(CODE, "link", request.amount, 50_000, LinkStatus.PAID, transfers=transfers)
    payment_links.record_polled(session, request.id, link)


def swept(session: Session, request: PaymentRequest) -> None:
    """The channel cannot say."""
    payment_links.record_polled(session, request.id, None)


def by_statement(session: Session, request: PaymentRequest) -> None:
    assert request.stall
    line = row(f"IBFT {request.reference}", reference="BANK1")
    import_rows(session, request.stall, line, by_channel=True)


BY_CHANNEL = pytest.mark.parametrize("tell", [again, polled, swept])


@pytest.mark.parametrize("tell", [again, polled, swept, by_statement])
def test_request_claims_the_money_that_came_before_it_once(
    session: Session, market: Market, stall: Stall, tell: Tell
) -> None:
    orphan(session, stall)
    assert (balances(session, market), kinds(session)) == (
        {"channel": 50_000, "suspense": -50_000},
        ["orphan"],
    )
    request = ask(session, stall)
    for _ in range(2):
        tell(session, request)
        session.commit()
        session.expire_all()
        assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
        assert (balances(session, market), kinds(session)) == ({"channel": 50_000, "seller": -50_000}, [])
    payment = session.scalars(select(Payment)).one()
    assert (payment.stall_id, payment.order_code) == (stall.id, CODE)
    assert session.scalars(select(PaymentMatch.amount)).all() == [50_000]
    told = events(session, "payment.settled.v1")
    assert [(event.payload["amount"], event.payload["status"]) for event in told] == [(50_000, "paid")]
    steps = session.scalars(select(PaymentRequestChange.to_status)).all()
    assert steps == [PaymentStatus.PAID]


@BY_CHANNEL
def test_what_is_too_much_waits_for_a_person_with_its_request(
    session: Session, market: Market, stall: Stall, tell: Tell
) -> None:
    orphan(session, stall, 80_000)
    request = ask(session, stall)
    tell(session, request)
    session.commit()
    session.expire_all()
    assert (request.status, request.amount_paid) == (PaymentStatus.OVERPAID, 80_000)
    assert balances(session, market) == {"channel": 80_000, "seller": -50_000, "suspense": -30_000}
    left = session.scalars(select(ReconciliationException)).one()
    assert (left.kind, left.status, left.payment_request_id) == ("overpaid", ExceptionStatus.OPEN, request.id)


def test_further_money_is_added_to_what_came_before(session: Session, market: Market, stall: Stall) -> None:
    orphan(session, stall, 20_000)
    request = ask(session, stall)
    late = Transfer(CODE, "V3CAS0001", "FT2", 30_000, now() + timedelta(seconds=5), "")
    settle_transfers(session, [ChannelTransfer(stall.channel_id, late)], cause="notice")
    session.commit()
    session.expire_all()
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert (balances(session, market), kinds(session)) == ({"channel": 50_000, "seller": -50_000}, [])


@BY_CHANNEL
@pytest.mark.parametrize("action", [ResolutionAction.WRITE_OFF, ResolutionAction.IGNORE])
def test_what_a_person_decided_stands_and_is_not_counted_as_paid(
    session: Session, market: Market, stall: Stall, tell: Tell, action: ResolutionAction
) -> None:
    orphan(session, stall, 10_000)
    exception = session.scalars(select(ReconciliationException)).one()
    resolutions.resolve(session, anybody(session), exception.id, Wish(action), "Không ai hỏi")
    request = ask(session, stall)
    session.commit()
    before = balances(session, market)
    tell(session, request)
    session.commit()
    assert balances(session, market) == before
    more = Transfer(CODE, "V3CAS0001", "FT2", 20_000, now(), "")
    settle_transfers(session, [ChannelTransfer(stall.channel_id, more)], cause="notice")
    session.commit()
    session.expire_all()
    assert (request.status, request.amount_paid) == (PaymentStatus.PARTLY_PAID, 20_000)


def test_match_taken_apart_is_not_claimed_again(session: Session, market: Market, stall: Stall) -> None:
    orphan(session, stall)
    request = ask(session, stall)
    again(session, request)
    session.commit()
    payment = session.scalars(select(Payment)).one()
    resolutions.unmatch(session, anybody(session), payment.id, "Nhầm quầy")
    session.commit()
    polled(session, request)
    session.commit()
    session.expire_all()
    assert request.amount_paid == 0
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
