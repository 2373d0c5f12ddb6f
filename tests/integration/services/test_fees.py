"""Fees from the tariff to the receipt, on the real database."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.vietqr import decode
from models import (
    AccountKind,
    ExceptionStatus,
    FeeInvoice,
    FeeKind,
    FeePayment,
    FeeStatus,
    JournalAccount,
    JournalEntry,
    OutboxEvent,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
)
from services import fee_payments, fee_requests, fee_tariffs, fees, resolutions
from services.access import actor_of
from services.queries import fees as queries
from services.queries.day_closes import day_figures
from services.queries.reports import GroupBy, payments_report
from services.resolution_plans import Wish
from tests import builders
from tests.integration.services.fees import (
    FIRST,
    MONTH,
    TODAY,
    balances,
    issue,
    make_stall,
    make_tariff,
    transfer,
)


@pytest.fixture
def manager(session, market):
    return actor_of(builders.make_manager(session, market))


@pytest.fixture
def invoice(session, market, manager):
    """96.000 ₫ for a stall of 8 m²."""
    make_tariff(session, market)
    make_stall(session, market)
    issue(session, market, manager)
    return session.scalars(select(FeeInvoice)).one()


def test_fees_are_listed_as_one_walks_past_the_stalls(session, market, manager):
    make_tariff(session, market)
    walked = [("A", "A1"), ("A", "A2"), ("A", "A10"), ("B", "B1"), ("B", "B2"), (None, "9")]
    for row, number in reversed(walked):
        make_stall(session, market, row=row, number=number)
    issue(session, market, manager)
    listed = queries.list_fee_invoices(session, manager, market_id=market.id, period=MONTH).items
    assert [invoice.stall.number for invoice in listed] == [number for _, number in walked]


def events(session):
    return list(session.scalars(select(OutboxEvent.type).order_by(OutboxEvent.id)))


class TestTariffs:
    def test_a_new_rate_ends_the_open_one_the_day_before(self, session, market):
        old = make_tariff(session, market, valid_from=date(2026, 1, 1))
        new = make_tariff(session, market, rate=15_000, valid_from=date(2026, 7, 1))
        session.refresh(old)
        assert (old.valid_to, new.valid_to) == (date(2026, 6, 30), None)
        assert [t.rate for t in fee_tariffs.tariffs_on(session, market.id, date(2026, 6, 30))] == [12_000]
        assert [t.rate for t in fee_tariffs.tariffs_on(session, market.id, date(2026, 7, 1))] == [15_000]

    @pytest.mark.parametrize("row", [None, "A"])
    def test_two_rates_at_once_are_refused_by_the_database(self, session, market, row):
        make_tariff(session, market, valid_from=date(2026, 5, 1), valid_to=date(2026, 5, 31), row=row)
        with pytest.raises(InvalidInput) as refusal:
            make_tariff(session, market, valid_from=date(2026, 5, 31), row=row)
        assert "valid_from" in refusal.value.errors

    def test_rows_and_kinds_have_rates_of_their_own(self, session, market):
        make_tariff(session, market)
        make_tariff(session, market, row="A")
        make_tariff(session, market, kind=FeeKind.STALL_MONTH)
        make_tariff(session, builders.make_market(session))
        assert len(fee_tariffs.tariffs_on(session, market.id, TODAY)) == 3

    def test_only_the_markets_manager_sets_them(self, session, market, manager):
        stranger = actor_of(builders.make_manager(session, builders.make_market(session)))
        facts = {"kind": FeeKind.DAY, "rate": 5_000, "valid_from": FIRST}
        with pytest.raises(NotFound):
            fee_tariffs.set_tariff(session, stranger, market_id=market.id, **facts)
        clerk = actor_of(builders.make_clerk(session))
        with pytest.raises(Forbidden):
            fee_tariffs.set_tariff(session, clerk, market_id=market.id, **facts)


class TestIssuing:
    def test_every_stall_is_asked_once(self, session, market, manager):
        make_tariff(session, market)
        make_tariff(session, market, kind=FeeKind.STALL_MONTH, rate=70_000, row="B")
        stalls = [make_stall(session, market, row=row, area_m2=area) for row, area in (("A", 8), ("B", 4))]
        first, again = issue(session, market, manager), issue(session, market, manager)
        assert (first.issued, first.existing, first.total) == (2, 0, 166_000)
        assert (again.issued, again.existing, again.total) == (0, 2, 0)
        later = make_stall(session, market, area_m2=2.5)
        assert issue(session, market, manager).issued == 1
        found = {i.stall_id: i for i in session.scalars(select(FeeInvoice))}
        assert [found[s.id].amount for s in (*stalls, later)] == [96_000, 70_000, 30_000]
        assert all(i.reference.startswith("F") and i.status is FeeStatus.ISSUED for i in found.values())
        assert events(session).count("fee_invoices.issued.v1") == 2

    def test_a_stall_without_area_is_named_not_guessed(self, session, market, manager):
        make_tariff(session, market)
        make_stall(session, market, number="K7", area_m2=None)
        issued = issue(session, market, manager)
        assert (issued.issued, issued.left_out) == (0, ["K7"])

    def test_a_stall_is_asked_from_the_month_on_in_which_it_was_opened(self, session, market, manager):
        august, september = "2026-08", "2026-09"
        make_tariff(session, market, valid_from=date(2026, 8, 1))
        for number, opened in (
            ("K1", "2026-08-31T16:59Z"),
            ("K2", "2026-08-31T17:00Z"),
            ("K3", "2026-10-01"),
        ):
            stall = make_stall(session, market, number=number, area_m2=None if number == "K3" else 8)
            stall.created_at = datetime.fromisoformat(opened).astimezone(UTC)
        session.commit()
        first = issue(session, market, manager, august)
        assert (first.issued, first.existing, first.left_out) == (1, 0, [])
        assert session.scalars(select(FeeInvoice)).one().stall.number == "K1"
        assert issue(session, market, manager, september).issued == 2

    def test_two_managers_at_once_ask_once(self, session, engine, market, manager):
        make_tariff(session, market)
        for _ in range(30):
            make_stall(session, market)
        together = threading.Barrier(2)

        def issue_alone(results):
            with Session(engine) as own:
                together.wait()
                results.append(fees.issue_invoices(own, manager, market.id, MONTH).issued)
                own.commit()

        results: list[int] = []
        threads = [threading.Thread(target=issue_alone, args=(results,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(results) == 30
        assert session.scalar(select(func.count()).select_from(FeeInvoice)) == 30

    @pytest.mark.parametrize("period", ["2026-13", "2026-11-01", "tháng 11", "2099-01"])
    def test_what_is_no_month_is_refused(self, session, market, manager, period):
        make_tariff(session, market)
        with pytest.raises(InvalidInput) as refusal:
            fees.issue_invoices(session, manager, market.id, period)
        assert "period" in refusal.value.errors

    def test_a_market_without_tariff_asks_nobody(self, session, market, manager):
        make_stall(session, market)
        with pytest.raises(InvalidInput):
            fees.issue_invoices(session, manager, market.id, MONTH)

    def test_a_ticket_is_issued_once_a_day(self, session, market, manager):
        make_tariff(session, market, kind=FeeKind.DAY, rate=5_000)
        seller = builders.make_seller(session)
        first, new = fees.issue_ticket(session, manager, market.id, TODAY.isoformat(), seller.id)
        again, new_again = fees.issue_ticket(session, manager, market.id, TODAY.isoformat(), seller.id)
        assert (first.id, new, new_again) == (again.id, True, False)
        assert (first.amount, first.due_on, first.stall_id) == (5_000, TODAY, None)
        with pytest.raises(InvalidInput):
            fees.issue_ticket(session, manager, market.id, MONTH, seller.id)

    def test_cancelled_stays_cancelled_until_issued_anew(self, session, market, manager, invoice):
        fees.cancel_invoice(session, manager, invoice.id, "Quầy nghỉ cả tháng")
        session.commit()
        assert issue(session, market, manager).issued == 0
        make_tariff(session, market, kind=FeeKind.STALL_MONTH, rate=1_000)
        anew = fees.issue_anew(session, manager, invoice.id)
        assert (anew.amount, anew.period, anew.status) == (97_000, MONTH, FeeStatus.ISSUED)
        with pytest.raises(Conflict):
            fees.issue_anew(session, manager, invoice.id)

    def test_a_stallholder_sees_the_own_fees_only(self, session, market, invoice):
        other = make_stall(session, market)
        own_stall = session.get_one(type(other), invoice.stall_id)
        holder = actor_of(builders.make_stallholder(session, own_stall))
        neighbour = actor_of(builders.make_stallholder(session, other))
        assert [i.id for i in queries.list_fee_invoices(session, holder).items] == [invoice.id]
        assert queries.list_fee_invoices(session, neighbour).items == []
        with pytest.raises(NotFound):
            queries.get_fee_invoice(session, neighbour, invoice.id)
        with pytest.raises(Forbidden):
            fees.cancel_invoice(session, holder, invoice.id, "không muốn trả")

    def test_a_new_holder_of_the_stall_does_not_see_the_formers_fees(self, session, invoice):
        stall = session.get_one(builders.Stall, invoice.stall_id)
        holder = actor_of(builders.make_stallholder(session, stall))
        stall.seller_id = builders.make_seller(session).id
        session.commit()
        assert queries.list_fee_invoices(session, holder).items == []


class TestCash:
    def test_it_is_booked_once_and_pays_the_fee(self, session, market, manager, invoice):
        paid, new = fee_payments.note_cash(session, manager, invoice.id, 40_000)
        again, new_again = fee_payments.note_cash(session, manager, invoice.id, 40_000, id=paid.id)
        assert (paid.id, new, new_again) == (again.id, True, False)
        assert (invoice.status, invoice.remaining) == (FeeStatus.ISSUED, 56_000)
        fee_payments.note_cash(session, manager, invoice.id)
        session.commit()
        assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 96_000)
        assert balances(session, market) == {AccountKind.CASH: 96_000, AccountKind.FEES: -96_000}
        assert events(session).count("fee_invoice.paid.v1") == 1

    def test_more_than_remains_is_refused(self, session, manager, invoice):
        with pytest.raises(InvalidInput):
            fee_payments.note_cash(session, manager, invoice.id, 96_001)
        fee_payments.note_cash(session, manager, invoice.id)
        with pytest.raises(Conflict):
            fee_payments.note_cash(session, manager, invoice.id)

    def test_noted_by_mistake_it_is_undone_by_a_counter_entry(self, session, market, manager, invoice):
        paid, _ = fee_payments.note_cash(session, manager, invoice.id)
        for _ in range(2):
            fee_payments.undo_cash(session, manager, paid.id, "Ghi nhầm quầy")
        session.commit()
        assert (invoice.status, invoice.remaining) == (FeeStatus.ISSUED, 96_000)
        assert balances(session, market) == {AccountKind.CASH: 0, AccountKind.FEES: 0}
        assert session.scalar(select(func.count()).select_from(JournalEntry)) == 2


class TestTransfers:
    def test_money_for_the_markets_request_is_the_markets(self, session, market, manager, invoice):
        channel = builders.make_payos_channel(session, market)
        request = fee_requests.ask_for_fee(session, manager, invoice.id)
        assert fee_requests.ask_for_fee(session, manager, invoice.id).id == request.id
        session.commit()
        payment = transfer(session, channel, request.order_code, 96_000)
        assert payment.stall_id is None
        assert (invoice.status, invoice.amount_paid, request.status) == (
            FeeStatus.PAID,
            96_000,
            PaymentStatus.PAID,
        )
        assert balances(session, market) == {AccountKind.CHANNEL: 96_000, AccountKind.FEES: -96_000}
        told = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "fee_payment.settled.v1")).one()
        assert told.stall_id is None
        assert "payment.settled.v1" not in events(session)

    def test_too_much_leaves_the_rest_in_suspense(self, session, market, manager, invoice):
        channel = builders.make_payos_channel(session, market)
        request = fee_requests.ask_for_fee(session, manager, invoice.id)
        session.commit()
        transfer(session, channel, request.order_code, 100_000)
        assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 96_000)
        assert balances(session, market) == {
            AccountKind.CHANNEL: 100_000,
            AccountKind.FEES: -96_000,
            AccountKind.SUSPENSE: -4_000,
        }

    def test_cash_takes_the_open_request_back(self, session, market, manager, invoice):
        builders.make_payos_channel(session, market)
        request = fee_requests.ask_for_fee(session, manager, invoice.id)
        session.commit()
        fee_payments.note_cash(session, manager, invoice.id, 6_000)
        session.commit()
        assert request.status is PaymentStatus.CANCELLED
        assert fee_requests.ask_for_fee(session, manager, invoice.id).amount == 90_000

    def test_a_market_without_payos_offers_its_own_account(self, session, market, manager, invoice):
        with pytest.raises(Conflict):
            fee_requests.ask_for_fee(session, manager, invoice.id)
        assert queries.fee_payload(session, invoice) is None
        account = {"bin": builders.BANK, "account_number": "0011223344", "holder_name": "BAN QUAN LY CHO"}
        fee_tariffs.set_fee_account(session, manager, market.id, account)
        session.commit()
        qr = decode(queries.fee_payload(session, invoice))
        assert (qr.bin, qr.account_number, qr.amount) == (builders.BANK, "0011223344", 96_000)
        assert qr.note.startswith(f"{invoice.reference} PHI {MONTH.replace('-', ' ')}")

    def test_the_code_in_a_bent_note_pays(self, session, market, manager, invoice):
        channel = builders.make_payos_channel(session, market)
        code = invoice.reference.lower()
        transfer(session, channel, 1, 96_000, memo=f"MBVCB.123.{code[:4]} {code[4:]} PHI CHO-CT tu 0123")
        assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 96_000)
        assert balances(session, market) == {
            AccountKind.CHANNEL: 96_000,
            AccountKind.FEES: -96_000,
            AccountKind.SUSPENSE: 0,
        }
        assert session.scalars(select(ReconciliationException.status)).one() is ExceptionStatus.RESOLVED

    def test_two_codes_in_one_note_are_both_paid_and_the_rest_stays(self, session, market, manager, invoice):
        make_stall(session, market, area_m2=1)
        issue(session, market, manager)
        second = session.scalars(select(FeeInvoice).where(FeeInvoice.id != invoice.id)).one()
        channel = builders.make_payos_channel(session, market)
        memo = f"{invoice.reference} {second.reference}"
        transfer(session, channel, 1, 110_000, memo=memo)
        assert {i.status for i in (invoice, second)} == {FeeStatus.PAID}
        open_ = session.scalars(select(ReconciliationException)).one()
        assert (open_.status, open_.amount) == (ExceptionStatus.OPEN, 2_000)
        assert balances(session, market)[AccountKind.SUSPENSE] == -2_000

    def test_two_transfers_pay_one_fee_in_parts(self, session, market, manager, invoice):
        channel = builders.make_payos_channel(session, market)
        transfer(session, channel, 1, 50_000, memo=invoice.reference, reference="FT1")
        assert (invoice.status, invoice.remaining) == (FeeStatus.ISSUED, 46_000)
        transfer(session, channel, 2, 46_000, memo=invoice.reference, reference="FT2")
        transfer(session, channel, 3, 46_000, memo=invoice.reference, reference="FT3")
        assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 96_000)
        assert balances(session, market)[AccountKind.SUSPENSE] == -46_000
        assert session.scalar(select(func.count()).select_from(FeePayment)) == 2

    def test_another_markets_code_takes_nothing(self, session, invoice):
        channel = builders.make_payos_channel(session, builders.make_market(session))
        transfer(session, channel, 1, 96_000, memo=invoice.reference)
        assert invoice.amount_paid == 0
        assert session.scalars(select(ReconciliationException.status)).one() is ExceptionStatus.OPEN

    def test_a_cancelled_fee_takes_nothing(self, session, market, manager, invoice):
        channel = builders.make_payos_channel(session, market)
        fees.cancel_invoice(session, manager, invoice.id, "Sai quầy")
        session.commit()
        transfer(session, channel, 1, 96_000, memo=invoice.reference)
        assert (invoice.status, invoice.amount_paid) == (FeeStatus.CANCELLED, 0)
        assert AccountKind.FEES not in set(session.scalars(select(JournalAccount.kind)))


def test_arrears_are_added_up_by_seller(session, market, manager, invoice):
    seller = session.get_one(builders.Seller, invoice.seller_id)
    builders.make_stall(session, market, seller, area_m2=1)
    issue(session, market, manager)
    for late in session.scalars(select(FeeInvoice)):
        late.due_on, late.status = TODAY - timedelta(days=9), FeeStatus.OVERDUE
    session.commit()
    (arrears,) = queries.list_arrears(session, manager, market.id)
    assert (arrears.seller.id, arrears.amount, arrears.invoices) == (seller.id, 108_000, 2)
    assert arrears.since == TODAY - timedelta(days=9)


@pytest.mark.parametrize("group_by", GroupBy)
def test_fees_are_not_among_the_unmatched_money_of_the_report(session, market, manager, invoice, group_by):
    channel = builders.make_payos_channel(session, market)
    transfer(session, channel, 1, 100_000, memo=invoice.reference)
    report = payments_report(session, manager, market.id, TODAY, TODAY, group_by)
    assert (report.totals.unmatched, report.totals.cashless) == (4_000, 0)
    assert sum(row.unmatched for row in report.rows) == 4_000


@pytest.mark.parametrize("group_by", GroupBy)
def test_fee_out_of_what_a_request_did_not_need_is_no_stalls_money(
    session, market, manager, invoice, group_by
):
    channel = builders.make_payos_channel(session, market)
    stall = make_stall(session, market, channel_id=channel.id)
    request = builders.make_payment_request(session, stall)
    payment = transfer(session, channel, request.order_code, 100_000)
    found = select(ReconciliationException).where(ReconciliationException.payment_id == payment.id)
    wish = Wish(ResolutionAction.MATCH, fee_invoice_id=invoice.id)
    resolutions.resolve(session, manager, session.scalars(found).one().id, wish, "Đã hỏi người bán")
    session.commit()
    report = payments_report(session, manager, market.id, TODAY, TODAY, group_by)
    assert (report.totals.cashless, report.totals.unmatched, report.totals.payments) == (50_000, 0, 1)
    assert all(min(row.cashless, row.unmatched) >= 0 for row in report.rows)
    assert day_figures(session, manager, market.id, TODAY).matched == 100_000
