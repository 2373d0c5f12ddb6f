"""One transfer for requests of several stalls: whoever tells of it by stall gives each its part, as the journal does,
also when it goes back."""

from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.receipt_codes import ReceiptKind, receipt_code
from gateways.payouts import Payout, PayoutStatus
from models import (
    AccountKind,
    CollectionChannel,
    JournalAccount,
    JournalEntry,
    Market,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Refund,
    ResolutionAction,
    Stall,
)
from services import refunds, resolutions
from services.access import Actor, actor_of
from services.queries.day_closes import day_figures
from services.queries.lists import list_payments
from services.queries.receipts import get_receipt, get_stall_payment
from services.queries.reports import GroupBy, payments_report
from services.queries.revenue_books import open_revenue_book
from services.queries.reversals import list_reversal_alerts
from services.queries.stall_payments import till_of_day, totals_of_days
from services.resolution_plans import Wish
from tests import builders
from tests.integration.services.desk import TYPED, balances, decide, exception_of, manager_of
from tests.integration.services.statement_files import import_rows, outcomes, row

TODAY = business_day(now())
YESTERDAY = TODAY - timedelta(days=1)
DAYS = (YESTERDAY, TODAY)
REFERENCE = "FT0SHARED1"


class Place(NamedTuple):
    """Two stalls of one seller and one of another's, all on the market's payOS."""

    market: Market
    channel: CollectionChannel
    stalls: list[Stall]
    manager: Actor


@pytest.fixture
def place(session: Session) -> Place:
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    seller = builders.make_seller(session)
    stalls = [
        builders.make_stall(session, market, channel_id=channel.id, row="Dãy A", seller=seller),
        builders.make_stall(session, market, channel_id=channel.id, seller=seller),
        builders.make_stall(session, market, channel_id=channel.id, row="Dãy A"),
    ]
    return Place(market, channel, stalls, manager_of(session, market))


def ask(session: Session, place: Place, *at: int) -> list[PaymentRequest]:
    """30.000 ₫ at the first stall, 50.000 ₫ at the second, 20.000 ₫ at the third."""
    amounts = (30_000, 50_000, 20_000)
    return [builders.make_payment_request(session, place.stalls[n], amount=amounts[n]) for n in at]


def pay(session: Session, place: Place, *requests: PaymentRequest, day: date = TODAY) -> Payment:
    memo = " ".join(request.reference for request in requests)
    told = row(memo, sum(request.amount for request in requests), REFERENCE, day)
    statement = import_rows(session, place.stalls[0], told, by_channel=True)
    assert outcomes(session, statement) == ["matched"]
    return session.scalars(select(Payment).where(Payment.reference == REFERENCE)).one()


def of_sellers(session: Session, market: Market) -> dict[UUID | None, int]:
    """What the journal has for sellers, by stall."""
    sums: Counter[UUID | None] = Counter()
    for column, sign in ((JournalEntry.credit_account_id, 1), (JournalEntry.debit_account_id, -1)):
        query = (
            select(JournalEntry)
            .join(JournalAccount, JournalAccount.id == column)
            .where(JournalAccount.kind == AccountKind.SELLER, JournalEntry.market_id == market.id)
        )
        for entry in session.scalars(query):
            sums[entry.stall_id] += sign * entry.amount
    return {stall: amount for stall, amount in sums.items() if amount}


def agree(session: Session, place: Place, shares: tuple[int, int, int], unmatched: int = 0) -> None:
    """Every reader tells of these sums by stall, and of `unmatched` for none."""
    told = {stall.id: share for stall, share in zip(place.stalls, shares, strict=True)}
    assert of_sellers(session, place.market) == {stall: share for stall, share in told.items() if share}
    for group_by in GroupBy:
        report = payments_report(session, place.manager, place.market.id, YESTERDAY, TODAY, group_by)
        assert (report.totals.cashless, report.totals.unmatched) == (sum(shares), unmatched), group_by
        for name in ("cashless", "unmatched", "refunded", "payments"):
            assert sum(getattr(line, name) for line in report.rows) == getattr(report.totals, name), name
    by_stall = payments_report(session, place.manager, place.market.id, YESTERDAY, TODAY, GroupBy.STALL)
    cashless = {line.key: line.cashless for line in by_stall.rows}
    for stall, share in told.items():
        assert cashless[str(stall)] == share
        totals = totals_of_days(session, place.manager, stall, DAYS)
        assert sum(total.amount for total in totals.values()) == share
        holder = actor_of(builders.make_stallholder(session, session.get_one(Stall, stall)))
        assert totals_of_days(session, holder, stall, DAYS) == totals
    days = [day_figures(session, place.manager, place.market.id, day) for day in DAYS]
    closed: Counter[str | None] = Counter()
    for figures in days:
        closed.update({line.key: line.cashless for line in figures.stalls})
    assert {key: amount for key, amount in closed.items() if amount} == {
        str(stall): share for stall, share in told.items() if share
    }
    sellers = {stall.seller_id for stall in place.stalls}
    books = [
        open_revenue_book(session, builders.anybody(session), seller, year).book.total.cashless
        for seller in sellers
        for year in {day.year for day in DAYS}
    ]
    assert sum(books) == sum(shares)


