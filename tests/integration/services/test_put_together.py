"""A payment that was taken apart is put together again, as if nobody had touched it; or what stands in the way is
said."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, Forbidden
from models import (
    AccountKind,
    CollectionChannel,
    FeeInvoice,
    Market,
    OutboxEvent,
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    Resolution,
    ResolutionAction,
    Stall,
)
from services import fee_requests, resolutions
from services.access import Actor
from services.journal import Account, Booking, book
from services.payment_requests import cancel_payment_request
from services.resolution_effects import why_not_taken_back
from services.resolution_plans import Wish, case_of
from tests.builders import (
    anybody,
    make_orphan,
    make_payment,
    make_payment_request,
    make_stall,
)
from tests.integration.services import fees
from tests.integration.services.desk import decide, exception_of, give_back, manager_of, take_back
from tests.integration.services.statement_files import import_rows, outcomes, row
from tests.integration.services.undoing import entries, places, state

MATCH, WRITE_OFF = ResolutionAction.MATCH, Wish(ResolutionAction.WRITE_OFF)


@pytest.fixture
def stall(session: Session, market: Market, channel: CollectionChannel) -> Stall:
    return make_stall(session, market, channel_id=channel.id)


class World:
    """What a payment can be matched to by itself."""

    def __init__(self, session: Session, market: Market, stall: Stall, manager: Actor) -> None:
        self.session, self.market, self.stall, self.manager = session, market, stall, manager

    def whole(self) -> Payment:
        return make_payment(self.session, make_payment_request(self.session, self.stall))

    def too_much(self) -> Payment:
        return make_payment(self.session, make_payment_request(self.session, self.stall), 60_000)

    def part(self) -> Payment:
        request = make_payment_request(self.session, self.stall)
        make_payment(self.session, request, 30_000)
        return make_payment(self.session, request, 20_000)

    def paid_twice(self) -> Payment:
        request = make_payment_request(self.session, self.stall)
        first = make_payment(self.session, request)
        make_payment(self.session, request)
        return first

    def beside_what_the_bank_took(self) -> Payment:
        request = make_payment_request(self.session, self.stall)
        taken, kept = (make_payment(self.session, request, amount) for amount in (20_000, 30_000))
        debit(self.session, self.stall, taken)
        return kept

    def after_what_the_bank_took(self) -> Payment:
        request = make_payment_request(self.session, self.stall)
        taken = make_payment(self.session, request)
        debit(self.session, self.stall, taken)
        return make_payment(self.session, self.session.get_one(PaymentRequest, request.id), 20_000)

    def a_little_short(self) -> Payment:
        return self._tolerated(49_000)

    def a_little_over(self) -> Payment:
        return self._tolerated(51_000)

    def _tolerated(self, came: int) -> Payment:
        self.market.tolerance = 1_000
        self.session.commit()
        return make_payment(self.session, make_payment_request(self.session, self.stall), came)

    def two_stalls(self) -> Payment:
        other = make_stall(self.session, self.market, channel_id=self.stall.channel_id)
        requests = [make_payment_request(self.session, each) for each in (self.stall, other)]
        line = row(" ".join(request.reference for request in requests), 100_000)
        import_rows(self.session, self.stall, line, by_channel=True)
        return self._only()

    def stalls_own_code(self) -> Payment:
        direct = make_stall(self.session, self.market)
        import_rows(self.session, direct, row(direct.reference))
        return self._only()

    def fee_by_request(self) -> Payment:
        invoice = self._invoice()
        asked = fee_requests.ask_for_fee(self.session, self.manager, invoice.id)
        self.session.commit()
        return fees.transfer(self.session, asked.channel, asked.order_code, invoice.amount)

    def fee_by_note(self) -> Payment:
        invoice = self._invoice()
        return fees.transfer(self.session, self.stall.channel, 1, 100_000, memo=invoice.reference)

    def _invoice(self) -> FeeInvoice:
        fees.make_tariff(self.session, self.market)
        fees.make_stall(self.session, self.market)
        fees.issue(self.session, self.market, self.manager)
        return self.session.scalars(select(FeeInvoice)).one()

    def _only(self) -> Payment:
        return self.session.scalars(select(Payment)).one()


KINDS = [name for name in vars(World) if not name.startswith("_")]


def debit(session: Session, stall: Stall, payment: Payment) -> None:
    line = row(f"HOAN TRA {payment.reference}", -payment.amount)
    assert outcomes(session, import_rows(session, stall, line, by_channel=True)) == ["reversal"]


def apart(session: Session, manager: Actor, payment: Payment) -> Resolution:
    made = resolutions.unmatch(session, manager, payment.id, "Nhầm quầy")
    session.commit()
    return made


def together(session: Session, manager: Actor, made: Resolution) -> Resolution:
    undone = resolutions.undo(session, manager, made.exception_id, "Đúng quầy", made.id)
    session.commit()
    return undone


def why_not(session: Session, manager: Actor, made: Resolution) -> str:
    """What the page says, and the refusal too."""
    exception = resolutions.get_exception(session, manager, made.exception_id)
    said = why_not_taken_back(session, case_of(session, exception), made)
    with pytest.raises(Conflict) as refusal:
        together(session, manager, made)
    session.rollback()
    assert said is not None
    assert str(said) == str(refusal.value.detail)
    return str(said)


@pytest.mark.parametrize("kind", KINDS)
def test_all_is_as_it_was(session: Session, market: Market, stall: Stall, manager: Actor, kind: str) -> None:
    payment = getattr(World(session, market, stall, manager), kind)()
    before, stood, booked = state(session, market), places(session), entries(session)
    for _ in range(2):
        made = apart(session, manager, payment)
        assert state(session, market) != before
        assert together(session, manager, made).status == "undone"
        assert (state(session, market), places(session)) == (before, stood)
        assert booked < (booked := entries(session))


def test_history_tells_both_steps_and_the_stall_is_told(
    session: Session, stall: Stall, manager: Actor
) -> None:
    payment = make_payment(session, request := make_payment_request(session, stall))
    together(session, manager, apart(session, manager, payment))
    steps = session.scalars(
        select(PaymentRequestChange.to_status)
        .where(PaymentRequestChange.payment_request_id == request.id)
        .order_by(PaymentRequestChange.created_at)
    )
    assert list(steps)[-3:] == ["paid", "awaiting_payment", "paid"]
    told = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.settled.v1")).all()
    assert [(event.stall_id, event.payload["status"]) for event in told] == [(stall.id, "paid")] * 2


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("a_little_over", ["payment.settled.v1"]),
        ("two_stalls", ["payment.settled.v1"] * 2),
        ("stalls_own_code", ["stall_payment.received.v1"]),
        ("fee_by_request", ["fee_invoice.paid.v1", "fee_payment.settled.v1"]),
        ("fee_by_note", ["fee_invoice.paid.v1"]),
    ],
)
def test_each_is_told_what_is_its_own(
    session: Session, market: Market, stall: Stall, manager: Actor, kind: str, told: list[str]
) -> None:
    made = apart(session, manager, getattr(World(session, market, stall, manager), kind)())
    last = session.scalar(select(func.max(OutboxEvent.id)))
    together(session, manager, made)
    events = session.scalars(select(OutboxEvent.type).where(OutboxEvent.id > last))
    assert sorted(events) == told


def test_what_was_taken_apart_before_its_requests_were_kept(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    made = apart(session, manager, payment)
    seller = Account(market.id, AccountKind.SELLER, stall.seller_id)
    former = f"resolution:{made.id}:seller:{stall.seller_id}:{stall.id}"
    today = business_day(now())
    book(session, [Booking(former, seller, Account(market.id, AccountKind.SUSPENSE), 1, today, payment.id)])
    session.commit()
    assert "khớp lại" in why_not(session, manager, made)


def cancel(session: Session, request: PaymentRequest) -> None:
    cancel_payment_request(session, anybody(session), request.id)
    session.commit()


def pay(session: Session, request: PaymentRequest) -> None:
    make_payment(session, session.get_one(PaymentRequest, request.id))


@pytest.mark.parametrize(("meanwhile", "said"), [(pay, "trả bằng tiền khác"), (cancel, "bị hủy")])
def test_request_that_went_on_without_it(
    session: Session,
    stall: Stall,
    manager: Actor,
    meanwhile: Callable[[Session, PaymentRequest], None],
    said: str,
) -> None:
    request = make_payment_request(session, stall)
    made = apart(session, manager, make_payment(session, request))
    meanwhile(session, request)
    assert request.reference in (told := why_not(session, manager, made))
    assert said in told


def test_fee_that_was_paid_otherwise(session: Session, market: Market, stall: Stall, manager: Actor) -> None:
    payment = World(session, market, stall, manager).fee_by_note()
    made = apart(session, manager, payment)
    invoice = session.scalars(select(FeeInvoice)).one()
    fees.transfer(session, stall.channel, 2, invoice.amount, memo=invoice.reference, reference="FT2")
    assert invoice.reference in why_not(session, manager, made)


def test_money_that_was_decided_about_comes_back_first(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    before = state(session, market)
    made = apart(session, manager, payment)
    decide(session, manager, exception_of(session, payment), WRITE_OFF)
    assert "quyết định đó trước" in why_not(session, manager, made)
    take_back(session, manager, exception_of(session, payment))
    together(session, manager, made)
    assert state(session, market) == before


def test_money_that_goes_back_to_its_payer(session: Session, stall: Stall, manager: Actor) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    made = apart(session, manager, payment)
    give_back(session, manager, payment)
    assert "quyết định đó trước" in why_not(session, manager, made)


def test_money_that_the_bank_took(session: Session, stall: Stall, manager: Actor) -> None:
    payment = make_payment(session, make_payment_request(session, stall))
    made = apart(session, manager, payment)
    debit(session, stall, payment)
    assert "Ngân hàng đã rút lại" in why_not(session, manager, made)


def test_two_people_put_together_what_two_took_apart(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = make_payment(session, make_payment_request(session, stall, amount=3_000_000), 3_100_000)
    before, second = state(session, market), manager_of(session, market)
    made = apart(session, manager, payment)
    resolutions.approve(session, second, made.exception_id)
    session.commit()
    proposed = together(session, manager, made)
    assert (proposed.action, proposed.status, proposed.undoes_id) == ("undo", "proposed", made.id)
    with pytest.raises(Forbidden):
        resolutions.approve(session, manager, made.exception_id)
    session.rollback()
    resolutions.approve(session, second, made.exception_id)
    session.commit()
    assert state(session, market) == before


def test_others_money_stays_where_it_is(
    session: Session, market: Market, stall: Stall, channel: CollectionChannel, manager: Actor
) -> None:
    """The rest of a payment that a person had matched."""
    request = make_payment_request(session, stall, amount=40_000)
    orphan = make_orphan(session, channel)
    decide(session, manager, exception_of(session, orphan), Wish(MATCH, request.id))
    payment = make_payment(session, make_payment_request(session, stall))
    before = state(session, market)
    together(session, manager, apart(session, manager, payment))
    assert state(session, market) == before
