"""A debit that was said to be no reversal was one after all: what the bank took is taken again, as if nobody had said
otherwise; or what stands in the way is said."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict
from gateways.payouts import Payout, PayoutStatus
from models import (
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    FeeInvoice,
    LineOutcome,
    Market,
    OutboxEvent,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Refund,
    Resolution,
    ResolutionAction,
    Stall,
    StatementLine,
)
from services import refunds, resolutions
from services.access import Actor
from services.resolution_effects import why_not_taken_back
from services.resolution_plans import Wish, case_of
from tests.builders import (
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services import fees
from tests.integration.services.desk import balances, decide, exception_of, give_back, manager_of
from tests.integration.services.statement_files import import_rows, outcomes, row
from tests.integration.services.undoing import entries, places, state

RESTORE, MATCH = Wish(ResolutionAction.RESTORE), ResolutionAction.MATCH


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


class World:
    """What the bank can take back, and what may follow from that."""

    def __init__(self, session: Session, market: Market, stall: Stall, manager: Actor) -> None:
        self.session, self.market, self.stall, self.manager = session, market, stall, manager

    def whole(self) -> None:
        self._taken(50_000)

    def of_nobody(self) -> None:
        debit(self.session, self.stall, make_orphan(self.session, self.stall.channel))

    def too_much(self) -> None:
        self._taken(60_000)

    def one_of_two_parts(self) -> None:
        request = make_payment_request(self.session, self.stall)
        first = make_payment(self.session, request, 20_000)
        make_payment(self.session, request, 30_000)
        debit(self.session, self.stall, first)

    def second_of_two(self) -> None:
        request = make_payment_request(self.session, self.stall)
        make_payment(self.session, request)
        debit(self.session, self.stall, make_payment(self.session, request))

    def paid_by_other_money_since(self) -> None:
        self._pay(self._taken(50_000), 50_000)

    def paid_in_part_by_other_money_since(self) -> None:
        self._pay(self._taken(50_000), 20_000)

    def paid_by_a_line_since(self) -> None:
        import_rows(self.session, self.stall, row(self._taken(50_000).reference), by_channel=True)

    def paid_in_part_by_a_person_since(self) -> None:
        other = make_orphan(self.session, self.stall.channel, 20_000)
        wish = Wish(MATCH, self._taken(50_000).id)
        decide(self.session, self.manager, exception_of(self.session, other), wish)

    def a_little_short(self) -> None:
        self._tolerate()
        self._taken(49_500)

    def a_little_short_and_paid_since(self) -> None:
        self._tolerate()
        self._pay(self._taken(50_000), 49_500)

    def two_stalls(self) -> None:
        other = make_stall(self.session, self.market, channel_id=self.stall.channel_id)
        requests = [make_payment_request(self.session, each) for each in (self.stall, other)]
        line = row(" ".join(request.reference for request in requests), 100_000)
        import_rows(self.session, self.stall, line, by_channel=True)
        debit(self.session, self.stall, self.session.scalars(select(Payment)).one())

    def fee(self) -> None:
        fees.make_tariff(self.session, self.market)
        fees.make_stall(self.session, self.market)
        fees.issue(self.session, self.market, self.manager)
        invoice = self.session.scalars(select(FeeInvoice)).one()
        paid = fees.transfer(self.session, self.stall.channel, 1, 100_000, invoice.reference, "FT00000001")
        debit(self.session, self.stall, paid)

    def refund_that_is_sent(self) -> None:
        send_back(self.session, self.stall, self.manager)

    def refund_that_was_lost(self) -> None:
        send_back(self.session, self.stall, self.manager)
        hear(self.session)

    def refund_that_had_gone_before(self) -> None:
        payment = make_orphan(self.session, self.stall.channel)
        give_back(self.session, self.manager, payment)
        refunds.prepare_payout(self.session, the_refund(self.session).id)
        self.session.commit()
        hear(self.session)
        debit(self.session, self.stall, payment)

    def _taken(self, came: int) -> PaymentRequest:
        request = make_payment_request(self.session, self.stall)
        debit(self.session, self.stall, make_payment(self.session, request, came))
        return self.session.get_one(PaymentRequest, request.id)

    def _pay(self, request: PaymentRequest, amount: int) -> None:
        make_payment(self.session, request, amount)

    def _tolerate(self) -> None:
        self.market.tolerance = 1_000
        self.session.commit()


KINDS = [name for name in vars(World) if not name.startswith("_")]


def debit(session: Session, stall: Stall, payment: Payment) -> None:
    line = row(f"HOAN TRA {payment.reference}", -payment.amount)
    assert outcomes(session, import_rows(session, stall, line, by_channel=True)) == ["reversal"]


def the_refund(session: Session) -> Refund:
    return session.scalars(select(Refund), execution_options={"populate_existing": True}).one()


def send_back(session: Session, stall: Stall, manager: Actor) -> Payment:
    """It is on its way when the bank takes it."""
    payment = make_orphan(session, stall.channel)
    give_back(session, manager, payment)
    refunds.prepare_payout(session, the_refund(session).id)
    session.commit()
    debit(session, stall, payment)
    return payment


def hear(session: Session) -> None:
    refund = the_refund(session)
    payout = Payout("P1", refund.idempotency_key, refund.amount, PayoutStatus.DONE)
    refunds.record_payout(session, refund.id, payout)
    session.commit()


def taken(session: Session) -> ReconciliationException:
    query = select(ReconciliationException).where(ReconciliationException.kind == ExceptionKind.REVERSED)
    return session.scalars(query.limit(1), execution_options={"populate_existing": True}).one()


def restore(session: Session, manager: Actor) -> Resolution:
    return decide(session, manager, taken(session), RESTORE)


def take_again(session: Session, manager: Actor, made: Resolution) -> Resolution:
    undone = resolutions.undo(session, manager, made.exception_id, "Rút thật", made.id)
    session.commit()
    return undone


def why_not(session: Session, manager: Actor, made: Resolution) -> str:
    """What the page says, and the refusal too."""
    said = why_not_taken_back(session, case_of(session, taken(session)), made)
    with pytest.raises(Conflict) as refusal:
        take_again(session, manager, made)
    session.rollback()
    assert str(said) == str(refusal.value.detail)
    return str(said)


@pytest.mark.parametrize("kind", KINDS)
def test_all_is_as_the_bank_left_it(
    session: Session, market: Market, stall: Stall, manager: Actor, kind: str
) -> None:
    getattr(World(session, market, stall, manager), kind)()
    before, stood, booked = state(session, market), places(session), entries(session)
    first = None
    for _ in range(2):
        made = restore(session, manager)
        restored = state(session, market)
        assert restored != before
        assert restored == (first := first or restored)
        assert take_again(session, manager, made).status == "undone"
        after = state(session, market)
        undone = [row[-1] for row in after.pop("fee_payments")]
        assert [bool(row[-1]) for row in before["fee_payments"]] == list(map(bool, undone))
        assert after == {name: value for name, value in before.items() if name != "fee_payments"}
        assert places(session) == stood
        assert booked < (booked := entries(session))


def test_stall_is_told(session: Session, stall: Stall, manager: Actor) -> None:
    request = make_payment_request(session, stall)
    debit(session, stall, make_payment(session, request))
    take_again(session, manager, restore(session, manager))
    told = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.reversed.v1")).all()
    assert [event.payload["payment_request_id"] for event in told] == [str(request.id)] * 2
    assert {event.stall_id for event in told} == {stall.id}


def test_money_that_came_since_counts(session: Session, market: Market, stall: Stall, manager: Actor) -> None:
    """As with any reversal."""
    request = make_payment_request(session, stall)
    debit(session, stall, make_payment(session, request))
    made = restore(session, manager)
    make_payment(session, session.get_one(PaymentRequest, request.id))
    take_again(session, manager, made)
    session.refresh(request)
    assert (request.status, request.amount_paid) == ("reversed", 0)
    assert balances(session, market) == {"channel": 50_000, "suspense": -50_000}


def test_bank_that_took_it_since(session: Session, stall: Stall, manager: Actor) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    debit(session, stall, payment)
    made = restore(session, manager)
    debit(session, stall, payment)
    assert "Ngân hàng đã rút lại" in why_not(session, manager, made)


def test_decision_since_is_taken_back_first(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    debit(session, stall, payment)
    before, made = state(session, market), restore(session, manager)
    apart = resolutions.unmatch(session, manager, payment.id, "Nhầm quầy")
    session.commit()
    assert "quyết định đó trước" in why_not(session, manager, made)
    resolutions.undo(session, manager, apart.exception_id, "Đúng quầy", apart.id)
    session.commit()
    take_again(session, manager, made)
    assert state(session, market) == before


def test_debit_that_was_something_else_by_now(session: Session, stall: Stall, manager: Actor) -> None:
    debit(session, stall, make_payment(session, make_payment_request(session, stall)))
    made = restore(session, manager)
    other = make_orphan(session, stall.channel, 50_000)
    line = session.scalars(select(StatementLine)).one()
    line.outcome, line.payment_id = LineOutcome.REVERSAL, other.id
    session.commit()
    assert "cho việc khác" in why_not(session, manager, made)


def test_two_people_take_back_what_two_said(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    second = manager_of(session, market)
    debit(
        session,
        stall,
        make_payment(session, make_payment_request(session, stall, amount=3_000_000), 3_000_000),
    )
    before = state(session, market)
    made = restore(session, manager)
    resolutions.approve(session, second, made.exception_id)
    session.commit()
    assert take_again(session, manager, made).status == "proposed"
    resolutions.approve(session, second, made.exception_id)
    session.commit()
    assert state(session, market) == before


def test_loss_that_was_made_good_leaves_the_desk_with_its_reason(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = send_back(session, stall, manager)
    hear(session)
    orphan = ReconciliationException.kind == ExceptionKind.ORPHAN
    query = select(ReconciliationException).where(orphan, ReconciliationException.payment_id == payment.id)

    def shown() -> tuple[str, str | None]:
        session.expire_all()
        return session.scalars(query).one().status, the_refund(session).problem

    assert shown() == (ExceptionStatus.OPEN, refunds.PAID_TWICE)
    assert balances(session, market) == {"channel": -70_000, "write_off": 70_000}
    made = restore(session, manager)
    assert shown() == (ExceptionStatus.RESOLVED, refunds.MADE_GOOD)
    assert balances(session, market) == {}
    take_again(session, manager, made)
    assert shown() == (ExceptionStatus.OPEN, refunds.PAID_TWICE)
    assert balances(session, market) == {"channel": -70_000, "write_off": 70_000}


def test_refund_that_was_paid_since_is_lost_and_made_good_again(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    send_back(session, stall, manager)
    made = restore(session, manager)
    hear(session)
    assert balances(session, market) == {}
    for _ in range(2):
        take_again(session, manager, made)
        assert balances(session, market) == {"channel": -70_000, "write_off": 70_000}
        assert the_refund(session).problem == refunds.PAID_TWICE
        made = restore(session, manager)
        assert balances(session, market) == {}
        assert the_refund(session).problem == refunds.MADE_GOOD


def test_refund_that_goes_on_is_no_work_any_more(session: Session, stall: Stall, manager: Actor) -> None:
    send_back(session, stall, manager)
    assert the_refund(session).problem == refunds.TAKEN_TOO
    restore(session, manager)
    opened = select(ReconciliationException).where(ReconciliationException.status == ExceptionStatus.OPEN)
    assert (session.scalars(opened).all(), the_refund(session).problem) == ([], None)