def parts(session: Session, payment: Payment) -> list[tuple[str, int, str, int]]:
    receipt = get_receipt(session, receipt_code(ReceiptKind.PAYMENT, payment.id))
    return [(part.stall_number, part.amount, part.status.value, part.returned) for part in receipt.parts]


def pay_out(session: Session) -> None:
    """As the provider does it, today."""
    refund = session.scalars(select(Refund).order_by(Refund.created_at.desc())).first()
    assert refund
    refunds.prepare_payout(session, refund.id)
    refunds.record_payout(session, refund.id, Payout("P1", "x", refund.amount, PayoutStatus.DONE))
    session.commit()
    session.expire_all()


def give_back(session: Session, place: Place, exception: ReconciliationException) -> None:
    order_back(session, place, exception)
    pay_out(session)


def order_back(session: Session, place: Place, exception: ReconciliationException) -> None:
    decide(session, place.manager, exception, Wish(ResolutionAction.REFUND, account=TYPED))
    resolutions.approve(session, manager_of(session, place.market), exception.id)
    session.commit()


def test_each_stall_has_its_part_everywhere(session: Session, place: Place) -> None:
    payment = pay(session, place, *ask(session, place, 0, 2))
    assert (payment.stall_id, payment.shared) == (None, True)
    agree(session, place, (30_000, 0, 20_000))
    first, _, third = place.stalls
    assert parts(session, payment) == [
        (stall.number, amount, "received", 0)
        for stall, amount in sorted(((first, 30_000), (third, 20_000)), key=lambda part: part[0].number)
    ]
    for stall, amount in ((first, 30_000), (third, 20_000)):
        holder = actor_of(builders.make_stallholder(session, stall))
        till = till_of_day(session, holder, stall.id, TODAY)
        assert ([each.id for each in till.payments], till.total.payments) == ([payment.id], 1)
        assert till.parts == {payment.id: amount}
        assert get_stall_payment(session, holder, stall.id, payment.id) == (payment, amount)
        assert [each.id for each in list_payments(session, holder).items] == [payment.id]


def test_other_stalls_hear_nothing_of_it(session: Session, place: Place) -> None:
    pay(session, place, *ask(session, place, 0, 2))
    second = place.stalls[1]
    holder = actor_of(builders.make_stallholder(session, second))
    assert list_payments(session, holder).items == []
    assert till_of_day(session, holder, second.id, TODAY).total.amount == 0


def test_market_sees_it_once(session: Session, place: Place) -> None:
    payment = pay(session, place, *ask(session, place, 0, 2))
    builders.make_payment(session, ask(session, place, 1)[0])
    seen = list_payments(session, place.manager, market_id=place.market.id, limit=1)
    assert len(seen.items) == 1
    rest = list_payments(session, place.manager, market_id=place.market.id, cursor=seen.next_cursor)
    assert {seen.items[0].id, *(each.id for each in rest.items)} >= {payment.id}
    assert len(rest.items) == 1


@pytest.mark.parametrize("of", [(0, 2), (0, 1)], ids=["two sellers", "one seller"])
def test_reversal_takes_each_stalls_part_back(session: Session, place: Place, of: tuple[int, int]) -> None:
    payment = pay(session, place, *ask(session, place, *of), day=YESTERDAY)
    debit = row(f"HOAN TRA {REFERENCE}", -payment.amount)
    assert outcomes(session, import_rows(session, place.stalls[0], debit, by_channel=True)) == ["reversal"]
    agree(session, place, (0, 0, 0))
    assert {(part[2], part[3]) for part in parts(session, payment)} == {("reversed", 0)}
    assert balances(session, place.market) == {}
    place.market.alert_reversals = 1
    alerts = list_reversal_alerts(session, place.manager, place.market.id)
    assert {alert.stall_id for alert in alerts} == {place.stalls[n].id for n in of}


