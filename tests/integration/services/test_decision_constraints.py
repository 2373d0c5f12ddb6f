"""What the database itself refuses about decisions and refunds, whoever writes."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Market, Payment, ReconciliationException, Resolution, ResolutionAction
from services.access import Actor
from services.resolution_plans import Wish
from tests.builders import make_market, make_orphan, make_payos_channel
from tests.integration.services.desk import decide, exception_of, give_back, manager_of


@pytest.fixture
def exception(session: Session) -> ReconciliationException:
    return exception_of(session, make_orphan(session, make_payos_channel(session, make_market(session))))


@pytest.fixture
def manager(session: Session, exception: ReconciliationException) -> Actor:
    return manager_of(session, session.get_one(Market, exception.market_id))


def refused(session: Session, statement: str, **values: Any) -> str:
    with pytest.raises(IntegrityError) as refusal:
        session.execute(text(statement), values)
    session.rollback()
    return str(refusal.value.orig.diag.constraint_name)  # type: ignore[union-attr]


COPY = """
    INSERT INTO resolutions (id, exception_id, action, status, reason, amount, needs_approval, decided_by,
        approved_by, undo_reason)
    SELECT gen_random_uuid(), exception_id, {action}, {status}, {reason}, {amount}, {needs_approval}, decided_by,
        {approved_by}, {undo_reason} FROM resolutions
"""
GOOD = {
    "action": "'ignore'",
    "status": "'proposed'",
    "reason": "'x'",
    "amount": "1",
    "needs_approval": "true",
    "approved_by": "NULL",
    "undo_reason": "NULL",
}


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"action": "'burn'"}, "ck_resolutions_action_known"),
        ({"action": "'match'"}, "ck_resolutions_request_where_matched"),
        ({"status": "'maybe'"}, "ck_resolutions_status_known"),
        ({"reason": "'  '"}, "ck_resolutions_reason_not_blank"),
        ({"amount": "0"}, "ck_resolutions_amount_positive"),
        ({"approved_by": "decided_by"}, "ck_resolutions_approved_by_another"),
        ({"status": "'done'"}, "ck_resolutions_done_once_approved"),
        ({"status": "'undone'"}, "ck_resolutions_undone_for_a_reason"),
        ({"undo_reason": "'x'"}, "ck_resolutions_undone_for_a_reason"),
    ],
)
def test_decision_that_cannot_be(
    session: Session,
    exception: ReconciliationException,
    manager: Actor,
    wrong: dict[str, str],
    constraint: str,
) -> None:
    decide(session, manager, exception, Wish(ResolutionAction.IGNORE))
    assert refused(session, COPY.format(**GOOD | wrong)) == constraint


def test_one_proposal_at_a_time(session: Session, exception: ReconciliationException, manager: Actor) -> None:
    decide(session, manager, exception, Wish(ResolutionAction.IGNORE))
    session.execute(text(COPY.format(**GOOD) + " LIMIT 1"))
    assert refused(session, COPY.format(**GOOD) + " LIMIT 1") == "uq_resolutions_proposed"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'done'", "ck_refunds_done_by_a_payout"),
        ("status = 'gone'", "ck_refunds_status_known"),
        ("source = 'seller'", "ck_refunds_seller_where_theirs"),
        ("amount = 70001", "ck_refunds_no_more_than_came"),
        ("amount = 0", "ck_refunds_amount_positive"),
    ],
)
def test_refund_that_cannot_be(
    session: Session, exception: ReconciliationException, manager: Actor, change: str, constraint: str
) -> None:
    payment = session.get_one(Payment, exception.payment_id)
    made: Resolution = give_back(session, manager, payment)
    assert made.amount == 70_000
    assert refused(session, f"UPDATE refunds SET {change}") == constraint


def test_limit_is_not_negative(session: Session, exception: ReconciliationException) -> None:
    statement = "UPDATE markets SET second_person_limit = -1 WHERE id = :id"
    assert (
        refused(session, statement, id=exception.market_id) == "ck_markets_second_person_limit_not_negative"
    )
