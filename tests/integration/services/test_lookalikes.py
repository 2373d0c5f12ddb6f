"""Transfers that two statements tell in different layouts: one payment, and a person is asked."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput
from models import (
    AuditEntry,
    ExceptionStatus,
    Market,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
    StatementLine,
)
from services import resolutions
from services.access import Actor
from services.queries.day_closes import day_figures
from services.resolution_plans import Wish
from tests.bank_notices import ACCOUNT
from tests.builders import anybody, make_stall, payout_account
from tests.integration.services.desk import decide, manager_of, take_back
from tests.integration.services.statement_files import (
    at,
    balances,
    count_payments,
    import_rows,
    in_mb_layout,
    kinds,
    outcomes,
    row,
    timed,
)
from tests.integration.services.told import tell

SAME, ANOTHER = Wish(ResolutionAction.SAME), Wish(ResolutionAction.ANOTHER)


def open_case(session: Session) -> ReconciliationException:
    query = select(ReconciliationException).where(
        ReconciliationException.kind == "maybe_same", ReconciliationException.status == ExceptionStatus.OPEN
    )
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def bare(memo: str = "mua rau", amount: int = 50_000) -> Sequence[str]:
    """In a layout without references."""
    return row(memo, amount, reference="")


def test_two_layouts_of_one_account_make_one_payment_and_a_question(
    session: Session, market: Market, stall: Stall
) -> None:
    first = import_rows(session, stall, row("Bán rau Sa Pa", 50_000))
    moment = at(9, 30, 12).strftime("%d/%m/%Y %H:%M:%S")
    second = in_mb_layout(session, stall, (moment, "", "", "50.000", "", "BAN RAU  SA PA"))
    assert (outcomes(session, first), outcomes(session, second)) == (["review"], ["review"])
    assert count_payments(session) == 1
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
    assert kinds(session) == ["maybe_same", "orphan"]
    case = open_case(session)
    line = session.get_one(StatementLine, case.statement_line_id)
    assert (case.payment_id, case.amount, line.statement_id) == (None, 50_000, second.id)
    assert session.get_one(StatementLine, line.looks_like_id).statement_id == first.id
    assert (second.lines, second.review) == (1, 1)


def test_one_layout_with_and_without_references_is_asked_about(session: Session, stall: Stall) -> None:
    import_rows(session, stall, bare())
    assert outcomes(session, import_rows(session, stall, row("mua rau"))) == ["review"]
    assert (count_payments(session), kinds(session)) == (1, ["maybe_same", "orphan"])


def test_two_references_are_two_transfers(session: Session, stall: Stall) -> None:
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, row("mua rau"))
    assert (count_payments(session), kinds(session)) == (2, ["orphan", "orphan"])


@pytest.mark.parametrize(
    "other",
    [bare("mua dau"), bare(amount=60_000), row("mua rau", reference="", day=at(0).date() - timedelta(1))],
)
def test_what_differs_is_another_transfer(session: Session, stall: Stall, other: Sequence[str]) -> None:
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, other)
    assert (count_payments(session), "maybe_same" in kinds(session)) == (2, False)


def test_two_times_are_two_transfers_but_seconds_left_out_are_not(session: Session, stall: Stall) -> None:
    import_rows(session, stall, timed(row("mua rau"), at(9, 30, 12)))
    import_rows(session, stall, timed(bare(), at(9, 31)))
    assert count_payments(session) == 2
    import_rows(session, stall, timed(bare(), at(9, 30)))
    assert (count_payments(session), kinds(session).count("maybe_same")) == (2, 1)


@pytest.mark.parametrize(("before", "now_told", "asked"), [(2, 3, 2), (3, 2, 2), (1, 1, 1)])
def test_only_as_many_are_asked_about_as_were_told_before(
    session: Session, stall: Stall, before: int, now_told: int, asked: int
) -> None:
    import_rows(session, stall, *(row("mua rau") for _ in range(before)))
    statement = import_rows(session, stall, *(bare() for _ in range(now_told)))
    assert kinds(session).count("maybe_same") == asked
    assert count_payments(session) == before + now_told - asked
    assert statement.review == now_told


def test_what_this_statement_tells_again_answers_for_nothing_more(session: Session, stall: Stall) -> None:
    one = bare()
    import_rows(session, stall, one)
    later = import_rows(session, stall, one, row("mua rau"))
    assert outcomes(session, later) == ["duplicate", "review"]
    assert (count_payments(session), kinds(session)) == (2, ["orphan", "orphan"])


def test_same_file_again_asks_nothing_again(session: Session, stall: Stall) -> None:
    import_rows(session, stall, row("mua rau"))
    again = bare()
    import_rows(session, stall, again)
    assert outcomes(session, import_rows(session, stall, again)) == ["duplicate"]
    assert (count_payments(session), kinds(session).count("maybe_same")) == (1, 1)


def test_same_transfer_moves_nothing_and_can_be_taken_back(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    import_rows(session, stall, row("mua rau"))
    statement = import_rows(session, stall, bare())
    before, case = balances(session, market), open_case(session)
    decide(session, manager, case, SAME)
    assert case.status is ExceptionStatus.RESOLVED
    session.refresh(statement)
    assert (outcomes(session, statement), statement.duplicates, statement.review) == (["duplicate"], 1, 0)
    assert (balances(session, market), count_payments(session)) == (before, 1)
    with pytest.raises(Conflict):
        resolutions.resolve(session, manager, case.id, ANOTHER, "Nhầm")
    session.rollback()
    take_back(session, manager, case)
    session.refresh(statement)
    assert (outcomes(session, statement), statement.review) == (["review"], 1)
    assert open_case(session).id == case.id
    noted = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("exception.%")))
    assert set(noted) == {"exception.same", "exception.undone"}


def test_other_transfer_is_taken_as_its_statement_would_have_been(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    import_rows(session, stall, row("mua rau"))
    statement = import_rows(session, stall, bare())
    case = open_case(session)
    decide(session, manager, case, ANOTHER)
    assert (case.status, kinds(session)) == (ExceptionStatus.RESOLVED, ["orphan", "orphan"])
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}
    session.refresh(statement)
    assert (statement.lines, statement.review, outcomes(session, statement)) == (1, 1, ["review"])
    with pytest.raises(Conflict):
        resolutions.resolve(session, manager, case.id, ANOTHER, "Bấm hai lần")
    session.rollback()
    assert count_payments(session) == 2


@pytest.mark.parametrize("amount", [50_000, 20_000])
def test_other_transfer_is_matched_by_its_code(
    session: Session, market: Market, stall: Stall, manager: Actor, request_: PaymentRequest, amount: int
) -> None:
    memo = f"tra {request_.reference}"
    import_rows(session, stall, row(memo, amount))
    statement = import_rows(session, stall, bare(memo, amount))
    settled = PaymentStatus.PAID if amount == 50_000 else PaymentStatus.PARTLY_PAID
    assert (request_.status, request_.amount_paid, count_payments(session)) == (settled, amount, 1)
    decide(session, manager, open_case(session), ANOTHER)
    session.expire_all()
    assert count_payments(session) == 2
    if amount == 20_000:
        assert (request_.amount_paid, kinds(session)) == (40_000, [])
        assert (statement.matched, statement.review) == (1, 0)
        assert balances(session, market) == {"channel": 40_000, "seller": -40_000}
    else:
        assert kinds(session) == ["duplicate"]
        assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}


def test_third_layout_asks_again_but_not_about_what_is_settled(
    session: Session, stall: Stall, manager: Actor
) -> None:
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, bare())
    decide(session, manager, open_case(session), SAME)
    third = import_rows(session, stall, timed(bare(), at(9)), timed(bare(), at(10)))
    assert kinds(session).count("maybe_same") == 1
    assert (count_payments(session), third.review) == (2, 2)


def test_notices_never_lean_on_a_line_that_waits_but_it_is_found_to_be_theirs(
    session: Session, market: Market, manager: Actor
) -> None:
    """Two like transfers at one time, the second told of by the bank's notice alone."""
    stall = make_stall(session, market, payout_account=payout_account(account_number=ACCOUNT))
    moment = at(0, 1)
    import_rows(session, stall, timed(row("mua rau"), moment))
    statement = import_rows(session, stall, timed(bare(), moment))
    for number in range(2):
        tell(session, stall, "mua rau", reference=f"MBVCB.{number}", at=moment)
    assert count_payments(session) == 2
    decide(session, manager, open_case(session), ANOTHER)
    session.refresh(statement)
    assert (count_payments(session), outcomes(session, statement)) == (2, ["duplicate"])
    assert (statement.duplicates, statement.review) == (1, 0)
    assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}


