"""Every sum of money that people are shown is what the journal has, day by day: paid, in part, too much, too late,
taken back by the bank, paid back, written off, in cash."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, aliased

from core.clock import business_day, now
from gateways.payouts import Payout, PayoutStatus
from models import (
    AccountKind,
    CollectionChannel,
    ExceptionKind,
    JournalAccount,
    JournalEntry,
    Market,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Refund,
    ResolutionAction,
    Stall,
    YearRevenue,
)
from services import cash_notes, refunds
from services.access import Actor, actor_of
from services.queries.day_closes import day_figures
from services.queries.programme import count_by_commune, total_of
from services.queries.reports import GroupBy, payments_report
from services.queries.revenue_books import open_revenue_book
from services.queries.stall_payments import totals_of_days
from services.resolution_plans import Wish
from tests import builders
from tests.builders import anybody
from tests.integration.services.desk import decide, exception_of, give_back, manager_of
from tests.integration.services.statement_files import import_rows, row, timed
from tests.revenues import keep_revenues

TODAY = business_day(now())
YESTERDAY = TODAY - timedelta(days=1)
DAYS = (YESTERDAY, TODAY)


class Place(NamedTuple):
    market: Market
    channel: CollectionChannel
    stalls: list[Stall]
    manager: Actor


@pytest.fixture
def place(session: Session) -> Place:
    """Two stalls on payOS, one that is paid directly."""
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    stalls = [
        builders.make_stall(session, market, channel_id=channel.id, row="Dãy A"),
        builders.make_stall(session, market, channel_id=channel.id),
        builders.make_stall(session, market, row="Dãy A"),
    ]
    return Place(market, channel, stalls, manager_of(session, market))


def at(day: date) -> datetime:
    """Some moment of the day that is over."""
    return now() - timedelta(days=(TODAY - day).days, minutes=1)


@pytest.fixture
def lived(session: Session, place: Place) -> Place:
    """Two days with something of everything."""
    first, second, direct = place.stalls

    def ask(stall: Stall, amount: int = 50_000) -> PaymentRequest:
        return builders.make_payment_request(session, stall, amount=amount)

    def pay(stall: Stall, amount: int, day: date = TODAY, asked: int = 50_000) -> Payment:
        return builders.make_payment(session, ask(stall, asked), amount, at(day))

    pay(first, 50_000)
    pay(first, 20_000, YESTERDAY)
    over = pay(second, 60_000, YESTERDAY)
    run_out = ask(second)
    run_out.created_at, run_out.expires_at = now() - timedelta(hours=1), now() - timedelta(minutes=2)
    late = builders.make_payment(session, run_out, occurred_at=at(TODAY))
    back_tomorrow, back_at_once = pay(first, 30_000, YESTERDAY, 30_000), pay(second, 25_000, TODAY, 25_000)
    for payment in (back_tomorrow, back_at_once):
        debit = row(f"HOAN TRA {payment.reference}", -payment.amount)
        import_rows(session, first, timed(debit, now()), by_channel=True)
    pay_back(session, place, over)
    pay_back(session, place, builders.make_orphan(session, place.channel, 70_000, at(YESTERDAY)))
    builders.make_orphan(session, place.channel, 11_000)
    lost = builders.make_orphan(session, place.channel, 12_000, at(YESTERDAY))
    decide(session, place.manager, exception_of(session, lost), Wish(ResolutionAction.WRITE_OFF))
    tied = builders.make_orphan(session, place.channel, 45_000, at(YESTERDAY))
    wish = Wish(ResolutionAction.MATCH, payment_request_id=ask(first, 45_000).id)
    decide(session, place.manager, exception_of(session, tied), wish)
    asked = ask(direct)
    import_rows(session, direct, row(asked.reference, 15_000), row(direct.reference, 8_000))
    holder = actor_of(builders.make_stallholder(session, first))
    cash_notes.note_cash(session, holder, first.id, 9_000, occurred_at=at(YESTERDAY))
    noted, _ = cash_notes.note_cash(session, holder, first.id, 5_000)
    cash_notes.void_cash_note(session, holder, noted.id)
    session.commit()
    session.expire_all()
    assert late.amount == 50_000
    return place


def pay_back(session: Session, place: Place, payment: Payment) -> None:
    """As the provider does it, today."""
    give_back(session, place.manager, payment)
    refund = session.scalars(select(Refund).where(Refund.payment_id == payment.id)).one()
    refunds.prepare_payout(session, refund.id)
    refunds.record_payout(session, refund.id, Payout("P1", "x", refund.amount, PayoutStatus.DONE))
    session.commit()


Moved = Counter[date]


def moved(
    session: Session, place: Place, kind: AccountKind, where: Callable[[JournalEntry, Payment], bool] = bool
) -> Moved:
    """By business day: what the market's accounts of that kind were debited less what they were credited."""
    debited, credited = aliased(JournalAccount), aliased(JournalAccount)
    query = (
        select(JournalEntry, Payment, debited.kind, credited.kind)
        .join(debited, debited.id == JournalEntry.debit_account_id)
        .join(credited, credited.id == JournalEntry.credit_account_id)
        .outerjoin(Payment, Payment.id == JournalEntry.payment_id)
        .where(JournalEntry.market_id == place.market.id)
    )
    sums: Moved = Counter()
    for entry, payment, to, out_of in session.execute(query):
        if where is bool or where(entry, payment):
            sums[entry.business_day] += entry.amount * ((to == kind) - (out_of == kind))
    return sums


