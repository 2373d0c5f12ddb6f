"""A market's tolerance: the same by notice and by statement, booked to the last đồng, and only as far as it goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import InvalidInput, NotFound
from gateways.ports import Transfer
from models import (
    AuditEntry,
    Market,
    OutboxEvent,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    ResolutionAction,
    Stall,
)
from services import resolutions
from services.access import actor_of
from services.markets import set_tolerance
from services.matching import ChannelTransfer
from services.payment_requests import create_payment_request
from services.payments import settle_transfers
from services.queries.day_closes import day_figures
from services.queries.journal import journal_balance
from services.resolution_plans import Wish
from services.statements import importing
from services.statements.uploading import upload_statement
from tests.builders import (
    anybody,
    make_manager,
    make_market,
    make_payment_request,
    make_payos_channel,
    make_stall,
)
from tests.integration.services.statement_files import (
    balances,
    import_rows,
    kinds,
    notice,
    row,
    statement_file,
    timed,
)

S = PaymentStatus
Settle = Callable[[Session, Stall, PaymentRequest, int, bool], None]


@pytest.fixture
def market(session: Session) -> Market:
    """Lets a transfer differ by 1.000 đồng."""
    market = make_market(session)
    set_tolerance(session, anybody(session), market.id, 1_000)
    session.commit()
    return market


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, channel_id=make_payos_channel(session, market).id)


def by_notice(session: Session, stall: Stall, request: PaymentRequest, amount: int, late: bool) -> None:
    at = request.expires_at + timedelta(minutes=5) if late else request.created_at + timedelta(minutes=1)
    transfer = Transfer(request.order_code, "V3CAS0001", "FT0001", amount, at, request.reference)
    settle_transfers(session, [ChannelTransfer(request.channel_id, transfer)], cause="notice")
    session.flush()


def by_statement(session: Session, stall: Stall, request: PaymentRequest, amount: int, late: bool) -> None:
    at = request.expires_at + timedelta(minutes=5) if late else request.created_at + timedelta(minutes=1)
    line = timed(row(request.reference, amount, reference="FT0001"), at)
    direct = not stall.channel.has_collector
    about = {"payout_account_id": stall.payout_account_id} if direct else {"channel_id": stall.channel_id}
    statement, _ = upload_statement(
        session, anybody(session), content=statement_file([line]), file_name="sao-ke.csv", **about
    )
    begun = importing.begin_import(session, statement.id)
    assert begun
    reading = importing.open_reading(*begun)
    importing.take_rows(session, reading, importing.next_rows(reading))
    session.flush()


def end(session: Session, market: Market, request: PaymentRequest) -> dict[str, object]:
    """All that follows from money that came, and none of its ids."""
    session.expire_all()
    balance = journal_balance(session, anybody(session), market.id)
    assert balance.total == 0
    events = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.settled.v1"))
    named = ("status", "amount", "amount_paid")
    return {
        "status": request.status,
        "paid": request.amount_paid,
        "balances": {account.kind: account.balance for account in balance.accounts if account.balance},
        "matches": session.scalars(select(PaymentMatch.amount)).all(),
        "exceptions": kinds(session),
        "events": [{name: event.payload[name] for name in named} for event in events],
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1_000, 60_000),
    st.integers(0, 5_000),
    st.integers(-5_500, 5_500),
    st.booleans(),
    st.booleans(),
)
@example(50_000, 1_000, -1_000, False, False)
@example(50_000, 1_000, 1_000, False, False)
@example(50_000, 1_000, -1_001, False, False)
@example(50_000, 1_000, 1_001, False, True)
@example(50_000, 1_000, 1_001, True, True)
@example(50_000, 0, -1_000, True, True)
@example(50_000, 0, 0, True, False)
@example(1_000, 5_000, 101, False, False)
def test_both_paths_lead_to_the_same_end(
    session: Session,
    market: Market,
    stall: Stall,
    asked: int,
    tolerance: int,
    differs: int,
    late: bool,
    direct: bool,
) -> None:
    """Of what a payOS request got, payOS tells besides: what its line left open is then as it would be without it. A
    direct request counts no more than it asked for: what is too much is a person's, with the same exception."""
    amount = max(asked + differs, 1)
    at = make_stall(session, market) if direct else stall
    paths: list[tuple[Settle, ...]] = [(by_notice,), (by_statement,) if direct else (by_statement, by_notice)]
    ends = []
    for path in paths:
        set_tolerance(session, anybody(session), market.id, tolerance)
        request, _ = create_payment_request(session, anybody(session), stall_id=at.id, amount=asked)
        made = now() - timedelta(hours=2)
        session.execute(
            update(PaymentRequest)
            .where(PaymentRequest.id == request.id)
            .values(created_at=made, expires_at=made + timedelta(minutes=30))
        )
        session.flush()
        session.expire_all()
        for settle in path:
            settle(session, at, request, amount, late)
        ends.append(end(session, market, request))
        session.rollback()
    most = min(tolerance, asked // 10)
    tolerated = abs(amount - asked) <= most
    if direct and amount > asked + most:
        assert (ends[1]["status"], ends[1]["paid"]) == (S.PAID_LATE if late else S.PAID, asked)
        told = {"status", "paid", "events"}
        ends = [{name: value for name, value in each.items() if name not in told} for each in ends]
    assert ends[0] == ends[1]
    assert (ends[0].get("status") in {S.PAID, S.PAID_LATE}) is tolerated
    if tolerated:
        assert ends[0]["balances"] == {
            kind: balance
            for kind, balance in (("channel", amount), ("seller", -asked), ("rounding", asked - amount))
            if balance
        }


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([500, 1_000, 20_000, 29_500, 30_000, 49_200, 50_700]), min_size=1, max_size=4),
    st.data(),
)
def test_sums_do_not_depend_on_the_order_in_which_we_hear_of_them(
    session: Session, market: Market, request_: PaymentRequest, amounts: list[int], data: st.DataObject
) -> None:
    moved = [
        Transfer(
            request_.order_code,
            "V3CAS1",
            f"FT{number}",
            amount,
            request_.created_at + timedelta(minutes=number),
            "",
        )
        for number, amount in enumerate(amounts)
    ]
    ends = []
    for order in (moved, data.draw(st.permutations(moved))):
        for transfer in order:
            settle_transfers(session, [ChannelTransfer(request_.channel_id, transfer)], cause="notice")
            session.expire_all()
        found = end(session, market, request_)
        held: dict[str, int] = found["balances"]  # type: ignore[assignment]
        unasked = held.get("rounding", 0) + held.get("suspense", 0)
        ends.append((found["status"], found["paid"], held.get("seller", 0), unasked))
        session.rollback()
    assert ends[0] == ends[1]
    total = sum(amounts)
    paid = total >= 49_000
    assert ends[0][2] == (-50_000 if paid else -total)


