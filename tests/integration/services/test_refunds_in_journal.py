"""Money on its way back lies in an account of its own: it is nobody's to decide about, and again where it was where it
does not go."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from gateways.payouts import Payout, PayoutStatus
from models import (
    CollectionChannel,
    ExceptionKind,
    JournalEntry,
    Market,
    Payment,
    ReconciliationException,
    Refund,
    RefundStatus,
    ResolutionAction,
    Stall,
)
from services import refund_entries, refunds, resolutions
from services.access import Actor
from services.queries.day_closes import day_figures
from services.queries.revenue_books import open_revenue_book
from services.resolution_plans import Wish, case_of
from tests.builders import (
    anybody,
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services.desk import balances, decide, exception_of, give_back
from tests.integration.services.statement_files import import_rows, outcomes, row

TODAY = business_day(now())
DONE, FAILED = PayoutStatus.DONE, PayoutStatus.FAILED


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


@pytest.fixture
def orphan(session: Session, channel: CollectionChannel) -> Payment:
    """70.000 ₫ in suspense."""
    return make_orphan(session, channel)


@pytest.fixture
def late(session: Session, stall: Stall) -> Payment:
    """50.000 ₫ that the stall's seller has, too late."""
    request = make_payment_request(session, stall)
    request.created_at, request.expires_at = now() - timedelta(hours=1), now() - timedelta(minutes=2)
    return make_payment(session, request)


def send(session: Session, refund: Refund) -> None:
    refunds.prepare_payout(session, refund.id)
    session.commit()


def hear(session: Session, refund: Refund, outcome: PayoutStatus) -> None:
    payout = Payout("P1", refund.idempotency_key, refund.amount, outcome)
    refunds.record_payout(session, refund.id, payout)
    session.commit()


def the_refund(session: Session) -> Refund:
    return session.scalars(select(Refund), execution_options={"populate_existing": True}).one()


def bank_takes(session: Session, stall: Stall, payment: Payment) -> None:
    debit = row(f"HOAN TRA {payment.reference}", -payment.amount)
    assert outcomes(session, import_rows(session, stall, debit, by_channel=True)) == ["reversal"]


def bank_did_not(session: Session, manager: Actor) -> None:
    kind = ReconciliationException.kind == ExceptionKind.REVERSED
    decide(
        session,
        manager,
        session.scalars(select(ReconciliationException).where(kind)).one(),
        Wish(ResolutionAction.RESTORE),
    )


@pytest.mark.parametrize(
    ("outcome", "after"), [(DONE, {}), (FAILED, {"channel": 70_000, "suspense": -70_000})]
)
def test_money_of_nobody_is_put_aside_until_it_has_gone(
    session: Session,
    market: Market,
    orphan: Payment,
    manager: Actor,
    outcome: PayoutStatus,
    after: dict[str, int],
) -> None:
    give_back(session, manager, orphan)
    assert balances(session, market) == {"channel": 70_000, "refunds": -70_000}
    send(session, the_refund(session))
    assert balances(session, market) == {"channel": 70_000, "refunds": -70_000}
    for _ in range(2):
        hear(session, the_refund(session), outcome)
        assert balances(session, market) == after


@pytest.mark.parametrize(("outcome", "after"), [(DONE, {}), (FAILED, {"channel": 50_000, "seller": -50_000})])
def test_what_a_seller_gives_back_is_put_aside_until_it_has_gone(
    session: Session,
    market: Market,
    late: Payment,
    manager: Actor,
    outcome: PayoutStatus,
    after: dict[str, int],
) -> None:
    give_back(session, manager, late)
    assert balances(session, market) == {"channel": 50_000, "refunds": -50_000}
    send(session, the_refund(session))
    hear(session, the_refund(session), outcome)
    assert balances(session, market) == after