def of_a_stall(_: JournalEntry, payment: Payment) -> bool:
    return payment is not None and payment.stall_id is not None


def test_report_is_what_the_channels_took_by_day(session: Session, lived: Place) -> None:
    report = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, GroupBy.DAY)
    rows = {date.fromisoformat(row.key): row for row in report.rows if row.key}
    taken = moved(session, lived, AccountKind.CHANNEL)
    for_stalls = moved(session, lived, AccountKind.CHANNEL, of_a_stall)
    written_off = {YESTERDAY: 12_000, TODAY: 0}
    for day in DAYS:
        assert rows[day].cashless == for_stalls[day]
        assert rows[day].cashless + rows[day].unmatched + written_off[day] == taken[day]
        assert rows[day].cash == moved(session, lived, AccountKind.CASH)[day]
    assert [rows[day].refunded for day in DAYS] == [0, 30_000 + 25_000 + 10_000 + 70_000]
    assert report.totals.cashless == sum(for_stalls.values())
    suspense = -sum(moved(session, lived, AccountKind.SUSPENSE).values())
    assert report.totals.unmatched == suspense == 11_000


def test_nothing_that_went_back_is_income(session: Session, lived: Place) -> None:
    """In all it is what sellers have: what was taken back, paid back or written off is in no figure."""
    report = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, GroupBy.DAY)
    sellers = -sum(moved(session, lived, AccountKind.SELLER).values())
    assert report.totals.cashless + report.totals.cash == sellers


def test_what_the_bank_did_not_take_after_all_is_income_again(session: Session, lived: Place) -> None:
    taken = select(ReconciliationException).where(ReconciliationException.kind == ExceptionKind.REVERSED)
    for exception in session.scalars(taken).all():
        decide(session, lived.manager, exception, Wish(ResolutionAction.RESTORE))
    session.expire_all()
    report = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, GroupBy.DAY)
    assert report.totals.refunded == 10_000 + 70_000
    test_nothing_that_went_back_is_income(session, lived)
    test_programme_and_till_say_the_same(session, lived)
    test_revenue_books_say_the_same(session, lived)


@pytest.mark.parametrize("group_by", GroupBy)
def test_however_it_is_grouped_it_is_the_same(session: Session, lived: Place, group_by: GroupBy) -> None:
    whole = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, GroupBy.DAY).totals
    report = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, group_by)
    assert report.totals == whole
    for name in ("cashless", "cash", "refunded", "unmatched", "payments"):
        assert sum(getattr(row, name) for row in report.rows) == getattr(whole, name), name


@pytest.mark.parametrize("day", DAYS)
def test_days_close_says_the_same_and_asks_once(
    session: Session, engine: Engine, lived: Place, day: date
) -> None:
    statements: list[str] = []
    listen = partial(_remember, statements)
    event.listen(engine, "before_cursor_execute", listen)
    figures = day_figures(session, lived.manager, lived.market.id, day)
    event.remove(engine, "before_cursor_execute", listen)
    assert sum("cash_notes" in statement for statement in statements) == 1
    for group_by, rows in (
        (GroupBy.STALL, figures.stalls),
        (GroupBy.ROW, figures.rows),
        (GroupBy.CHANNEL, figures.channels),
    ):
        report = payments_report(session, lived.manager, lived.market.id, day, day, group_by)
        told = [row for row in report.rows if row.payments or row.cash or row.refunded]
        assert [asdict(row) for row in rows] == [
            asdict(row) | {"next_bank_day": here.next_bank_day} for row, here in zip(told, rows, strict=True)
        ]
        assert figures.totals == report.totals
    came = moved(session, lived, AccountKind.CHANNEL, lambda entry, _: not went_back(entry))
    assert figures.came == came[day]


def _remember(statements: list[str], *happened: Any) -> None:
    statements.append(happened[2])


def went_back(entry: JournalEntry) -> bool:
    return entry.key.startswith(("refund:", "reversal:"))


def test_programme_and_till_say_the_same(session: Session, lived: Place) -> None:
    report = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, GroupBy.STALL)
    counts = total_of(count_by_commune(session, anybody(session), YESTERDAY, TODAY))
    assert counts.amount == sum(moved(session, lived, AccountKind.CHANNEL).values())
    rows = {row.key: row for row in report.rows}
    for stall in lived.stalls:
        totals = totals_of_days(session, lived.manager, stall.id, DAYS)
        assert sum(total.amount for total in totals.values()) == rows[str(stall.id)].cashless
        assert sum(total.payments for total in totals.values()) == rows[str(stall.id)].payments
        taken = moved(
            session,
            lived,
            AccountKind.CHANNEL,
            lambda _, p, own=stall.id: p is not None and p.stall_id == own,
        )
        assert {day: total.amount for day, total in totals.items()} == dict(taken)


def test_revenue_books_say_the_same(session: Session, lived: Place) -> None:
    years = {day.year for day in DAYS}
    books = [
        open_revenue_book(session, anybody(session), stall.seller_id, year).book
        for stall in lived.stalls
        for year in years
    ]
    report = payments_report(session, lived.manager, lived.market.id, YESTERDAY, TODAY, GroupBy.DAY).totals
    assert sum(book.total.cashless for book in books) == report.cashless
    assert sum(book.total.cash for book in books) == report.cash
    keep_revenues(session)
    kept = sum(row.revenue for row in session.scalars(select(YearRevenue)))
    assert kept == sum(book.total.revenue for book in books)
