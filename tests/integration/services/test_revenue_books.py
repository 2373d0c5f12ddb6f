"""The revenue book: what it counts, by which rules, and when it warns."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Forbidden, InvalidInput, NotFound
from core.revenue_books import BookForm
from models import AccountKind, TaxRule
from services import cash_notes, journal
from services.access import actor_of
from services.cash_notes import note_cash, void_cash_note
from services.queries import revenue_books as queries
from services.queries.revenue_books import Reach, open_revenue_book
from services.reference_data import import_tax_rules
from tests import builders

YEAR = 2026
MARCH = datetime(YEAR, 3, 2, 3, tzinfo=UTC)
TODAY = datetime(YEAR, 11, 25, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules have dates, so these tests have one day."""
    monkeypatch.setattr(cash_notes, "now", lambda: TODAY)
    monkeypatch.setattr(queries, "now", lambda: TODAY)


@pytest.fixture
def stall(session: Session):
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    return builders.make_stall(session, market, channel_id=channel.id)


@pytest.fixture
def holder(session: Session, stall):
    return actor_of(builders.make_stallholder(session, stall))


@pytest.fixture
def rules(session: Session):
    """Adds rules for one test, and takes them away after it: the table is reference data."""
    added = []

    def add(**values: object) -> None:
        session.execute(insert(TaxRule).values(source="a law of tomorrow", **values))
        added.append((values["code"], values["valid_from"]))

    yield add
    session.rollback()


def sell(session: Session, stall, amount: int, moment: datetime = TODAY):
    request = builders.make_payment_request(session, stall, amount=amount)
    return builders.make_payment(session, request, amount, moment)


def book(session: Session, actor, stall, **asked):
    return open_revenue_book(session, actor, stall.seller_id, **asked)


def test_days_months_quarters_and_year_add_up(session: Session, stall, holder) -> None:
    sell(session, stall, 30_000, MARCH)
    sell(session, stall, 20_000, MARCH)
    sell(session, stall, 50_000)
    note_cash(session, holder, stall.id, 15_000)
    opened = book(session, holder, stall, form=BookForm.NOT_TAXED)
    first, today = opened.book.days
    assert (first.date, first.payments, first.cashless, first.cash_notes) == (MARCH.date(), 2, 50_000, 0)
    assert (today.payments, today.cash_notes, today.revenue) == (1, 1, 65_000)
    assert [line.revenue for line in opened.book.months] == [50_000, 65_000]
    assert opened.book.quarters[0].period == f"{YEAR}-Q1"
    assert sum(line.revenue for line in opened.book.quarters) == opened.book.total.revenue == 115_000
    assert (opened.book.form_name, opened.book.total.vat, opened.book.total.pit) == ("S1a-HKD", 0, 0)


def test_cash_taken_back_and_money_paid_back_are_no_revenue(session: Session, stall, holder) -> None:
    payment = sell(session, stall, 50_000)
    noted, _ = note_cash(session, holder, stall.id, 15_000)
    note_cash(session, holder, stall.id, 5_000)
    void_cash_note(session, holder, noted.id)
    market, seller = stall.market_id, stall.seller_id
    reversal = journal.Booking(
        key=f"reversal:{payment.id}",
        debit=journal.Account(market, AccountKind.SELLER, seller),
        credit=journal.Account(market, AccountKind.CHANNEL, stall.channel_id),
        amount=20_000,
        business_day=TODAY.date(),
        payment_id=payment.id,
    )
    journal.book(session, [reversal])
    (today,) = book(session, holder, stall).book.days
    assert (today.cashless, today.cash, today.payments, today.cash_notes) == (30_000, 5_000, 1, 1)


def test_a_day_on_which_everything_was_taken_back_is_not_written(session: Session, stall, holder) -> None:
    noted, _ = note_cash(session, holder, stall.id, 15_000)
    void_cash_note(session, holder, noted.id)
    assert book(session, holder, stall).book.days == []


def test_money_of_nobody_and_another_sellers_is_not_in_it(session: Session, stall, holder) -> None:
    request = builders.make_payment_request(session, stall, amount=50_000)
    builders.make_payment(session, request, 80_000)
    neighbour = builders.make_stall(session, stall.market, channel_id=stall.channel_id)
    sell(session, neighbour, 40_000)
    assert book(session, holder, stall).book.total.revenue == 50_000


