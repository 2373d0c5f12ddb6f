"""A bank's number for one stall: what comes to it is the stall's, whatever the note leaves out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import LinkStatus, PaymentLink
from models import Market, Payment, PaymentRequest, PaymentStatus, Stall, StatementLine
from models import VirtualAccount as Virtual
from services.payment_links import record_opened
from services.stall_closing import close_stall
from services.virtual_accounts import end_virtual_account
from tests import builders
from tests.bank_notices import ACCOUNT
from tests.builders import anybody, make_stall, payout_account
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    events,
    import_rows,
    kinds,
    notice,
    row,
    timed,
)
from tests.integration.services.told import make_virtual_account, message, settle, tell

NUMBER = "VA00112233"


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture
def neighbour(session: Session, market: Market, stall: Stall) -> Stall:
    """The same seller's, paid into the same account."""
    return make_stall(session, market, stall.seller, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture
def virtual(session: Session, stall: Stall) -> Virtual:
    return make_virtual_account(session, stall, NUMBER)


def stalls_of_payments(session: Session) -> list[object]:
    return list(session.scalars(select(Payment.stall_id).order_by(Payment.id)))


@pytest.mark.parametrize("source", ["sepay", "casso"])
def test_money_without_a_code_is_the_stalls_own(
    session: Session, market: Market, stall: Stall, neighbour: Stall, virtual: Virtual, source: str
) -> None:
    tell(session, stall, "mua rau", 15_000, source=source, virtual=NUMBER.lower())
    assert stalls_of_payments(session) == [stall.id]
    assert balances(session, market) == {"channel": 15_000, "seller": -15_000}
    (event,) = events(session, "stall_payment.received.v1")
    assert (event.stall_id, event.payload["amount"]) == (stall.id, 15_000)
    assert kinds(session) == []
    (line,) = session.scalars(select(StatementLine))
    assert (line.virtual_account_id, line.payment_id) == (virtual.id, line.id)


def test_code_of_the_stalls_request_wins(
    session: Session, market: Market, stall: Stall, virtual: Virtual, request_: PaymentRequest
) -> None:
    tell(session, stall, request_.reference, virtual=NUMBER)
    assert (request_.status, kinds(session)) == (PaymentStatus.PAID, [])
    tell(session, stall, f"{stall.reference} rau", 5_000, virtual=NUMBER)
    assert balances(session, market) == {"channel": 55_000, "seller": -55_000}


def test_part_of_what_the_request_asks_for_is_still_a_part(
    session: Session, stall: Stall, virtual: Virtual, request_: PaymentRequest
) -> None:
    tell(session, stall, request_.reference, 20_000, virtual=NUMBER)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PARTLY_PAID, 20_000)


@pytest.mark.parametrize("of", ["request", "stall", "both"])
def test_code_of_another_stall_contradicts_and_waits_at_the_desk(
    session: Session, market: Market, stall: Stall, neighbour: Stall, virtual: Virtual, of: str
) -> None:
    request = builders.make_payment_request(session, neighbour)
    own = builders.make_payment_request(session, stall)
    note = {
        "request": request.reference,
        "stall": neighbour.reference,
        "both": f"{request.reference} {own.reference}",
    }[of]
    tell(session, stall, note, 100_000 if of == "both" else 50_000, virtual=NUMBER)
    assert request.status is own.status is PaymentStatus.AWAITING_PAYMENT
    assert (kinds(session), stalls_of_payments(session)) == (["orphan"], [None])
    assert balances(session, market).keys() == {"channel", "suspense"}
    (line,) = session.scalars(select(StatementLine))
    assert line.virtual_account_id == virtual.id


def test_notice_that_names_the_number_alone_is_of_its_account(
    session: Session, stall: Stall, virtual: Virtual
) -> None:
    tell(session, stall, "mua rau", account="0987", virtual=NUMBER)
    (payment,) = session.scalars(select(Payment))
    assert (payment.stall_id, payment.account_number) == (stall.id, str(stall.payout_account_id))


def test_number_that_nobody_noted_says_nothing(session: Session, stall: Stall, virtual: Virtual) -> None:
    tell(session, stall, "mua rau", virtual="VA999")
    elsewhere = make_stall(session, payout_account=payout_account(account_number="190077"))
    tell(session, elsewhere, "mua rau", account="190077", virtual=NUMBER)
    assert kinds(session) == ["orphan", "orphan"]


def test_what_the_bank_sent_out_comes_to_no_stall(session: Session, stall: Stall, virtual: Virtual) -> None:
    tell(session, stall, "rut tien", -50_000, virtual=NUMBER)
    (line,) = session.scalars(select(StatementLine))
    assert (line.virtual_account_id, count_payments(session)) == (None, 0)


def test_money_is_whose_number_it_was_when_it_moved(
    session: Session, stall: Stall, neighbour: Stall, virtual: Virtual
) -> None:
    """However late it is told of."""
    end_virtual_account(session, anybody(session), stall.channel_id, stall.id)
    session.commit()
    make_virtual_account(session, neighbour, NUMBER)
    before = virtual.created_at - timedelta(minutes=1)
    tell(session, stall, "mua rau", at=before, virtual=NUMBER)
    tell(session, stall, "mua rau", at=now() + timedelta(minutes=1), virtual=NUMBER)
    assert stalls_of_payments(session) == [stall.id, neighbour.id]


