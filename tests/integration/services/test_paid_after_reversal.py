"""A request whose money the bank took back takes the next: told by its channel or by a statement, or tied by a person;
what was taken back counts no more."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import InvalidInput
from models import (
    Market,
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services import resolutions
from services.access import Actor
from services.queries.exceptions import get_exception
from services.received import received_for
from services.resolution_plans import Wish, case_of
from services.suggestions import list_suggestions
from tests.builders import make_orphan, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.desk import balances, decide, exception_of, manager_of, take_back
from tests.integration.services.statement_files import (
    count_payments,
    import_rows,
    kinds,
    notice,
    outcomes,
    row,
)

S = PaymentStatus
WAYS = ("notice", "line")
MATCH, RESTORE = ResolutionAction.MATCH, Wish(ResolutionAction.RESTORE)


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def pay(session: Session, request: PaymentRequest, way: str, reference: str, amount: int = 50_000) -> None:
    if way == "notice":
        assert notice(session, request, reference, amount) == 1
    else:
        line = row(request.reference, amount, reference)
        assert request.stall
        assert outcomes(session, import_rows(session, request.stall, line, by_channel=True)) == ["matched"]


def take(session: Session, stall: Stall, reference: str, amount: int = 50_000) -> None:
    debit = row(f"HOAN TRA {reference}", -amount)
    assert outcomes(session, import_rows(session, stall, debit, by_channel=True)) == ["reversal"]
    session.expire_all()


def history(session: Session, request: PaymentRequest) -> list[str]:
    query = (
        select(PaymentRequestChange.to_status)
        .where(PaymentRequestChange.payment_request_id == request.id)
        .order_by(PaymentRequestChange.created_at, PaymentRequestChange.id)
    )
    return [str(status) for status in session.scalars(query)]


def shown(session: Session, request: PaymentRequest) -> tuple[Any, int]:
    session.expire_all()
    came = received_for(session, [request.id]).get(request.id)
    assert request.amount_paid == (came.paid if came else 0)
    return request.status, request.amount_paid


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_second_transfer_by_code_pays_it(
    session: Session, market: Market, stall: Stall, first: str, second: str
) -> None:
    """Every way tells the same."""
    request = make_payment_request(session, stall)
    pay(session, request, first, "FT00000001")
    take(session, stall, "FT00000001")
    assert shown(session, request) == (S.REVERSED, 0)
    pay(session, request, second, "FT00000002")
    assert shown(session, request) == (S.PAID, 50_000)
    assert history(session, request)[-3:] == ["paid", "reversed", "paid"]
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert kinds(session) == ["reversed"]
    take(session, stall, "FT00000002")
    assert (shown(session, request), balances(session, market)) == ((S.REVERSED, 0), {})


def test_third_is_too_much_all_the_same(session: Session, market: Market, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    notice(session, request, "FT00000001")
    take(session, stall, "FT00000001")
    notice(session, request, "FT00000002")
    assert notice(session, request, "FT00000003") == 1
    assert shown(session, request) == (S.OVERPAID, 100_000)
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
    take(session, stall, "FT00000003")
    assert shown(session, request) == (S.PAID, 50_000)


@pytest.mark.parametrize("way", WAYS)
def test_after_its_time_it_is_paid_late(session: Session, stall: Stall, way: str) -> None:
    request = make_payment_request(session, stall)
    pay(session, request, way, "FT00000001")
    take(session, stall, "FT00000001")
    request.created_at, request.expires_at = now() - timedelta(days=3), now() - timedelta(days=2)
    session.commit()
    pay(session, request, way, "FT00000002")
    assert shown(session, request) == (S.PAID_LATE, 50_000)
    assert kinds(session) == ["late", "reversed"]


def test_what_is_left_counts(session: Session, market: Market, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    notice(session, request, "FT00000001", 30_000)
    notice(session, request, "FT00000002", 20_000)
    take(session, stall, "FT00000001", 30_000)
    assert shown(session, request) == (S.REVERSED, 20_000)
    notice(session, request, "FT00000003", 10_000)
    assert shown(session, request) == (S.PARTLY_PAID, 30_000)
    notice(session, request, "FT00000004", 20_000)
    assert shown(session, request) == (S.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_what_was_too_much_before_waits_for_a_person(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    notice(session, request, "FT00000001")
    notice(session, request, "FT00000002")
    take(session, stall, "FT00000001")
    assert shown(session, request) == (S.REVERSED, 0)
    again = session.scalars(select(Payment).where(Payment.reference == "FT00000002")).one()
    decide(session, manager, exception_of(session, again), Wish(MATCH, request.id))
    assert shown(session, request) == (S.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_person_ties_other_money_to_it_and_takes_that_back(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    notice(session, request, "FT00000001")
    take(session, stall, "FT00000001")
    exception = exception_of(session, make_orphan(session, stall.channel, 50_000))
    (likely,) = list_suggestions(session, case_of(session, exception))
    assert (likely.request.id, likely.request.missing) == (request.id, 50_000)
    decide(session, manager, exception, Wish(MATCH, request.id))
    assert shown(session, request) == (S.PAID, 50_000)
    another = exception_of(session, make_orphan(session, stall.channel, 50_000))
    with pytest.raises(InvalidInput):
        decide(session, manager, another, Wish(MATCH, request.id))
    session.rollback()
    take_back(session, manager, get_exception(session, manager, exception.id))
    assert shown(session, request) == (S.REVERSED, 0)
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}


@pytest.mark.parametrize("way", WAYS)
def test_transfer_that_was_taken_back_is_not_taken_for_a_new_one(
    session: Session, stall: Stall, way: str
) -> None:
    """Whoever else tells of it later, by the same reference or one of another form."""
    request = make_payment_request(session, stall)
    pay(session, request, way, "FT00000001")
    take(session, stall, "FT00000001")
    if way == "line":
        assert notice(session, request, "FT00000001") == 0
    else:
        line = row(request.reference, reference="900077")
        assert outcomes(session, import_rows(session, stall, line, by_channel=True)) == ["duplicate"]
    assert (count_payments(session), shown(session, request)) == (1, (S.REVERSED, 0))


@pytest.mark.parametrize("way", WAYS)
def test_debit_that_was_none_leaves_the_first_money_over(
    session: Session, market: Market, stall: Stall, manager: Actor, way: str
) -> None:
    """The request is paid since, so the seller has it once."""
    request = make_payment_request(session, stall)
    pay(session, request, way, "FT00000001")
    first = session.scalars(select(Payment)).one()
    take(session, stall, "FT00000001")
    pay(session, request, way, "FT00000002")
    decide(session, manager, exception_of(session, first), RESTORE)
    assert shown(session, request)[0] is (S.OVERPAID if way == "notice" else S.PAID)
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}
    assert kinds(session) == ["duplicate"]


def test_tolerated_difference_is_booked_once(session: Session, market: Market, stall: Stall) -> None:
    market.tolerance = 1_000
    session.commit()
    request = make_payment_request(session, stall)
    for reference in ("FT00000001", "FT00000002"):
        notice(session, request, reference, 49_500)
        assert shown(session, request) == (S.PAID, 49_500)
        assert balances(session, market) == {"channel": 49_500, "rounding": 500, "seller": -50_000}
        take(session, stall, reference, 49_500)
        assert (shown(session, request), balances(session, market)) == ((S.REVERSED, 0), {})


def test_exceptions_name_what_was_taken(session: Session, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    notice(session, request, "FT00000001")
    take(session, stall, "FT00000001")
    notice(session, request, "FT00000002")
    taken = session.scalars(select(ReconciliationException)).one()
    assert (taken.payment_request_id, taken.amount) == (request.id, 50_000)
    with pytest.raises(InvalidInput):
        resolutions.resolve(
            session, manager_of(session, stall.market), taken.id, Wish(MATCH, request.id), "x"
        )
