"""What was done by itself and was wrong is undone by a person: a debit that was no reversal, a match."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, NotFound
from core.receipt_codes import ReceiptKind, receipt_code
from models import (
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    Refund,
    Resolution,
    ResolutionAction,
    Stall,
    StatementLine,
)
from services import resolutions
from services.access import Actor
from services.queries.receipts import ReceiptStatus, get_receipt
from services.resolution_plans import Wish, case_of, possible_actions
from tests.builders import (
    make_market,
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services.desk import balances, decide, exception_of, give_back, manager_of
from tests.integration.services.statement_files import import_rows, kinds, outcomes, row

RESTORE, MATCH = Wish(ResolutionAction.RESTORE), ResolutionAction.MATCH


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


@pytest.fixture
def direct(session: Session, market: Market) -> Stall:
    """Paid into its seller's own account."""
    return make_stall(session, market)


def shown(session: Session, request: PaymentRequest) -> tuple[PaymentStatus, int]:
    session.rollback()
    session.expire_all()
    found = session.get_one(PaymentRequest, request.id)
    return found.status, found.amount_paid


def unmatch(session: Session, actor: Actor, payment: Payment) -> Resolution:
    made = resolutions.unmatch(session, actor, payment.id, "Nhầm quầy")
    session.commit()
    return made


def paid_by(session: Session) -> Payment:
    return session.scalars(select(Payment)).one()


def debit(session: Session, stall: Stall, memo: str, amount: int = -50_000) -> list[str]:
    return outcomes(session, import_rows(session, stall, row(memo, amount), by_channel=True))


