"""What a statement and a channel both tell of, and what the bank takes back."""

import pytest
from sqlalchemy.orm import Session

from models import Market, PaymentRequest, PaymentStatus, Stall
from tests.builders import (
    make_market,
    make_orphan,
    make_payment,
    make_payment_request,
    make_payos_channel,
    make_stall,
)
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    events,
    import_rows,
    kinds,
    notice,
    outcomes,
    row,
)


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    """Paid directly into its own account."""
    return make_stall(session, market)


@pytest.fixture
def payos_stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


@pytest.fixture
def request_(session: Session, stall: Stall) -> PaymentRequest:
    """For 50.000 đồng."""
    return make_payment_request(session, stall)


def test_notice_before_the_statement_is_the_same_transfer(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    by_reference, by_code = (
        make_payment_request(session, payos_stall),
        make_payment_request(session, payos_stall),
    )
    notice(session, by_reference, "FT-SAME")
    notice(session, by_code, "FT-PAYOS")
    rows = [row("loi ghi chu", reference="FT-SAME"), row(by_code.reference), row(by_code.reference)]
    statement = import_rows(session, payos_stall, *rows, by_channel=True)
    assert outcomes(session, statement) == ["duplicate", "duplicate", "review"]
    assert balances(session, market) == {"channel": 150_000, "seller": -100_000, "suspense": -50_000}


def test_notice_after_the_statement_is_the_same_transfer(
    session: Session, market: Market, payos_stall: Stall
) -> None:
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row(request.reference), by_channel=True)
    assert [notice(session, request, "FT-PAYOS") for _ in range(2)] == [0, 0]
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert notice(session, request, "FT-ANOTHER") == 1
    assert (request.status, request.amount_paid) == (PaymentStatus.OVERPAID, 100_000)
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}


def test_orphan_of_a_statement_is_not_stored_again_by_its_notice(
    session: Session, payos_stall: Stall
) -> None:
    request = make_payment_request(session, payos_stall)
    import_rows(session, payos_stall, row("loi", reference="FT-SAME"), by_channel=True)
    assert notice(session, request, "FT-SAME") == 0
    assert count_payments(session) == 1


def test_debit_that_names_the_request_takes_its_payment_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    statement = import_rows(
        session, stall, row(f"HOAN TRA GD {request_.reference}", -50_000), row(request_.reference)
    )
    assert outcomes(session, statement) == ["reversal", "matched"]
    assert (statement.matched, statement.review, statement.reversals) == (1, 0, 1)
    assert request_.status is PaymentStatus.REVERSED
    assert balances(session, market) == {}
    assert kinds(session) == ["reversed"]
    (event,) = events(session, "payment.reversed.v1")
    assert (event.stall_id, event.payload["payment_request_id"]) == (stall.id, str(request_.id))
    again = import_rows(session, stall, row(f"HOAN TRA GD {request_.reference}", -50_000))
    assert outcomes(session, again) == ["review"]
    assert balances(session, market) == {}


def test_reversal_of_a_notified_payment(session: Session, market: Market, payos_stall: Stall) -> None:
    request = make_payment_request(session, payos_stall)
    make_payment(session, request, 60_000)
    line = row(f"HOAN TRA GD {request.reference}", -60_000)
    assert outcomes(session, import_rows(session, payos_stall, line, by_channel=True)) == ["reversal"]
    session.refresh(request)
    assert request.status is PaymentStatus.REVERSED
    assert balances(session, market) == {}
    assert kinds(session) == ["reversed"]


def test_reversal_by_the_banks_reference(session: Session, market: Market, payos_stall: Stall) -> None:
    orphan = make_orphan(session, payos_stall.channel)
    line = row(f"HOAN TRA GIAO DICH {orphan.reference}", -70_000)
    assert outcomes(session, import_rows(session, payos_stall, line, by_channel=True)) == ["reversal"]
    assert balances(session, market) == {}


def test_ordinary_debit_undoes_nothing(session: Session, market: Market, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    rows = [
        row(request.reference),
        row("RUT TIEN ATM", -50_000),
        row(f"HOAN TRA {request.reference}", -1_000),
    ]
    assert outcomes(session, import_rows(session, stall, *rows)) == ["matched", "review", "review"]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
