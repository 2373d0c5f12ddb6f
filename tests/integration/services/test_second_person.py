"""Above a market's limit a decision takes effect once a second, different person has agreed."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput
from models import (
    CollectionChannel,
    ExceptionStatus,
    Market,
    PaymentRequest,
    PaymentStatus,
    Refund,
    RefundStatus,
    ResolutionAction,
    ResolutionStatus,
    Stall,
)
from services import resolutions
from services.access import Actor
from services.resolution_plans import Wish
from services.second_person import let_go_alone
from tests.builders import (
    make_market,
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services.desk import (
    TYPED,
    balances,
    decide,
    exception_of,
    give_back,
    manager_of,
    take_back,
    tell_payer,
)

MATCH, REFUND = ResolutionAction.MATCH, ResolutionAction.REFUND
WRITE_OFF, IGNORE = ResolutionAction.WRITE_OFF, ResolutionAction.IGNORE


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


def shown(session: Session, request: PaymentRequest) -> PaymentRequest:
    session.rollback()
    session.expire_all()
    return session.get_one(PaymentRequest, request.id)


def match(request: PaymentRequest, amount: int | None = None) -> Wish:
    return Wish(MATCH, request.id, amount)


def test_large_sums_need_a_second_person(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    assert market.second_person_limit == 2_000_000
    payment = make_orphan(session, channel, 2_000_001)
    exception = exception_of(session, payment)
    made = decide(session, manager, exception, Wish(WRITE_OFF))
    assert (made.status, made.approved_by) == (ResolutionStatus.PROPOSED, None)
    assert balances(session, market) == {"channel": 2_000_001, "suspense": -2_000_001}
    with pytest.raises(Conflict):
        decide(session, manager, exception, Wish(IGNORE))
    session.rollback()
    with pytest.raises(Forbidden):
        resolutions.approve(session, manager, exception.id)
    session.rollback()
    second = manager_of(session, market)
    approved = resolutions.approve(session, second, exception.id)
    session.commit()
    assert (approved.status, approved.approved_by) == (ResolutionStatus.DONE, second.user_id)
    assert balances(session, market) == {"channel": 2_000_001, "write_off": -2_000_001}
    assert exception_of(session, payment).status is ExceptionStatus.RESOLVED


def test_limit_itself_needs_nobody_and_is_the_markets_own(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    one = exception_of(session, make_orphan(session, channel, 2_000_000))
    assert decide(session, manager, one, Wish(IGNORE)).status is ResolutionStatus.DONE
    session.execute(update(Market).values(second_person_limit=10_000))
    session.commit()
    session.expire_all()
    other = exception_of(session, make_orphan(session, channel, 10_001))
    assert decide(session, manager, other, Wish(IGNORE)).status is ResolutionStatus.PROPOSED


def test_proposal_is_withdrawn_and_leaves_nothing(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel, 3_000_000)
    exception = exception_of(session, payment)
    decide(session, manager, exception, Wish(REFUND, account=TYPED))
    take_back(session, manager, exception)
    assert session.scalars(select(Refund)).one().status is RefundStatus.REJECTED
    with pytest.raises(Conflict):
        resolutions.approve(session, manager_of(session, market), exception.id)
    session.rollback()
    assert balances(session, market) == {"channel": 3_000_000, "suspense": -3_000_000}
    assert decide(session, manager, exception, Wish(REFUND, account=TYPED)).status == "proposed"


def test_proposal_that_no_longer_fits_is_not_carried_out(
    session: Session, market: Market, channel: CollectionChannel, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall, amount=3_000_000)
    exception = exception_of(session, make_orphan(session, channel, 3_000_000))
    decide(session, manager, exception, match(request))
    make_payment(session, request)
    with pytest.raises(Conflict):
        resolutions.approve(session, manager_of(session, market), exception.id)


def test_approved_match_and_refund(
    session: Session, market: Market, channel: CollectionChannel, stall: Stall, manager: Actor
) -> None:
    second = manager_of(session, market)
    request = make_payment_request(session, stall, amount=3_000_000)
    one, other = (exception_of(session, make_orphan(session, channel, 3_000_000)) for _ in range(2))
    decide(session, manager, one, match(request))
    resolutions.approve(session, second, one.id)
    decide(session, manager, other, Wish(REFUND, account=TYPED))
    resolutions.approve(session, second, other.id)
    session.commit()
    assert shown(session, request).status is PaymentStatus.PAID
    assert session.scalars(select(Refund)).one().status is RefundStatus.WAITING


def test_operator_sets_the_limit(app: Flask, session: Session, market: Market) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["set-second-person-limit", market.code, "500000"]).output == "set\n"
    session.expire_all()
    assert session.get_one(Market, market.id).second_person_limit == 500_000
    assert runner.invoke(args=["set-second-person-limit", "CH0", "1"]).exit_code == 1
    assert runner.invoke(args=["set-second-person-limit", market.code, "--", "-1"]).exit_code == 2


def test_parts_are_compared_with_the_limit_as_one(
    session: Session, channel: CollectionChannel, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall, amount=6_000_000)
    exception = exception_of(session, make_orphan(session, channel, 6_000_000))
    made = [decide(session, manager, exception, match(request, 1_500_000)) for _ in range(2)]
    assert [(one.status, one.needs_approval) for one in made] == [("done", False), ("proposed", True)]
    resolutions.approve(
        session, manager_of(session, session.get_one(Market, exception.market_id)), exception.id
    )
    session.commit()
    assert decide(session, manager, exception, Wish(WRITE_OFF)).status == "proposed"


def test_what_two_people_decided_is_undone_by_two(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    second = manager_of(session, market)
    exception = exception_of(session, make_orphan(session, channel, 3_000_000))
    made = decide(session, manager, exception, Wish(WRITE_OFF))
    resolutions.approve(session, second, exception.id)
    session.commit()
    proposal = take_back(session, manager, exception)
    assert (proposal.action, proposal.status, proposal.undoes_id) == ("undo", "proposed", made.id)
    assert balances(session, market) == {"channel": 3_000_000, "write_off": -3_000_000}
    with pytest.raises(Forbidden):
        resolutions.approve(session, manager, exception.id)
    session.rollback()
    approved = resolutions.approve(session, second, exception.id)
    session.commit()
    session.refresh(made)
    assert (approved.id, approved.status, made.status) == (proposal.id, "done", "undone")
    assert (made.undone_by, made.undo_reason) == (manager.user_id, "Nhầm quầy")
    assert balances(session, market) == {"channel": 3_000_000, "suspense": -3_000_000}
    session.refresh(exception)
    assert exception.status is ExceptionStatus.OPEN


def test_proposal_to_undo_that_is_withdrawn_changes_nothing(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    second = manager_of(session, market)
    exception = exception_of(session, make_orphan(session, channel, 3_000_000))
    made = decide(session, manager, exception, Wish(WRITE_OFF))
    resolutions.approve(session, second, exception.id)
    session.commit()
    take_back(session, manager, exception)
    session.refresh(exception)
    assert exception.status is ExceptionStatus.OPEN
    with pytest.raises(Conflict):
        resolutions.undo(session, second, exception.id, "Nhầm", made.id)
    session.rollback()
    assert take_back(session, second, exception).status == "undone"
    session.refresh(made)
    session.refresh(exception)
    assert (made.status, exception.status) == ("done", ExceptionStatus.RESOLVED)
    assert balances(session, market) == {"channel": 3_000_000, "write_off": -3_000_000}


def test_account_that_a_person_typed_needs_a_second_one(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    exception = exception_of(session, make_orphan(session, channel, 10_000))
    made = decide(session, manager, exception, Wish(REFUND, account=TYPED))
    assert (made.status, made.needs_approval) == (ResolutionStatus.PROPOSED, True)
    resolutions.approve(session, manager_of(session, market), exception.id)
    session.commit()
    refund = session.scalars(select(Refund)).one()
    assert (refund.status, refund.account_number) == (RefundStatus.WAITING, TYPED["account_number"])


def test_known_payers_account_is_not_overridden(
    session: Session, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    tell_payer(session, payment)
    exception = exception_of(session, payment)
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, Wish(REFUND, account=TYPED))
    assert list(refusal.value.errors) == ["payer_account"]
    session.rollback()
    told = TYPED | {"account_number": "10000000001"}
    assert decide(session, manager, exception, Wish(REFUND, account=told)).status is ResolutionStatus.DONE


def test_payer_who_became_known_stops_what_was_proposed(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    payment = make_orphan(session, channel)
    exception = exception_of(session, payment)
    decide(session, manager, exception, Wish(REFUND, account=TYPED))
    tell_payer(session, payment)
    with pytest.raises(Conflict):
        resolutions.approve(session, manager_of(session, market), exception.id)


def test_what_one_person_lets_go_in_a_day_is_added_up(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    first, second, third, fourth = (make_orphan(session, channel, 1_000_000) for _ in range(4))
    assert give_back(session, manager, first).status is ResolutionStatus.DONE
    made = decide(session, manager, exception_of(session, second), Wish(WRITE_OFF))
    assert made.status is ResolutionStatus.DONE
    assert let_go_alone(session, manager, market.id) == 2_000_000
    assert give_back(session, manager, third).status is ResolutionStatus.PROPOSED
    another = manager_of(session, market)
    assert decide(session, another, exception_of(session, fourth), Wish(WRITE_OFF)).status == "done"
    take_back(session, manager, exception_of(session, third))
    take_back(session, manager, exception_of(session, second))
    assert decide(session, manager, exception_of(session, third), Wish(REFUND)).status == "done"


def test_only_what_was_let_go_alone_today_and_at_this_market_counts(
    session: Session, market: Market, channel: CollectionChannel, manager: Actor
) -> None:
    decided = [make_orphan(session, channel, 1_500_000) for _ in range(3)]
    decide(session, manager, exception_of(session, decided[0]), Wish(IGNORE))
    assert let_go_alone(session, manager, market.id) == 0
    decide(session, manager, exception_of(session, decided[1]), Wish(WRITE_OFF))
    decide(session, manager, exception_of(session, decided[2]), Wish(WRITE_OFF))
    resolutions.approve(session, manager_of(session, market), exception_of(session, decided[2]).id)
    session.commit()
    assert let_go_alone(session, manager, market.id) == 1_500_000
    assert let_go_alone(session, manager, make_market(session).id) == 0
    with session.begin_nested():
        session.execute(text("ALTER TABLE resolutions DISABLE TRIGGER append_only"))
        session.execute(text("UPDATE resolutions SET created_at = created_at - interval '1 day'"))
        assert let_go_alone(session, manager, market.id) == 0
    session.rollback()


def test_two_decisions_at_once_do_not_pass_the_limit_together(
    session: Session, engine: Engine, channel: CollectionChannel, manager: Actor
) -> None:
    found = [exception_of(session, make_orphan(session, channel, 1_500_000)).id for _ in range(4)]
    session.rollback()

    def write_off(exception_id: UUID) -> str:
        with Session(engine) as own, own.begin():
            return resolutions.resolve(own, manager, exception_id, Wish(WRITE_OFF), "Quá lâu").status

    with ThreadPoolExecutor(len(found)) as pool:
        assert sorted(pool.map(write_off, found)) == ["done", "proposed", "proposed", "proposed"]