def test_what_is_called_off_is_the_sellers_again_and_may_be_given_back_anew(
    session: Session, market: Market, late: Payment, manager: Actor
) -> None:
    made = give_back(session, manager, late)
    resolutions.undo(session, manager, made.exception_id, "Khách đã nhận hàng")
    session.commit()
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert case_of(session, exception_of(session, late)).kept == 50_000
    decide(session, manager, exception_of(session, late), Wish(ResolutionAction.REFUND, amount=20_000))
    assert balances(session, market) == {"channel": 50_000, "seller": -30_000, "refunds": -20_000}
    assert case_of(session, exception_of(session, late)).kept == 30_000


def test_only_proposed_it_is_where_it_was(
    session: Session, market: Market, late: Payment, manager: Actor
) -> None:
    market.second_person_limit = 0
    made = give_back(session, manager, late)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    resolutions.undo(session, manager, made.exception_id, "Khách đã nhận hàng")
    session.commit()
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


def test_revenue_book_has_it_until_it_has_gone(
    session: Session, stall: Stall, late: Payment, manager: Actor
) -> None:
    def told() -> tuple[int, int]:
        book = open_revenue_book(session, anybody(session), stall.seller_id, TODAY.year).book
        return book.total.cashless, sum(line.payments for line in book.days)

    give_back(session, manager, late)
    assert told() == (50_000, 1)
    send(session, the_refund(session))
    hear(session, the_refund(session), FAILED)
    assert told() == (50_000, 1)
    decide(session, manager, exception_of(session, late), Wish(ResolutionAction.REFUND))
    again = session.scalars(select(Refund).where(Refund.status == RefundStatus.WAITING)).one()
    send(session, again)
    hear(session, again, DONE)
    assert told() == (0, 1)


def test_what_did_not_go_on_another_day_is_no_payment_of_that_day(
    session: Session, stall: Stall, late: Payment, manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_back(session, manager, late)
    send(session, the_refund(session))
    tomorrow = now() + timedelta(days=1)
    monkeypatch.setattr(refund_entries, "now", lambda: tomorrow)
    hear(session, the_refund(session), FAILED)
    book = open_revenue_book(session, anybody(session), stall.seller_id, TODAY.year).book
    assert [line.date for line in book.days] == [late.business_day]


def test_days_close_counts_it_neither_as_matched_nor_as_open(
    session: Session, market: Market, orphan: Payment, late: Payment, manager: Actor
) -> None:
    def told() -> tuple[int, int, int]:
        found = day_figures(session, manager, market.id, TODAY)
        return found.came, found.matched, found.open_amount

    assert orphan.business_day == late.business_day == TODAY
    assert told() == (120_000, 50_000, 70_000)
    give_back(session, manager, orphan)
    assert told() == (120_000, 50_000, 0)
    give_back(session, manager, late)
    assert told() == (120_000, 0, 0)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("outcome", "after"), [(DONE, {}), (FAILED, {"channel": 50_000, "seller": -50_000})])
def test_debit_that_was_no_reversal_changes_nothing_in_the_end(
    session: Session,
    market: Market,
    stall: Stall,
    late: Payment,
    manager: Actor,
    when: str,
    outcome: PayoutStatus,
    after: dict[str, int],
) -> None:
    """Whether we hear of a refund that was sent before or after a person says so."""
    give_back(session, manager, late)
    send(session, the_refund(session))
    bank_takes(session, stall, late)
    assert balances(session, market) == {}
    if when == "before":
        hear(session, the_refund(session), outcome)
    bank_did_not(session, manager)
    if when == "after":
        assert balances(session, market) == {"channel": 50_000, "refunds": -50_000}
        hear(session, the_refund(session), outcome)
    assert balances(session, market) == after


def test_every_entry_of_a_refund_names_its_stall(
    session: Session, stall: Stall, late: Payment, manager: Actor
) -> None:
    give_back(session, manager, late)
    send(session, the_refund(session))
    hear(session, the_refund(session), DONE)
    stalls = session.scalars(select(JournalEntry.stall_id).where(JournalEntry.key.like("refund:%")))
    assert list(stalls) == [stall.id] * 2
