"""What statements tell again: one transfer stays one, and two stay two."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Market,
    PaymentRequest,
    PaymentStatus,
    PayoutAccount,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services.queries.statements import list_statement_lines
from services.resolution_plans import Wish
from services.statements import importing
from tests.builders import anybody, make_payment_request
from tests.integration.services.desk import decide, manager_of
from tests.integration.services.statement_files import (
    at,
    balances,
    count_payments,
    import_rows,
    in_mb_layout,
    kinds,
    outcomes,
    read_to_the_end,
    row,
    timed,
    today,
    upload,
)
from tests.unit.services.statements.files import camt, camt_entry


def mb_row(reference: str, balance: int) -> Sequence[str]:
    return f"{today():%d/%m/%Y} 09:00:00", reference, "", "50.000", str(balance), "mua rau"


def account_of(session: Session, stall: Stall) -> bytes:
    return session.get_one(PayoutAccount, stall.payout_account_id).account_number.encode()


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


def test_one_transfer_that_two_tell_under_near_days_is_asked_about(session: Session, stall: Stall) -> None:
    """A bank may book it under another day, and a bank that counts from one each day may tell of another."""
    import_rows(session, stall, row("mua rau", reference="FT1", day=today() - timedelta(days=3)))
    assert import_rows(session, stall, row("mua rau", reference="FT1")).review == 1
    assert (count_payments(session), kinds(session)) == (1, ["maybe_same", "orphan"])


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


@pytest.mark.parametrize("reference", ["NOTPROVIDED", "Not-Provided", "NOREF", "none"])
def test_like_lines_whose_reference_says_nothing_are_two_transfers(
    session: Session, market: Market, stall: Stall, reference: str
) -> None:
    rows = row("mua rau", reference=reference), row("mua rau", reference=reference)
    assert outcomes(session, import_rows(session, stall, *rows)) == ["review", "review"]
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}
    assert outcomes(session, import_rows(session, stall, *rows)) == ["duplicate", "duplicate"]
    assert count_payments(session) == 2


def test_lines_of_one_file_that_say_different_things_are_apart_under_one_reference(
    session: Session, market: Market, stall: Stall
) -> None:
    day = at(9, 0, 7)
    rows = [
        row("mua rau", reference="FT9"),
        row("mua ca", reference="FT9"),
        timed(row("mua rau", reference="FT9"), day),
        timed(row("mua rau", reference="FT9"), day + timedelta(hours=1)),
        row("mua rau", reference="FT9", day=today() - timedelta(days=1)),
    ]
    assert outcomes(session, import_rows(session, stall, *rows)) == ["review"] * 5
    assert balances(session, market) == {"channel": 250_000, "suspense": -250_000}
    for again in (rows, rows[::-1], [rows[3], rows[3], rows[1]], rows[2:]):
        assert set(outcomes(session, import_rows(session, stall, *again))) == {"duplicate"}
    assert (count_payments(session), set(kinds(session))) == (5, {"orphan"})


def test_running_balance_tells_lines_of_one_reference_apart(session: Session, stall: Stall) -> None:
    first, second, third = (mb_row("FT9", balance) for balance in (1_050_000, 1_100_000, 1_150_000))
    assert outcomes(session, in_mb_layout(session, stall, first, second)) == ["review", "review"]
    assert outcomes(session, in_mb_layout(session, stall, second, first)) == ["duplicate", "duplicate"]
    assert outcomes(session, in_mb_layout(session, stall, first, second, third)) == ["duplicate"] * 2 + [
        "review"
    ]
    assert (count_payments(session), "maybe_same" in kinds(session)) == (3, False)


def test_another_balance_in_another_file_is_asked_about(session: Session, stall: Stall) -> None:
    in_mb_layout(session, stall, mb_row("FT9", 1_050_000))
    assert outcomes(session, in_mb_layout(session, stall, mb_row("FT9", 2_050_000))) == ["review"]
    assert (count_payments(session), kinds(session)) == (1, ["maybe_same", "orphan"])


@pytest.mark.parametrize(
    "other",
    [
        row("mua ca", reference="FT9"),
        row("mua rau 2", reference="FT9"),
        row("mua rau", reference="ft9", day=today() - timedelta(days=1)),
        timed(row("mua rau", reference="FT9"), at(11, 30, 7)),
    ],
)
def test_what_another_file_says_otherwise_under_one_reference_is_asked_about(
    session: Session, market: Market, stall: Stall, other: Sequence[str]
) -> None:
    import_rows(session, stall, timed(row("mua rau", reference="FT9"), at(9, 0, 7)))
    later = import_rows(session, stall, other)
    assert (outcomes(session, later), later.review) == (["review"], 1)
    assert (count_payments(session), kinds(session)) == (1, ["maybe_same", "orphan"])
    assert set(outcomes(session, import_rows(session, stall, other, other))) == {"duplicate"}
    manager = manager_of(session, market)
    query = select(ReconciliationException).where(ReconciliationException.kind == "maybe_same")
    decide(session, manager, session.scalars(query).one(), Wish(ResolutionAction.ANOTHER))
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}
    assert outcomes(session, import_rows(session, stall, other)) == ["duplicate"]


def test_one_line_told_before_answers_for_one_only(session: Session, stall: Stall) -> None:
    """A file with the time of day tells of two where the first, without, could have told of either."""
    import_rows(session, stall, row("mua rau", reference="FT9"))
    day = at(9, 0, 7)
    rows = [timed(row("mua rau", reference="FT9"), day + timedelta(hours=hours)) for hours in (0, 1)]
    assert outcomes(session, import_rows(session, stall, *rows)) == ["duplicate", "review"]
    assert (count_payments(session), kinds(session)) == (2, ["orphan", "orphan"])


def test_debits_of_one_reference_are_apart_too(session: Session, stall: Stall) -> None:
    rows = row("tra hang", -50_000, reference="FT9"), row("phi", -50_000, reference="FT9")
    assert outcomes(session, import_rows(session, stall, *rows)) == ["review", "review"]
    assert outcomes(session, import_rows(session, stall, *rows)) == ["duplicate", "duplicate"]


def test_parts_of_a_gathered_entry_are_apart_and_known_again(
    session: Session, market: Market, stall: Stall
) -> None:
    part = '<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="VND">50000</Amt></TxDtls>'
    entry = camt_entry("150000", "", "", more=part * 3).replace(
        "</Sts>", "</Sts><AcctSvcrRef>FT9</AcctSvcrRef>"
    )
    content = camt(entry).read().replace(b"1900000001", account_of(session, stall))
    for outcome in ("review", "duplicate"):
        statement = upload(session, stall, content)
        read_to_the_end(session, statement)
        assert outcomes(session, statement) == [outcome] * 3
    assert balances(session, market) == {"channel": 150_000, "suspense": -150_000}


def test_batches_of_one_file_know_of_each_other(
    session: Session, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    rows = row("mua rau", reference="FT9"), row("mua ca", reference="FT9"), row("mua rau", reference="FT9")
    assert outcomes(session, import_rows(session, stall, *rows)) == ["review", "review", "duplicate"]
    timed_rows = [timed(one, at(9, 0, 7)) for one in (rows[0], rows[0], rows[1])]
    assert set(outcomes(session, import_rows(session, stall, *timed_rows))) == {"duplicate"}
    assert (count_payments(session), set(kinds(session))) == (2, {"orphan"})


def test_debit_without_a_reference_takes_nothing_back_that_has_none(
    session: Session, market: Market, stall: Stall
) -> None:
    import_rows(session, stall, row("mua rau", reference="NOTPROVIDED"))
    import_rows(session, stall, row("phi NOTPROVIDED", -50_000, reference="NOTPROVIDED"))
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
