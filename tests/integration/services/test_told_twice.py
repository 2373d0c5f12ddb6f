"""A line that was said to be another transfer was the same one after all: its money goes out of the books again, and a
person is asked anew; or what stands in the way is said."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict
from models import (
    ExceptionKind,
    ExceptionStatus,
    FeeInvoice,
    Market,
    OutboxEvent,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    Resolution,
    ResolutionAction,
    Stall,
    StatementLine,
)
from services import resolutions
from services.access import Actor
from services.queries.day_closes import day_figures
from services.resolution_effects import why_not_taken_back
from services.resolution_plans import Wish, case_of
from tests.bank_notices import ACCOUNT
from tests.builders import anybody, make_payment_request, make_payos_channel, make_stall, payout_account
from tests.integration.services import fees
from tests.integration.services.desk import decide, exception_of, manager_of
from tests.integration.services.statement_files import (
    at,
    balances,
    count_payments,
    import_rows,
    kinds,
    notice,
    outcomes,
    row,
    timed,
)
from tests.integration.services.told import tell
from tests.integration.services.undoing import entries, state

SAME, ANOTHER = Wish(ResolutionAction.SAME), Wish(ResolutionAction.ANOTHER)


def asked(session: Session) -> ReconciliationException:
    kind = ReconciliationException.kind == ExceptionKind.MAYBE_SAME
    return session.scalars(
        select(ReconciliationException).where(kind), execution_options={"populate_existing": True}
    ).one()


def twice(
    session: Session, stall: Stall, memo: str, amount: int = 50_000, *, by_channel: bool = False
) -> None:
    """Told by two statements, of which one has no reference."""
    for reference in (None, ""):
        import_rows(session, stall, row(memo, amount, reference), by_channel=by_channel)


def let_go(session: Session, manager: Actor, made: Resolution) -> Resolution:
    undone = resolutions.undo(session, manager, made.exception_id, "Một lần thôi", made.id)
    session.commit()
    return undone


def why_not(session: Session, manager: Actor, made: Resolution) -> str:
    """What the page says, and the refusal too."""
    said = why_not_taken_back(session, case_of(session, asked(session)), made)
    with pytest.raises(Conflict) as refusal:
        let_go(session, manager, made)
    session.rollback()
    assert str(said) == str(refusal.value.detail)
    return str(said)


def second(session: Session) -> Payment:
    """What the line made that was asked about."""
    return session.get_one(Payment, asked(session).statement_line_id)


class World:
    """What such a line may be for."""

    def __init__(self, session: Session, market: Market, stall: Stall, manager: Actor) -> None:
        self.session, self.market, self.stall, self.manager = session, market, stall, manager

    def nobody(self) -> None:
        twice(self.session, self.stall, "mua rau")

    def request_paid_already(self) -> None:
        twice(self.session, self.stall, make_payment_request(self.session, self.stall).reference)

    def part_of_a_request(self) -> None:
        twice(self.session, self.stall, make_payment_request(self.session, self.stall).reference, 20_000)

    def stalls_own_code(self) -> None:
        twice(self.session, self.stall, self.stall.reference)

    def fee_by_note(self) -> None:
        fees.make_tariff(self.session, self.market)
        fees.make_stall(self.session, self.market)
        fees.issue(self.session, self.market, self.manager)
        invoice = self.session.scalars(select(FeeInvoice)).one()
        stall = make_stall(
            self.session, self.market, channel_id=make_payos_channel(self.session, self.market).id
        )
        twice(self.session, stall, invoice.reference, 40_000, by_channel=True)

    def told_by_a_notice_too(self) -> None:
        account = payout_account(account_number=ACCOUNT)
        stall = make_stall(self.session, self.market, payout_account=account)
        import_rows(self.session, stall, timed(row("mua rau"), at(0, 1)))
        import_rows(self.session, stall, timed(row("mua rau", reference=""), at(0, 1)))
        for number in range(2):
            tell(self.session, stall, "mua rau", reference=f"MBVCB.{number}", at=at(0, 1))


KINDS = [name for name in vars(World) if not name.startswith("_")]


@pytest.mark.parametrize("kind", KINDS)
def test_all_is_as_it_was(session: Session, market: Market, stall: Stall, manager: Actor, kind: str) -> None:
    getattr(World(session, market, stall, manager), kind)()
    before, booked = state(session, market), entries(session)
    for _ in range(2):
        made = decide(session, manager, asked(session), ANOTHER)
        assert state(session, market) != before
        assert let_go(session, manager, made).status == "undone"
        assert state(session, market) == before
        assert booked <= (booked := entries(session))


def test_request_that_it_paid_asks_again_and_the_stall_is_told(
    session: Session, market: Market, stall: Stall, manager: Actor, request_: PaymentRequest
) -> None:
    twice(session, stall, request_.reference, 25_000)
    made = decide(session, manager, asked(session), ANOTHER)
    session.refresh(request_)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PAID, 50_000)
    let_go(session, manager, made)
    session.refresh(request_)
    assert (request_.status, request_.amount_paid) == (PaymentStatus.PARTLY_PAID, 25_000)
    (told,) = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.reversed.v1"))
    assert (told.stall_id, told.payload["payment_request_id"]) == (stall.id, str(request_.id))
    assert told.payload["amount"] == 25_000


def test_stall_whose_own_code_it_named_is_told(session: Session, stall: Stall, manager: Actor) -> None:
    twice(session, stall, stall.reference)
    let_go(session, manager, decide(session, manager, asked(session), ANOTHER))
    (told,) = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.reversed.v1"))
    assert (told.stall_id, told.payload["payment_request_id"]) == (stall.id, None)


def test_said_again_to_be_another_it_waits_for_its_person(
    session: Session, market: Market, stall: Stall, manager: Actor, request_: PaymentRequest
) -> None:
    twice(session, stall, request_.reference, 20_000)
    for _ in range(2):
        let_go(session, manager, decide(session, manager, asked(session), ANOTHER))
    decide(session, manager, asked(session), ANOTHER)
    assert (count_payments(session), kinds(session)) == (2, ["orphan"])
    assert balances(session, market) == {"channel": 40_000, "seller": -20_000, "suspense": -20_000}
    opened = ReconciliationException.status == ExceptionStatus.OPEN
    waits = session.scalars(select(ReconciliationException).where(opened)).one()
    assert waits.payment_id == second(session).id
    decide(session, manager, waits, Wish(ResolutionAction.MATCH, request_.id))
    session.refresh(request_)
    assert (request_.amount_paid, kinds(session)) == (40_000, [])


def test_said_to_be_the_same_after_that(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    twice(session, stall, "mua rau")
    let_go(session, manager, decide(session, manager, asked(session), ANOTHER))
    decide(session, manager, asked(session), SAME)
    assert (kinds(session), balances(session, market)) == (
        ["orphan"],
        {"channel": 50_000, "suspense": -50_000},
    )


def test_reports_of_the_day_have_it_no_more(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    twice(session, stall, stall.reference)
    today = business_day(now())

    def cashless() -> tuple[int, int]:
        totals = day_figures(session, anybody(session), market.id, today).totals
        return totals.cashless, totals.refunded

    before = cashless()
    let_go(session, manager, decide(session, manager, asked(session), ANOTHER))
    assert cashless()[0] == before[0]


def decided(session: Session, market: Market, stall: Stall, manager: Actor) -> None:
    decide(session, manager, exception_of(session, second(session)), Wish(ResolutionAction.WRITE_OFF))


def taken(session: Session, market: Market, stall: Stall, manager: Actor) -> None:
    second(session).reference = "FT9900000001"
    session.commit()
    assert outcomes(session, import_rows(session, stall, row("HOAN TRA FT9900000001", -50_000))) == [
        "reversal"
    ]


Meanwhile = Callable[[Session, Market, Stall, Actor], None]


@pytest.mark.parametrize(
    ("meanwhile", "said"), [(decided, "quyết định đó trước"), (taken, "Ngân hàng đã rút lại")]
)
def test_what_went_on_since(
    session: Session, market: Market, stall: Stall, manager: Actor, meanwhile: Meanwhile, said: str
) -> None:
    twice(session, stall, "mua rau")
    made = decide(session, manager, asked(session), ANOTHER)
    meanwhile(session, market, stall, manager)
    assert said in why_not(session, manager, made)


@pytest.fixture
def payos(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def test_channel_that_tells_of_it_too_says_that_it_came(
    session: Session, payos: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, payos)
    twice(session, payos, request.reference, by_channel=True)
    made = decide(session, manager, asked(session), ANOTHER)
    assert [notice(session, request, name) for name in ("FT-ONE", "FT-TWO")] == [0, 0]
    assert "đã báo lần chuyển này" in why_not(session, manager, made)


@pytest.mark.parametrize(
    "lines", [[("", "FT-SAME"), ("", "")], [("loi", "FT-SAME"), ("loi khac", "FT-SAME")]]
)
def test_channel_that_tells_later_is_heard(
    session: Session, market: Market, payos: Stall, manager: Actor, lines: Sequence[tuple[str, str]]
) -> None:
    """What never came answers for none of its notices, by its request or by its reference."""
    request = make_payment_request(session, payos)
    for memo, reference in lines:
        import_rows(session, payos, row(memo or request.reference, reference=reference), by_channel=True)
    let_go(session, manager, decide(session, manager, asked(session), ANOTHER))
    decide(session, manager, asked(session), SAME)
    assert [notice(session, request, name) for name in ("FT-SAME", "FT-SECOND")] == [0, 1]
    assert balances(session, market) == {"channel": 100_000, "seller": -50_000, "suspense": -50_000}


def test_bank_takes_back_only_what_came(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    """Two lines of one reference in different words: one of them never came."""
    for memo in ("mua rau", "tra tien thit"):
        import_rows(session, stall, row(memo, reference="FT7700000001"))
    let_go(session, manager, decide(session, manager, asked(session), ANOTHER))
    decide(session, manager, asked(session), SAME)
    debit = row("HOAN TRA FT7700000001", -50_000)
    assert outcomes(session, import_rows(session, stall, debit)) == ["reversal"]
    assert balances(session, market) == {}


def test_two_people_take_back_what_two_said(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    market.second_person_limit = 10_000
    session.commit()
    other = manager_of(session, market)
    twice(session, stall, "mua rau")
    before, made = state(session, market), decide(session, manager, asked(session), ANOTHER)
    resolutions.approve(session, other, made.exception_id)
    session.commit()
    assert let_go(session, manager, made).status == "proposed"
    assert asked(session).status is ExceptionStatus.OPEN
    resolutions.approve(session, other, made.exception_id)
    session.commit()
    assert state(session, market) == before
    assert session.scalars(select(StatementLine.payment_id)).all().count(None) == 1