class TestReversal:
    def test_debit_that_was_something_else_is_restored(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request)
        assert debit(session, stall, f"THANH TOAN HO {request.reference}") == ["reversal"]
        exception = exception_of(session, payment)
        assert ResolutionAction.RESTORE in possible_actions(session, case_of(session, exception))
        decide(session, manager, exception, RESTORE)
        assert shown(session, request) == (PaymentStatus.PAID, 50_000)
        assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
        assert exception_of(session, payment).status is ExceptionStatus.RESOLVED
        (part,) = get_receipt(session, receipt_code(ReceiptKind.PAYMENT, payment.id)).parts
        assert part.status is ReceiptStatus.RECEIVED
        line = session.scalars(select(StatementLine)).one()
        assert (line.outcome, line.payment_id) == ("review", None)
        with pytest.raises(Conflict):
            decide(session, manager, exception, RESTORE)

    def test_the_real_reversal_is_known_after_that(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request)
        for _ in range(2):
            assert debit(session, stall, f"HOAN TRA {request.reference}") == ["reversal"]
            assert shown(session, request)[0] is PaymentStatus.REVERSED
            assert balances(session, market) == {}
            decide(session, manager, exception_of(session, payment), RESTORE)
            assert balances(session, market) == {"channel": 50_000, "seller": -50_000}

    def test_orphan_waits_for_a_person_again(
        self, session: Session, market: Market, stall: Stall, channel: CollectionChannel, manager: Actor
    ) -> None:
        orphan = make_orphan(session, channel)
        debit(session, stall, f"HOAN TRA {orphan.reference}", -70_000)
        reversed_ = session.scalars(
            select(ReconciliationException).where(ReconciliationException.kind == ExceptionKind.REVERSED)
        ).one()
        decide(session, manager, reversed_, RESTORE)
        assert kinds(session) == ["orphan"]
        assert balances(session, market) == {"channel": 70_000, "suspense": -70_000}

    def test_request_stays_reversed_while_another_of_its_payments_is(
        self, session: Session, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        parts = [make_payment(session, request, amount) for amount in (20_000, 30_000)]
        for part in parts:
            assert debit(session, stall, f"HOAN TRA {part.reference}", -part.amount) == ["reversal"]
        statuses = []
        for part in parts:
            decide(session, manager, exception_of(session, part), RESTORE)
            statuses.append(shown(session, request)[0])
        assert statuses == [PaymentStatus.REVERSED, PaymentStatus.PAID]

    def test_what_the_bank_took_cannot_be_taken_back_from_its_request(
        self, session: Session, market: Market, stall: Stall, channel: CollectionChannel, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall, amount=70_000)
        orphan = make_orphan(session, channel)
        exception = exception_of(session, orphan)
        decide(session, manager, exception, Wish(MATCH, request.id))
        debit(session, stall, f"HOAN TRA {orphan.reference}", -70_000)
        with pytest.raises(Conflict):
            resolutions.undo(session, manager, exception.id, "Nhầm quầy")
        assert balances(session, market) == {}


class TestMatch:
    def test_money_goes_to_suspense_and_its_request_asks_again(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        payment = make_payment(session, request)
        made = unmatch(session, manager, payment)
        assert (made.action, made.amount, made.status) == ("unmatch", 50_000, "done")
        assert shown(session, request) == (PaymentStatus.AWAITING_PAYMENT, 0)
        assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}
        assert kinds(session) == ["orphan"]
        assert session.get_one(Payment, payment.id).stall_id is None

    def test_it_may_then_be_matched_rightly(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        wrong, right = (make_payment_request(session, stall) for _ in range(2))
        payment = make_payment(session, wrong)
        unmatch(session, manager, payment)
        decide(session, manager, exception_of(session, payment), Wish(MATCH, right.id))
        assert (shown(session, wrong)[0], shown(session, right)[0]) == ("awaiting_payment", "paid")
        make_payment(session, session.get_one(PaymentRequest, wrong.id))
        assert shown(session, wrong) == (PaymentStatus.PAID, 50_000)
        assert balances(session, market) == {"channel": 100_000, "seller": -100_000}

    def test_other_money_of_the_request_stays(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        part, _ = (make_payment(session, request, amount) for amount in (20_000, 30_000))
        unmatch(session, manager, part)
        assert shown(session, request) == (PaymentStatus.PARTLY_PAID, 30_000)
        assert balances(session, market) == {"channel": 50_000, "seller": -30_000, "suspense": -20_000}

    def test_line_that_names_two_requests(
        self, session: Session, market: Market, direct: Stall, manager: Actor
    ) -> None:
        requests = [make_payment_request(session, direct) for _ in range(2)]
        note = " ".join(request.reference for request in requests)
        import_rows(session, direct, row(note, 100_000))
        unmatch(session, manager, paid_by(session))
        assert [shown(session, request) for request in requests] == [("awaiting_payment", 0)] * 2
        assert balances(session, market) == {"channel": 100_000, "suspense": -100_000}

    def test_money_by_a_stalls_own_code(
        self, session: Session, market: Market, direct: Stall, manager: Actor
    ) -> None:
        import_rows(session, direct, row(direct.reference))
        unmatch(session, manager, paid_by(session))
        assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}

    @pytest.mark.parametrize("came", [49_000, 51_000])
    def test_difference_within_the_tolerance_goes_with_it(
        self, session: Session, market: Market, channel: CollectionChannel, manager: Actor, came: int
    ) -> None:
        market.tolerance = 1_000
        session.commit()
        request = make_payment_request(session, make_stall(session, market, channel_id=channel.id))
        payment = make_payment(session, request, came)
        assert shown(session, request)[0] is PaymentStatus.PAID
        unmatch(session, manager, payment)
        assert balances(session, market) == {"channel": came, "suspense": -came}
        assert shown(session, request) == (PaymentStatus.AWAITING_PAYMENT, 0)

    def test_large_sums_need_a_second_person(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        payment = make_payment(session, make_payment_request(session, stall, amount=3_000_000))
        made = unmatch(session, manager, payment)
        assert made.status == "proposed"
        assert balances(session, market) == {"channel": 3_000_000, "seller": -3_000_000}
        resolutions.approve(session, manager_of(session, market), made.exception_id)
        session.commit()
        assert balances(session, market) == {"channel": 3_000_000, "suspense": -3_000_000}

    def test_what_people_matched_or_gave_back_is_not_taken_apart_here(
        self, session: Session, stall: Stall, channel: CollectionChannel, manager: Actor
    ) -> None:
        orphan = make_orphan(session, channel)
        request = make_payment_request(session, stall, amount=70_000)
        decide(session, manager, exception_of(session, orphan), Wish(MATCH, request.id))
        given_back = make_payment(session, make_payment_request(session, stall), 60_000)
        give_back(session, manager, given_back)
        assert session.scalars(select(Refund)).one()
        for payment in (orphan, given_back):
            with pytest.raises(Conflict):
                unmatch(session, manager, payment)
            session.rollback()

    def test_request_of_which_money_goes_back_is_left_alone(
        self, session: Session, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        kept, again = (make_payment(session, request) for _ in range(2))
        give_back(session, manager, again)
        with pytest.raises(Conflict):
            unmatch(session, manager, kept)

    def test_request_of_which_another_payment_was_taken_back_stays_reversed(
        self, session: Session, market: Market, stall: Stall, manager: Actor
    ) -> None:
        request = make_payment_request(session, stall)
        taken, kept = (make_payment(session, request, amount) for amount in (20_000, 30_000))
        debit(session, stall, f"HOAN TRA {taken.reference}", -20_000)
        unmatch(session, manager, kept)
        assert shown(session, request)[0] is PaymentStatus.REVERSED
        assert balances(session, market) == {"channel": 30_000, "suspense": -30_000}

    def test_only_the_markets_managers_do(self, session: Session, stall: Stall) -> None:
        payment = make_payment(session, make_payment_request(session, stall))
        with pytest.raises((NotFound, Forbidden)):
            unmatch(session, manager_of(session, make_market(session)), payment)
