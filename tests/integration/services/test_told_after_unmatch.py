"""What a person took apart is told again, by its channel or by a statement: it is the same money, and the person's to
decide about."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services import resolutions
from services.payment_links import record_polled
from services.resolution_plans import Wish
from tests.builders import make_payment_request, make_payos_channel, make_stall
from tests.integration.services.desk import decide, manager_of
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    import_rows,
    kinds,
    notice,
    outcomes,
    row,
)

IN_SUSPENSE = {"channel": 50_000, "suspense": -50_000}


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def take_apart(session: Session, market: Market) -> None:
    payment = session.scalars(select(Payment)).one()
    resolutions.unmatch(session, manager_of(session, market), payment.id, "Nhầm quầy")
    session.commit()


@pytest.mark.parametrize("reference", ["FT-SAME", "FT-PAYOS"])
def test_by_its_channel(session: Session, market: Market, stall: Stall, reference: str) -> None:
    request = make_payment_request(session, stall)
    import_rows(session, stall, row(request.reference, reference="FT-SAME"), by_channel=True)
    take_apart(session, market)
    assert [notice(session, request, reference) for _ in range(2)] == [0, 0]
    record_polled(session, request.id, None)
    session.commit()
    assert (count_payments(session), balances(session, market), kinds(session)) == (
        1,
        IN_SUSPENSE,
        ["orphan"],
    )
    assert (request.status, request.amount_paid) == (PaymentStatus.AWAITING_PAYMENT, 0)
    assert notice(session, request, "FT-ANOTHER") == 1
    assert (request.status, request.amount_paid) == (PaymentStatus.PAID, 50_000)


def test_a_part_by_its_channel(session: Session, market: Market, stall: Stall) -> None:
    """Its request keeps the status that it had."""
    request = make_payment_request(session, stall)
    for number, amount in enumerate((10_000, 15_000)):
        notice(session, request, f"FT-{number}", amount)
    import_rows(session, stall, row(request.reference, 25_000), by_channel=True)
    payment = session.scalars(select(Payment).where(Payment.amount == 25_000)).one()
    resolutions.unmatch(session, manager_of(session, market), payment.id, "Nhầm quầy")
    session.commit()
    assert notice(session, request, "FT-PAYOS", 25_000) == 0
    assert balances(session, market) == {"channel": 50_000, "seller": -25_000, "suspense": -25_000}


@pytest.mark.parametrize("reference", ["FT-PAYOS", "TRACE/99"])
def test_by_a_statement(session: Session, market: Market, stall: Stall, reference: str) -> None:
    request: PaymentRequest = make_payment_request(session, stall)
    notice(session, request, "FT-PAYOS")
    take_apart(session, market)
    lines = [row(request.reference, reference=reference), row(request.reference)]
    statement = import_rows(session, stall, *lines, by_channel=True)
    assert outcomes(session, statement) == ["duplicate", "matched"]
    assert (count_payments(session), kinds(session)) == (2, ["orphan"])
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}


def test_second_transfer_like_one_that_was_decided_about(
    session: Session, market: Market, stall: Stall
) -> None:
    request = make_payment_request(session, stall)
    import_rows(session, stall, row(request.reference, 20_000), by_channel=True)
    exception = session.scalars(select(ReconciliationException)).one()
    decide(session, manager_of(session, market), exception, Wish(ResolutionAction.WRITE_OFF))
    told = ["FT-ONE", "FT-TWO", "FT-ONE", "FT-TWO"]
    assert [notice(session, request, reference, 20_000) for reference in told] == [0, 1, 0, 0]
    assert (request.status, request.amount_paid) == (PaymentStatus.PARTLY_PAID, 20_000)
    assert balances(session, market) == {"channel": 40_000, "seller": -20_000, "write_off": -20_000}


def test_of_the_sellers_own_account(session: Session, market: Market, stall: Stall) -> None:
    """The bank's reference says that the two are one."""
    request = make_payment_request(session, stall)
    import_rows(session, stall, row(request.reference, reference="FT-SAME"))
    take_apart(session, market)
    told = ["FT-SAME", "FT-SAME", "FT-ANOTHER"]
    assert [notice(session, request, reference) for reference in told] == [0, 0, 1]
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