def test_statement_after_the_notice_is_the_same_payment(
    session: Session, market: Market, stall: Stall, virtual: Virtual
) -> None:
    at = now().replace(microsecond=0)
    tell(session, stall, "mua rau", reference="FT7", at=at, virtual=NUMBER)
    tell(session, stall, "mua ca", reference="MBVCB.1", at=at, virtual=NUMBER)
    import_rows(
        session, stall, timed(row("mua rau", reference="FT7"), at), timed(row("mua ca", reference="T/1"), at)
    )
    assert count_payments(session) == 2
    assert balances(session, market) == {"channel": 100_000, "seller": -100_000}


@pytest.mark.parametrize("reference", ["FT7", "MBVCB.1"])
def test_notice_after_the_statement_says_whose_the_money_is(
    session: Session, market: Market, stall: Stall, virtual: Virtual, reference: str
) -> None:
    at = now().replace(microsecond=0)
    import_rows(session, stall, timed(row("mua rau", reference="FT7"), at))
    assert (kinds(session), balances(session, market)) == (
        ["orphan"],
        {"channel": 50_000, "suspense": -50_000},
    )
    told = message(session, stall.channel_id, "mua rau", reference=reference, at=at, virtual=NUMBER)
    settle(session, told)
    settle(session, told)
    assert (count_payments(session), kinds(session)) == (1, [])
    assert stalls_of_payments(session) == [stall.id]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert len(events(session, "stall_payment.received.v1")) == 1


@pytest.mark.parametrize("names", ["another stall", "another seller's request"])
def test_late_notice_moves_nothing_that_its_note_contradicts(
    session: Session, market: Market, stall: Stall, neighbour: Stall, virtual: Virtual, names: str
) -> None:
    request = builders.make_payment_request(session, make_stall(session, market))
    codes = {
        "another stall": f"{neighbour.reference} {stall.reference}",
        "another seller's request": request.reference,
    }
    import_rows(session, stall, row(codes[names], reference="FT7"))
    tell(session, stall, codes[names], reference="FT7", virtual=NUMBER)
    assert (count_payments(session), kinds(session)) == (1, ["orphan"])
    assert stalls_of_payments(session) == [None]


def test_second_provider_that_knows_the_number_says_whose_it_is(
    session: Session, market: Market, stall: Stall, virtual: Virtual
) -> None:
    at = now().replace(microsecond=0)
    told = [
        message(session, stall.channel_id, "mua rau", reference="FT9", at=at, source=source, virtual=number)
        for source, number in (("casso", ""), ("sepay", NUMBER))
    ]
    settle(session, *told)
    assert stalls_of_payments(session) == [stall.id]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_closed_stall_still_gets_what_comes_to_its_number(
    session: Session, stall: Stall, virtual: Virtual
) -> None:
    close_stall(session, anybody(session), stall.id)
    session.commit()
    tell(session, stall, "mua rau", virtual=NUMBER)
    assert stalls_of_payments(session) == [stall.id]


@pytest.fixture
def opened(session: Session, market: Market, stall: Stall) -> Callable[..., PaymentRequest]:
    """A request that goes through payOS, into whose link's own virtual account its QR pays."""
    channel = builders.make_payos_channel(session, market)
    at_payos = make_stall(
        session,
        market,
        stall.seller,
        payout_account=payout_account(account_number=ACCOUNT),
        channel_id=channel.id,
    )

    def open_one(number: str = "V3CAS0001") -> PaymentRequest:
        request = builders.make_payment_request(session, at_payos)
        link = PaymentLink(
            request.order_code, "link", 50_000, 0, LinkStatus.OPEN, qr_payload="QR", account_number=number
        )
        record_opened(session, request.id, link)
        session.commit()
        return request

    return open_one


def test_number_of_a_payos_link_names_its_request_whoever_tells(
    session: Session, market: Market, stall: Stall, opened: Callable[..., PaymentRequest]
) -> None:
    request, at = opened("v3cas0001"), now().replace(microsecond=0)
    tell(session, stall, "mua rau", at=at, reference="FT7", virtual="V3CAS0001")
    assert (request.status, kinds(session)) == (PaymentStatus.PAID, [])
    notice(session, request, "FT7")
    assert (count_payments(session), request.amount_paid) == (1, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_number_that_two_links_had_names_neither(
    session: Session, stall: Stall, opened: Callable[..., PaymentRequest]
) -> None:
    requests = [opened(), opened()]
    tell(session, stall, "mua rau", virtual="V3CAS0001")
    assert {request.status for request in requests} == {PaymentStatus.AWAITING_PAYMENT}
    assert kinds(session) == ["orphan"]


def test_code_of_another_request_than_the_links_waits_at_the_desk(
    session: Session, stall: Stall, opened: Callable[..., PaymentRequest], request_: PaymentRequest
) -> None:
    opened()
    tell(session, stall, request_.reference, virtual="V3CAS0001")
    assert (request_.status, kinds(session)) == (PaymentStatus.AWAITING_PAYMENT, ["orphan"])
