"""Money that went back, told by the bank's notice: what a statement's debit would take back is taken back, once."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import JournalEntry, Market, PaymentRequest, PaymentStatus, Stall, StatementLine
from tests.bank_notices import ACCOUNT
from tests.builders import make_payment_request, make_stall, payout_account
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
from tests.integration.services.told import message, settle, tell


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))


def line_outcomes(session: Session) -> list[str]:
    return [str(outcome) for outcome in session.scalars(select(StatementLine.outcome))]


@pytest.mark.parametrize("source", ["sepay", "casso"])
def test_notice_of_money_that_went_back_takes_its_payment_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, source: str
) -> None:
    tell(session, stall, request_.reference, source=source)
    back = message(session, stall.channel_id, f"HOAN TRA GD {request_.reference}", -50_000, source=source)
    assert [settle(session, back) for _ in range(2)] == [1, 0]
    assert request_.status is PaymentStatus.REVERSED
    assert (balances(session, market), kinds(session)) == ({}, ["reversed"])
    (event,) = events(session, "payment.reversed.v1")
    assert event.payload["payment_request_id"] == str(request_.id)


def test_by_the_banks_reference_a_payment_of_the_stalls_own_qr_is_taken_back(
    session: Session, market: Market, stall: Stall
) -> None:
    tell(session, stall, stall.reference, reference="FT0000000777")
    tell(session, stall, "HOAN TRA GIAO DICH FT0000000777", -50_000)
    assert (balances(session, market), kinds(session)) == ({}, ["reversed"])


def test_it_may_be_told_before_the_money_that_it_takes_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    tell(session, stall, f"HOAN TRA GD {request_.reference}", -50_000)
    assert (line_outcomes(session), count_payments(session)) == (["review"], 0)
    tell(session, stall, request_.reference)
    assert (request_.status, balances(session, market)) == (PaymentStatus.REVERSED, {})


def test_in_one_batch_the_order_does_not_matter(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    at = now()
    back = message(session, stall.channel_id, f"HOAN TRA {request_.reference}", -50_000, at=at)
    came = message(session, stall.channel_id, request_.reference, at=at + timedelta(seconds=5))
    assert settle(session, back, came) == 2
    assert (request_.status, balances(session, market)) == (PaymentStatus.REVERSED, {})


def test_ordinary_spending_takes_nothing_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    tell(session, stall, request_.reference)
    tell(session, stall, "TIEN DIEN THANG 11", -50_000)
    tell(session, stall, f"HOAN TRA {request_.reference}", -1_000)
    assert request_.status is PaymentStatus.PAID
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_it_is_booked_on_the_day_on_which_it_went(
    session: Session, stall: Stall, request_: PaymentRequest
) -> None:
    at = now() - timedelta(days=1)
    tell(session, stall, request_.reference, at=at - timedelta(minutes=1))
    tell(session, stall, f"HOAN TRA {request_.reference}", -50_000, at=at)
    query = select(JournalEntry.business_day).where(JournalEntry.key.startswith("reversal:"))
    assert session.scalars(query).all() == [business_day(at)]


@pytest.mark.parametrize("order", [*permutations("CNS")], ids="".join)
@pytest.mark.parametrize("reference", ["FT0000000321", "MBVCB.321"], ids=["same", "of another form"])
def test_reversal_that_both_tell_of_takes_one_payment_back(
    session: Session, market: Market, stall: Stall, order: tuple[str, ...], reference: str
) -> None:
    """C: two like payments of one request come; N, S: one of them is taken back, which the notice names by the bank's
    reference, the statement by the request only: that alone would fit both."""
    request = make_payment_request(session, stall, amount=100_000)
    at = now().replace(microsecond=0) - timedelta(hours=1)

    def both_came() -> None:
        for number in (1, 2):
            tell(session, stall, request.reference, reference=f"FT000000000{number}", at=at)

    steps: dict[str, Callable[[], object]] = {
        "C": both_came,
        "N": lambda: tell(session, stall, "HOAN TRA FT0000000001", -50_000, reference=reference, at=at),
        "S": lambda: import_rows(
            session, stall, timed(row(f"HOAN {request.reference}", -50_000, "FT0000000321"), at)
        ),
    }
    for step in order:
        steps[step]()
    left_to_a_person = reference == "FT0000000321" and order.index("S") < order.index("N")
    back = 0 if left_to_a_person else 1
    assert line_outcomes(session).count("reversal") == back
    assert balances(session, market)["channel"] == 100_000 - back * 50_000


def test_statement_after_the_notice_knows_the_reversal_again(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    at = now().replace(microsecond=0)
    tell(session, stall, request_.reference, reference="FT0000000001", at=at)
    tell(session, stall, f"HOAN TRA {request_.reference}", -50_000, reference="MBVCB.9", at=at)
    rows = [
        timed(row(request_.reference, reference="FT0000000001"), at),
        timed(row(f"HOAN TRA {request_.reference}", -50_000, "FT0000000009"), at),
    ]
    statement = import_rows(session, stall, *rows)
    assert outcomes(session, statement) == ["duplicate", "duplicate"]
    assert (statement.duplicates, statement.review, statement.reversals) == (2, 0, 0)
    assert balances(session, market) == {}


def test_statement_brings_the_money_that_a_notice_took_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    tell(session, stall, f"HOAN TRA {request_.reference}", -50_000, reference="MBVCB.9")
    import_rows(session, stall, row(request_.reference))
    assert (request_.status, balances(session, market)) == (PaymentStatus.REVERSED, {})