@pytest.mark.parametrize("of", [(0, 2), (0, 1)], ids=["two sellers", "one seller"])
def test_refund_takes_one_stalls_part_back_and_a_reversal_the_rest(
    session: Session, place: Place, of: tuple[int, int]
) -> None:
    requests = ask(session, place, *of)
    for request in requests:
        request.created_at, request.expires_at = now() - timedelta(days=3), now() - timedelta(days=2)
    session.commit()
    payment = pay(session, place, *requests)
    late = session.scalars(
        select(ReconciliationException).where(ReconciliationException.payment_request_id == requests[0].id)
    ).one()
    give_back(session, place, late)
    left = {of[1]: (30_000, 50_000, 20_000)[of[1]]}
    agree(session, place, (0, left.get(1, 0), left.get(2, 0)))
    returned = {part[0]: part[2:] for part in parts(session, payment)}
    assert returned[place.stalls[0].number] == ("refunded", 30_000)
    assert returned[place.stalls[of[1]].number] == ("received", 0)
    debit = row(f"HOAN TRA {REFERENCE}", -payment.amount)
    import_rows(session, place.stalls[0], debit, by_channel=True)
    agree(session, place, (0, 0, 0))


def test_bank_takes_what_is_on_its_way_back_from_each_stall(session: Session, place: Place) -> None:
    """Both are one seller's, so their money is put aside in one account."""
    requests = ask(session, place, 0, 1)
    for request in requests:
        request.created_at, request.expires_at = now() - timedelta(days=3), now() - timedelta(days=2)
    session.commit()
    payment = pay(session, place, *requests)
    for exception in session.scalars(select(ReconciliationException)).all():
        order_back(session, place, exception)
    for refund in session.scalars(select(Refund)).all():
        refunds.prepare_payout(session, refund.id)
    session.commit()
    assert balances(session, place.market) == {"channel": 80_000, "refunds": -80_000}
    debit = row(f"HOAN TRA {REFERENCE}", -payment.amount)
    import_rows(session, place.stalls[0], debit, by_channel=True)
    assert balances(session, place.market) == {}
    agree(session, place, (0, 0, 0))


def test_rest_that_a_person_gives_to_another_stall_is_that_stalls(session: Session, place: Place) -> None:
    first, third = ask(session, place, 0, 2)
    payment = builders.make_payment(session, first, 60_000)
    assert payment.stall_id == place.stalls[0].id
    over = exception_of(session, payment)
    made = Wish(ResolutionAction.MATCH, payment_request_id=third.id)
    decide(session, place.manager, over, made)
    session.expire_all()
    assert (payment.stall_id, payment.shared) == (None, True)
    agree(session, place, (30_000, 0, 20_000), unmatched=10_000)
    resolutions.undo(session, place.manager, over.id, "Nhầm quầy")
    session.commit()
    session.expire_all()
    assert (payment.stall_id, payment.shared) == (place.stalls[0].id, False)


def test_match_of_two_sellers_is_taken_apart_whole(session: Session, place: Place) -> None:
    payment = pay(session, place, *ask(session, place, 0, 1))
    third = ask(session, place, 2)[0]
    builders.make_payment(session, third)
    resolutions.unmatch(session, place.manager, payment.id, "Khớp nhầm")
    session.commit()
    session.expire_all()
    agree(session, place, (0, 0, third.amount), unmatched=80_000)
    assert balances(session, place.market) == {"channel": 100_000, "seller": -20_000, "suspense": -80_000}


def test_what_the_bank_books_later_is_told_by_stall(session: Session, place: Place) -> None:
    payment = pay(session, place, *ask(session, place, 0, 2))
    payment.bank_day = payment.business_day + timedelta(days=1)
    session.commit()
    figures = day_figures(session, place.manager, place.market.id, payment.business_day)
    later = {line.key: line.next_bank_day for line in figures.stalls}
    first, _, third = place.stalls
    assert later == {str(first.id): 30_000, str(third.id): 20_000}
    assert figures.next_bank_day == 50_000