def test_topping_up_takes_the_difference_back(
    session: Session, market: Market, request_: PaymentRequest
) -> None:
    notice(session, request_, "FT1", 49_300)
    assert balances(session, market) == {"channel": 49_300, "seller": -50_000, "rounding": 700}
    notice(session, request_, "FT2", 700)
    assert (request_.status, request_.amount_paid) == (S.PAID, 50_000)
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    assert kinds(session) == []


@pytest.mark.parametrize("amount", [49_300, 50_700])
def test_reversal_takes_the_difference_back_too(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest, amount: int
) -> None:
    import_rows(session, stall, row(request_.reference, amount, reference="FT00000001"), by_channel=True)
    session.refresh(request_)
    assert request_.status is S.PAID
    back = row(f"HOAN TRA {request_.reference}", -amount, reference="FT00000002")
    import_rows(session, stall, back, by_channel=True)
    session.refresh(request_)
    assert request_.status is S.REVERSED
    assert balances(session, market) == {}


@pytest.mark.parametrize("amount", [49_300, 50_700])
@pytest.mark.parametrize("statement_first", [True, False])
def test_transfer_that_both_tell_of_is_one_payment(
    session: Session,
    market: Market,
    stall: Stall,
    request_: PaymentRequest,
    amount: int,
    statement_first: bool,
) -> None:
    line = row(request_.reference, amount, reference="FT00000001", day=business_day(now()))
    if statement_first:
        import_rows(session, stall, line, by_channel=True)
        notice(session, request_, "other name", amount)
    else:
        notice(session, request_, "other name", amount)
        import_rows(session, stall, line, by_channel=True)
    session.refresh(request_)
    assert (request_.status, request_.amount_paid) == (S.PAID, amount)
    assert balances(session, market) == {"channel": amount, "seller": -50_000, "rounding": 50_000 - amount}
    assert kinds(session) == []