def test_percentages_are_those_of_each_day(session: Session, stall, holder, rules) -> None:
    rules(code="vat_goods", valid_from=date(YEAR, 3, 3), unit="basis_points", number=200)
    note_cash(session, holder, stall.id, 1_000_050, occurred_at=MARCH)
    note_cash(session, holder, stall.id, 1_000_000)
    opened = book(session, holder, stall, form=BookForm.PERCENTAGE)
    first, today = opened.book.days
    assert (first.vat, first.pit) == (10_001, 5_000)
    assert (today.vat, today.pit) == (20_000, 5_000)
    assert (opened.book.total.vat, opened.book.total.pit) == (30_001, 10_000)
    assert (opened.book.vat_rate, opened.book.pit_rate, opened.book.form_name) == (200, 50, "S2a-HKD")


@pytest.mark.parametrize(
    ("revenue", "exempt", "einvoice", "form"),
    [
        (399_999_999, Reach.BELOW, Reach.BELOW, BookForm.NOT_TAXED),
        (400_000_000, Reach.NEAR, Reach.BELOW, BookForm.NOT_TAXED),
        (500_000_000, Reach.NEAR, Reach.BELOW, BookForm.NOT_TAXED),
        (500_000_001, Reach.PASSED, Reach.BELOW, BookForm.PERCENTAGE),
        (800_000_000, Reach.PASSED, Reach.NEAR, BookForm.PERCENTAGE),
        (1_000_000_000, Reach.PASSED, Reach.PASSED, BookForm.PERCENTAGE),
    ],
)
def test_it_warns_before_each_threshold(session, stall, holder, revenue, exempt, einvoice, form) -> None:
    note_cash(session, holder, stall.id, revenue)
    opened = book(session, holder, stall)
    assert [threshold.reach for threshold in opened.thresholds] == [exempt, einvoice]
    assert opened.book.form is form


def test_from_where_on_it_warns_is_a_rule_with_a_date(session: Session, stall, holder) -> None:
    today = business_day(now())
    session.add(
        TaxRule(code="warn_from", valid_from=today, unit="basis_points", number=9_000, source="Thử nghiệm")
    )
    note_cash(session, holder, stall.id, 449_999_999)
    assert book(session, holder, stall).thresholds[0].reach is Reach.BELOW
    note_cash(session, holder, stall.id, 1)
    assert book(session, holder, stall).thresholds[0].reach is Reach.NEAR


def test_a_year_before_the_forms_has_no_book(session: Session, stall, holder) -> None:
    with pytest.raises(InvalidInput) as refused:
        book(session, holder, stall, year=2025)
    assert list(refused.value.errors) == ["year"]


def test_who_may_read_it(session: Session, stall, holder) -> None:
    readers = [
        builders.make_clerk(session),
        builders.make_manager(session, stall.market),
        builders.make_administrator(session),
    ]
    for reader in readers:
        assert book(session, actor_of(reader), stall).seller.id == stall.seller_id
    elsewhere = builders.make_stall(session)
    strangers = [
        builders.make_clerk(session, builders.SA_PA),
        builders.make_manager(session, elsewhere.market),
        builders.make_stallholder(session, elsewhere),
        builders.make_officer(session),
    ]
    for stranger in strangers:
        with pytest.raises(NotFound):
            book(session, actor_of(stranger), stall)


def test_whoever_only_registered_a_seller_does_not_read_its_revenue(session: Session) -> None:
    manager = actor_of(builders.make_manager(session, builders.make_market(session)))
    seller = builders.make_seller(session, manager, commune_code=builders.SA_PA)
    with pytest.raises(Forbidden):
        open_revenue_book(session, manager, seller.id)


def test_loading_the_rules_again_changes_nothing_and_leaves_other_days(session: Session, rules) -> None:
    rules(code="vat_goods", valid_from=date(2099, 1, 1), unit="basis_points", number=200)
    before = session.query(TaxRule).count()
    assert import_tax_rules(session) == before - 1
    assert session.query(TaxRule).count() == before
