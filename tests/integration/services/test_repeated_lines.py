"""What statements tell again: one transfer stays one, and two stay two."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from models import (
    Market,
    PaymentRequest,
    PaymentStatus,
    Stall,
)
from services.queries.statements import list_statement_lines
from tests.builders import anybody, make_payment_request
from tests.integration.services.statement_files import (
    balances,
    count_payments,
    import_rows,
    kinds,
    outcomes,
    row,
    today,
)


def test_same_file_again_changes_nothing(session: Session, market: Market, stall: Stall) -> None:
    asked = [make_payment_request(session, stall) for _ in range(3)]
    rows = [row(request.reference) for request in asked] + [row("mua rau"), row("mua rau", reference="")]
    import_rows(session, stall, *rows)
    before = balances(session, market), kinds(session), count_payments(session)
    again = import_rows(session, stall, *rows)
    assert (again.lines, again.duplicates) == (5, 5)
    assert (balances(session, market), kinds(session), count_payments(session)) == before
    (line, *_) = list_statement_lines(session, anybody(session), again.id).items
    assert line.payment_request_references == []


def test_overlapping_period_adds_only_what_is_new(session: Session, stall: Stall) -> None:
    first, second, third = (make_payment_request(session, stall) for _ in range(3))
    rows = [row(request.reference) for request in (first, second, third)]
    import_rows(session, stall, *rows[:2])
    later = import_rows(session, stall, *rows[1:])
    assert outcomes(session, later) == ["duplicate", "matched"]
    assert count_payments(session) == 3


def test_row_twice_in_one_file_is_one_transfer(
    session: Session, stall: Stall, request_: PaymentRequest
) -> None:
    one = row(request_.reference)
    assert outcomes(session, import_rows(session, stall, one, one)) == ["matched", "duplicate"]


def test_reference_that_the_bank_uses_again_is_another_transfer(session: Session, stall: Stall) -> None:
    """Some banks count from one each day: money must not be taken for what was told weeks ago."""
    days = [today() - timedelta(days=ago) for ago in (20, 9, 0)]
    first, second, third = (row("mua rau", reference="000123", day=day) for day in days)
    assert import_rows(session, stall, second).duplicates == 0
    assert import_rows(session, stall, first, second, third).duplicates == 1
    assert import_rows(session, stall, third, second, first).duplicates == 3
    assert count_payments(session) == 3


def test_one_transfer_that_two_tell_under_near_days_is_one(session: Session, stall: Stall) -> None:
    import_rows(session, stall, row("mua rau", reference="FT1", day=today() - timedelta(days=3)))
    assert import_rows(session, stall, row("mua rau", reference="FT1")).duplicates == 1


def test_like_lines_without_a_reference_are_apart(session: Session, market: Market, stall: Stall) -> None:
    statement = import_rows(session, stall, row("mua rau", reference=""), row("mua rau", reference=""))
    assert outcomes(session, statement) == ["review", "review"]
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}


@pytest.mark.parametrize("files", [(30_000, 30_000, 30_000), (30_000, 60_000), (90_000,)])
@pytest.mark.parametrize("together", [True, False])
def test_parts_fill_the_request_and_the_rest_waits_for_a_person(
    session: Session,
    market: Market,
    stall: Stall,
    request_: PaymentRequest,
    files: Sequence[int],
    together: bool,
) -> None:
    rows = [row(request_.reference, amount) for amount in files]
    for batch in [rows] if together else [[one] for one in rows]:
        import_rows(session, stall, *batch)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    assert balances(session, market) == {"channel": 90_000, "seller": -50_000, "suspense": -40_000}
    assert set(kinds(session)) == {"overpaid"}


def test_part_of_what_is_asked_for_is_settled_by_the_right_code(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    statement = import_rows(session, stall, row(request_.reference, 30_000))
    assert (outcomes(session, statement), kinds(session)) == (["matched"], [])
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PARTLY_PAID, 30_000)
    assert balances(session, market) == {"channel": 30_000, "seller": -30_000}
    (line,) = list_statement_lines(session, anybody(session), statement.id).items
    assert line.payment_request_references == [request_.reference]
    assert (statement.matched, statement.review) == (1, 0)