def test_day_is_as_much_as_came(session: Session, market: Market, stall: Stall) -> None:
    for amount in (49_300, 50_900):
        notice(session, make_payment_request(session, stall), f"FT{amount}", amount)
    figures = day_figures(session, anybody(session), market.id, business_day(now()))
    assert (figures.came, figures.matched, figures.open_amount) == (100_200, 100_200, 0)


def test_person_who_ties_money_within_the_tolerance_pays_the_request_and_may_take_it_back(
    session: Session, market: Market, stall: Stall, request_: PaymentRequest
) -> None:
    import_rows(session, stall, row("mua rau", 49_500), by_channel=True)
    exception = session.scalars(select(ReconciliationException)).one()
    wish = Wish(ResolutionAction.MATCH, payment_request_id=request_.id)
    decided = resolutions.resolve(session, anybody(session), exception.id, wish, "Khách đưa biên lai")
    session.commit()
    session.refresh(request_)
    assert request_.status in {S.PAID, S.PAID_LATE}
    assert balances(session, market) == {"channel": 49_500, "seller": -50_000, "rounding": 500}
    resolutions.undo(session, anybody(session), exception.id, "Nhầm khách", decided.id)
    session.commit()
    session.refresh(request_)
    assert request_.status is S.AWAITING_PAYMENT
    assert balances(session, market) == {"channel": 49_500, "suspense": -49_500}


def test_two_codes_and_a_sum_a_little_off_settle_none(session: Session, stall: Stall) -> None:
    """Of which of the two the difference is, nobody knows."""
    first, second = (make_payment_request(session, stall) for _ in range(2))
    import_rows(session, stall, row(f"{first.reference} {second.reference}", 99_900), by_channel=True)
    assert session.scalars(select(PaymentMatch)).all() == []
    assert kinds(session) == ["orphan"]


def test_tolerance_is_that_of_the_moment_when_the_request_was_made(
    session: Session, market: Market, request_: PaymentRequest
) -> None:
    set_tolerance(session, anybody(session), market.id, 0)
    session.commit()
    notice(session, request_, "FT1", 49_000)
    assert request_.status is S.PAID
    stricter = make_payment_request(session, session.get_one(Stall, request_.stall_id))
    notice(session, stricter, "FT2", 49_000)
    assert stricter.status is S.PARTLY_PAID


def test_small_sum_is_not_paid_by_next_to_nothing(session: Session, stall: Stall) -> None:
    request = make_payment_request(session, stall, amount=3_000)
    assert request.tolerance == 300


def test_only_the_markets_manager_sets_it_within_its_bounds(session: Session, market: Market) -> None:
    manager = actor_of(make_manager(session, market))
    for wrong in (-1, 5_001):
        with pytest.raises(InvalidInput) as refused:
            set_tolerance(session, manager, market.id, wrong)
        assert list(refused.value.errors) == ["tolerance"]
    with pytest.raises(NotFound):
        set_tolerance(
            session, actor_of(make_manager(session, make_market(session, commune_code="03006"))), market.id, 1
        )
    set_tolerance(session, manager, market.id, 5_000)
    noted = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == market.id)).all()
    assert {entry.action for entry in noted} == {"market.tolerance_set"}
    with pytest.raises(IntegrityError, match="ck_markets_tolerance_small"):
        session.execute(update(Market).where(Market.id == market.id).values(tolerance=5_001))


def test_database_refuses_a_tolerance_beyond_a_tenth(session: Session, request_: PaymentRequest) -> None:
    with pytest.raises(IntegrityError, match="ck_payment_requests_tolerance_within_tenth"):
        session.execute(update(PaymentRequest).values(tolerance=5_000, amount=49_999))
    session.rollback()
    assert session.scalars(select(Payment)).all() == []