def test_nothing_else_can_be_decided_about_it_nor_this_about_others(
    session: Session, stall: Stall, manager: Actor
) -> None:
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, bare())
    case = open_case(session)
    orphan = session.scalars(
        select(ReconciliationException).where(ReconciliationException.kind == "orphan")
    ).one()
    for exception, action in ((case, "ignore"), (case, "write_off"), (orphan, "same"), (orphan, "another")):
        with pytest.raises(InvalidInput):
            resolutions.resolve(session, manager, exception.id, Wish(ResolutionAction(action)), "Thử")
        session.rollback()


def test_above_the_limit_two_people_decide(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    market.second_person_limit = 10_000
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, bare())
    case = open_case(session)
    decide(session, manager, case, ANOTHER)
    assert (case.status, count_payments(session)) == (ExceptionStatus.OPEN, 1)
    resolutions.approve(session, manager_of(session, market), case.id)
    session.commit()
    assert (case.status, count_payments(session)) == (ExceptionStatus.RESOLVED, 2)


def test_day_shows_it_open_until_it_is_decided(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    import_rows(session, stall, row("mua rau"))
    import_rows(session, stall, timed(bare(), at(9)))
    today = business_day(now())
    figures = day_figures(session, anybody(session), market.id, today)
    assert (figures.came, figures.open_count) == (50_000, 2)
    decide(session, manager, open_case(session), SAME)
    assert day_figures(session, anybody(session), market.id, today).open_count == 1
