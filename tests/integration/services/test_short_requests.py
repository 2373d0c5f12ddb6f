"""What did not come whole, or was never seen, or went out with our code: always before a person, and once."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import InvalidInput
from core.receipt_codes import ReceiptKind, receipt_code
from gateways.payouts import Payout, PayoutStatus
from gateways.ports import LinkStatus, PaymentLink, Transfer
from models import (
    ExceptionKind,
    ExceptionStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    Refund,
    RefundStatus,
    ResolutionAction,
    Stall,
)
from services import payment_links, refunds
from services.queries.day_closes import day_figures
from services.queries.receipts import ReceiptStatus, get_receipt
from services.resolution_plans import Wish, case_of, possible_actions
from services.short_requests import flag_short_requests
from tests.builders import anybody, make_payment, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.desk import TYPED, decide, exception_of, give_back, manager_of, take_back
from tests.integration.services.statement_files import balances, events, import_rows, kinds, outcomes, row


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def run_out(session: Session, request: PaymentRequest) -> None:
    request.created_at, request.expires_at = now() - timedelta(hours=2), now() - timedelta(hours=1)
    session.commit()


def flag(session: Session) -> int:
    flagged = flag_short_requests(session)
    session.commit()
    return flagged


def polled(
    session: Session,
    request: PaymentRequest,
    *seen: Transfer,
    paid: int = 50_000,
    status: LinkStatus = LinkStatus.PAID,
) -> None:
    link = PaymentLink(request.order_code, "link", request.amount, paid, status, transfers=seen)
    payment_links.record_polled(session, request.id, link)
    session.commit()


class TestPartlyPaid:
    def test_one_that_runs_out_comes_to_a_person_once(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request, 20_000)
        assert flag(session) == 0
        run_out(session, session.get_one(PaymentRequest, request.id))
        assert [flag(session) for _ in range(2)] == [1, 0]
        exception = exception_of(session, payment)
        assert (exception.kind, exception.payment_request_id) == (ExceptionKind.UNDERPAID, request.id)
        assert exception.amount == 20_000
        assert ResolutionAction.REFUND in possible_actions(session, case_of(session, exception))
        decide(session, manager_of(session, stall.market), exception, Wish(ResolutionAction.IGNORE))
        assert (flag(session), kinds(session)) == (0, [])

    def test_whole_ones_and_those_that_nobody_paid_do_not(self, session: Session, stall: Stall) -> None:
        for amount in (50_000, None):
            request = make_payment_request(session, stall)
            if amount:
                make_payment(session, request, amount)
            run_out(session, session.get_one(PaymentRequest, request.id))
        assert flag(session) == 0


class TestMissing:
    def test_channel_that_says_paid_without_a_transfer(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        for _ in range(2):
            polled(session, request)
        exception = session.scalars(select(ReconciliationException)).one()
        assert (exception.kind, exception.amount) == (ExceptionKind.MISSING, 50_000)
        assert possible_actions(session, case_of(session, exception)) == [ResolutionAction.IGNORE]

    @pytest.mark.parametrize("status", [*LinkStatus])
    def test_whatever_ended_the_link_it_is_not_lost(
        self, session: Session, stall: Stall, status: LinkStatus
    ) -> None:
        """While it is open, its transfers may be told a little later."""
        request = make_payment_request(session, stall)
        polled(session, request, paid=20_000, status=status)
        assert kinds(session) == ([] if status is LinkStatus.OPEN else ["missing"])
        run_out(session, session.get_one(PaymentRequest, request.id))
        polled(session, request, paid=20_000, status=status)
        assert kinds(session) == ["missing"]

    def test_it_is_settled_once_the_transfer_is_seen(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        polled(session, request)
        assert kinds(session) == ["missing"]
        transfer = Transfer(request.order_code, "V3CAS0001", "FT1", 50_000, now(), "CHUYEN TIEN")
        polled(session, request, transfer)
        assert (kinds(session), session.get_one(PaymentRequest, request.id).status) == ([], "paid")

    def test_its_day_shows_it_open(self, session: Session, market: Market, stall: Stall) -> None:
        polled(session, make_payment_request(session, stall))
        today = business_day(now())
        days = [today, today - timedelta(days=1), today + timedelta(days=1)]
        found = [day_figures(session, anybody(session), market.id, day).open_count for day in days]
        assert found == [1, 0, 0]

    def test_what_a_statement_told_of_is_not_missing(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        import_rows(session, stall, row(request.reference), by_channel=True)
        polled(session, session.get_one(PaymentRequest, request.id))
        assert kinds(session) == []


class TestDebits:
    def test_debit_of_a_part_comes_to_a_person(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request)
        line = row(f"HOAN TRA GD {request.reference}", -20_000)
        for _ in range(2):
            import_rows(session, stall, line, by_channel=True)
        exception = exception_of(session, payment)
        assert (exception.kind, exception.amount) == (ExceptionKind.DEBITED, 20_000)
        assert exception.payment_request_id == request.id
        assert possible_actions(session, case_of(session, exception)) == [
            ResolutionAction.REFUND,
            ResolutionAction.WRITE_OFF,
            ResolutionAction.IGNORE,
        ]
        assert balances(session, stall.market) == {"channel": 50_000, "seller": -50_000}
        import_rows(session, stall, row(f"HOAN TRA GD {request.reference}", -5_000), by_channel=True)
        session.refresh(exception)
        assert (exception.amount, exception.status) == (25_000, ExceptionStatus.OPEN)

    def test_debit_for_what_nothing_came_for(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        import_rows(session, stall, row(f"CHI {request.reference}", -20_000), by_channel=True)
        exception = session.scalars(select(ReconciliationException)).one()
        assert (exception.kind, exception.payment_id) == (ExceptionKind.DEBITED, None)

    def test_debit_was_given_back_by_hand(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request)
        import_rows(session, stall, row(f"TRA LAI {request.reference}", -20_000), by_channel=True)
        exception, manager = exception_of(session, payment), manager_of(session, stall.market)
        decide(session, manager, exception, Wish(ResolutionAction.REFUND, account=TYPED))
        refund = session.scalars(select(Refund)).one()
        assert (refund.status, refund.amount) == (RefundStatus.DONE, 20_000)
        assert balances(session, stall.market) == {"channel": 30_000, "seller": -30_000}
        session.expire_all()
        assert session.get_one(PaymentRequest, request.id).status is PaymentStatus.PAID
        assert events(session, "refund.requested.v1") == []
        assert (kinds(session), len(events(session, "refund.completed.v1"))) == ([], 1)

    def test_more_than_is_kept_was_not_given_back(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request, 20_000)
        import_rows(session, stall, row(f"CHI {request.reference}", -30_000), by_channel=True)
        exception, manager = exception_of(session, payment), manager_of(session, stall.market)
        for action in (ResolutionAction.REFUND, ResolutionAction.MATCH):
            with pytest.raises(InvalidInput):
                decide(session, manager, exception, Wish(action, account=TYPED))

    @pytest.mark.parametrize("paid", [True, False])
    def test_debit_was_another_movement(self, session: Session, stall: Stall, paid: bool) -> None:
        request = make_payment_request(session, stall)
        if paid:
            make_payment(session, request)
        before = balances(session, stall.market)
        import_rows(session, stall, row(f"PHI {request.reference}", -20_000), by_channel=True)
        exception, manager = (
            session.scalars(select(ReconciliationException)).one(),
            manager_of(session, stall.market),
        )
        decide(session, manager, exception, Wish(ResolutionAction.WRITE_OFF))
        went = Counter(before)
        went.update({"channel": -20_000, "write_off": 20_000})
        assert (balances(session, stall.market), kinds(session)) == (went, [])
        take_back(session, manager, exception)
        assert (balances(session, stall.market), kinds(session)) == (before, ["debited"])
        decide(session, manager, exception, Wish(ResolutionAction.WRITE_OFF))
        import_rows(session, stall, row(f"PHI {request.reference}", -5_000), by_channel=True)
        decide(session, manager, exception, Wish(ResolutionAction.WRITE_OFF))
        went.update({"channel": -5_000, "write_off": 5_000})
        assert balances(session, stall.market) == went

    def test_second_debit_for_what_was_taken_back(self, session: Session, stall: Stall) -> None:
        request = make_payment_request(session, stall)
        make_payment(session, request)
        lines = [row(f"HOAN TRA GD {request.reference}", -50_000) for _ in range(2)]
        assert sorted(outcomes(session, import_rows(session, stall, *lines, by_channel=True))) == [
            "reversal",
            "review",
        ]
        assert kinds(session) == ["debited", "reversed"]

    def test_debit_without_a_code_is_nobodys_business(self, session: Session, stall: Stall) -> None:
        import_rows(session, stall, row("RUT TIEN ATM", -20_000), by_channel=True)
        assert kinds(session) == []


class TestReceipt:
    def test_what_went_back_is_shown_and_is_no_tolerated_difference(
        self, session: Session, stall: Stall
    ) -> None:
        payment = make_payment(session, make_payment_request(session, stall), 60_000)
        manager = manager_of(session, stall.market)
        give_back(session, manager, payment)
        refund = session.scalars(select(Refund)).one()
        refunds.prepare_payout(session, refund.id)
        payout = Payout("P1", refund.idempotency_key, refund.amount, PayoutStatus.DONE)
        refunds.record_payout(session, refund.id, payout)
        session.commit()
        (receipt,) = get_receipt(session, receipt_code(ReceiptKind.PAYMENT, payment.id)).parts
        assert (receipt.status, receipt.amount) == (ReceiptStatus.RECEIVED, 60_000)
        assert (receipt.returned, receipt.asked) == (10_000, None)

    def test_difference_within_the_tolerance_is_called_so(self, session: Session, stall: Stall) -> None:
        stall.market.tolerance = 1_000
        session.commit()
        payment = make_payment(session, make_payment_request(session, stall), 50_500)
        assert session.get_one(Payment, payment.id)
        (receipt,) = get_receipt(session, receipt_code(ReceiptKind.PAYMENT, payment.id)).parts
        assert (receipt.asked, receipt.returned) == (50_000, 0)
