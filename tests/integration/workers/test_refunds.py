"""Money on its way back through payOS, the provider being its sandbox."""

import json

import pytest
import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from gateways.payouts import Payout, PayoutStatus
from models import (
    ExceptionStatus,
    FormerKeys,
    JournalEntry,
    Market,
    OutboxEvent,
    Payment,
    PaymentRequest,
    PaymentStatus,
    Refund,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    Stall,
)
from services import refunds, resolutions
from services.access import Actor
from services.channel_keys import rotate_channel_keys
from services.payment_requests import cancel_payment_request
from services.queries.reports import GroupBy, payments_report
from services.resolution_plans import Wish
from tests.builders import anybody, make_orphan, make_payment, make_payment_request
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, Sandbox
from tests.integration.services.desk import balances, decide, exception_of, give_back, manager_of, take_back
from tests.integration.workers.harness import carry, pass_time
from workers.jobs import maintenance


@pytest.fixture
def manager(session: Session, market: Market) -> Actor:
    return manager_of(session, market)


@pytest.fixture
def funds(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    """The market's account at payOS holds something: a customer paid there."""
    request = make_payment_request(session, stall, amount=500_000)
    carry()
    session.expire_all()
    link = session.get_one(PaymentRequest, request.id).payment_link_id
    assert link
    sandbox.pay(link)


def payouts(sandbox: Sandbox, refund: Refund) -> list[dict[str, object]]:
    url = f"{sandbox.url}/v1/payouts?referenceId={refund.idempotency_key}"
    headers = {"x-client-id": CLIENT, "x-api-key": API_KEY}
    found: list[dict[str, object]] = requests.get(url, headers=headers, timeout=5).json()["data"]["payouts"]
    return found


def ask(session: Session) -> None:
    """A while later the clock strikes."""
    pass_time(session, 700)
    maintenance.look_after_refunds()
    carry()


def the_refund(session: Session) -> Refund:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Refund).order_by(Refund.created_at.desc())).first()  # type: ignore[return-value]


def settle(session: Session) -> Refund:
    """Ask until the bank has done it."""
    for _ in range(60):
        ask(session)
        if (refund := the_refund(session)).status is not RefundStatus.SENT:
            return refund
    raise AssertionError("the bank takes for ever")


def status(session: Session, request: PaymentRequest) -> PaymentStatus:
    session.rollback()
    session.expire_all()
    return session.get_one(PaymentRequest, request.id).status


@pytest.mark.usefixtures("funds")
def test_refund_under_way_is_looked_up_with_the_keys_that_sent_it(
    session: Session, sandbox: Sandbox, stall: Stall, manager: Actor
) -> None:
    """The new client knows nothing of it: asked alone, it would send the money again."""
    payment = make_orphan(session, stall.channel, 70_000)
    give_back(session, manager, payment)
    carry()
    keys = {"client_id": "sandbox-client-2", "api_key": API_KEY, "checksum_key": CHECKSUM_KEY}
    rotate_channel_keys(
        session, anybody(session), stall.channel_id, base_url="http://127.0.0.1:9", keep_old_days=0, **keys
    )
    session.commit()
    done = settle(session)
    assert done.status is RefundStatus.DONE
    (payout,) = payouts(sandbox, done)
    assert payout["id"] == done.payout_id


@pytest.mark.usefixtures("funds")
def test_client_that_was_let_go_before_is_not_asked(session: Session, stall: Stall, manager: Actor) -> None:
    """payOS does not let it in any more, and would for ever seem to refuse to tell."""
    gone = {"client_id": "gone", "api_key": API_KEY, "checksum_keys": [CHECKSUM_KEY]}
    facts = {"channel_id": stall.channel_id, "retired_at": now(), "knows_orders": True}
    session.add(FormerKeys(credentials=json.dumps(gone), **facts))
    session.commit()
    give_back(session, manager, make_orphan(session, stall.channel, 70_000))
    carry()
    assert settle(session).status is RefundStatus.DONE


@pytest.mark.usefixtures("funds")
def test_orphan_goes_back_and_is_booked_once(
    session: Session, sandbox: Sandbox, market: Market, stall: Stall, manager: Actor
) -> None:
    payment = make_orphan(session, stall.channel, 70_000)
    give_back(session, manager, payment)
    carry()
    sent = the_refund(session)
    assert (sent.status, bool(sent.payout_id)) == (RefundStatus.SENT, True)
    assert balances(session, market) == {"channel": 70_000, "refunds": -70_000}
    done = settle(session)
    assert (done.status, done.next_look_at, done.problem) == (RefundStatus.DONE, None, None)
    assert balances(session, market) == {}
    (payout,) = payouts(sandbox, done)
    transfer = payout["transactions"][0]  # type: ignore[index]
    assert (transfer["amount"], transfer["toBin"], transfer["toAccountNumber"]) == (
        70_000,
        "970415",
        "10000000001",
    )
    assert session.scalar(select(func.count()).where(OutboxEvent.type == "refund.completed.v1")) == 1
    today = business_day(now())
    totals = payments_report(session, manager, market.id, today, today, GroupBy.DAY).totals
    assert (totals.refunded, totals.unmatched, totals.payments) == (70_000, 0, 1)
    refunds.record_payout(session, done.id, Payout(str(done.payout_id), "x", 70_000, PayoutStatus.DONE))
    session.commit()
    assert balances(session, market) == {}
    with pytest.raises(Exception, match="không rút lại"):
        take_back(session, manager, exception_of(session, payment))


@pytest.mark.usefixtures("funds")
@pytest.mark.parametrize("kind", ["drop", "timeout", "http_500"])
def test_lost_answer_sends_nothing_twice(
    session: Session, sandbox: Sandbox, market: Market, stall: Stall, manager: Actor, kind: str
) -> None:
    give_back(session, manager, make_orphan(session, stall.channel))
    sandbox.fault(kind, call="payout", seconds=3)
    carry()
    assert settle(session).status is RefundStatus.DONE
    assert len(payouts(sandbox, the_refund(session))) == 1
    assert balances(session, market) == {}


@pytest.mark.usefixtures("funds")
def test_cancelled_request_is_refunded(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    cancel_payment_request(session, anybody(session), request.id)
    session.commit()
    payment = make_payment(session, request)
    assert status(session, request) is PaymentStatus.REFUND_DUE
    give_back(session, manager, payment)
    carry()
    settle(session)
    assert status(session, request) is PaymentStatus.REFUNDED
    assert balances(session, market) == {}


@pytest.mark.usefixtures("funds")
def test_what_was_too_much_goes_back_and_the_sale_is_paid(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    payment = make_payment(session, request, 60_000)
    give_back(session, manager, payment)
    assert status(session, request) is PaymentStatus.REFUND_DUE
    carry()
    assert settle(session).amount == 10_000
    assert status(session, request) is PaymentStatus.PAID
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}


@pytest.mark.usefixtures("funds")
def test_late_payment_goes_back_out_of_the_sellers(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    payment: Payment = make_payment(session, request, occurred_at=request.expires_at.replace(year=2030))
    assert balances(session, market) == {"channel": 50_000, "seller": -50_000}
    give_back(session, manager, payment)
    carry()
    settle(session)
    assert status(session, request) is PaymentStatus.REFUNDED
    assert balances(session, market) == {}


def test_refusal_opens_the_exception_again(
    session: Session, sandbox: Sandbox, market: Market, stall: Stall, manager: Actor
) -> None:
    """The account does not hold that much."""
    market.second_person_limit = 10**12
    payment = make_orphan(session, stall.channel, 900_000_000_000)
    give_back(session, manager, payment)
    carry()
    refused = the_refund(session)
    assert refused.status is RefundStatus.REJECTED
    assert "số dư" in str(refused.problem)
    exception = exception_of(session, payment)
    assert exception.status is ExceptionStatus.OPEN
    resolution = session.scalars(select(Resolution)).one()
    assert (resolution.status, resolution.undone_by) == (ResolutionStatus.UNDONE, None)
    assert balances(session, market) == {"channel": 900_000_000_000, "suspense": -900_000_000_000}
    assert payouts(sandbox, refused) == []
    session.expire_all()
    assert decide(session, manager, exception, Wish(ResolutionAction.REFUND)).status is ResolutionStatus.DONE


@pytest.mark.usefixtures("funds")
def test_provider_that_will_not_tell_is_no_refusal(
    session: Session, sandbox: Sandbox, market: Market, stall: Stall, manager: Actor
) -> None:
    give_back(session, manager, make_orphan(session, stall.channel))
    sandbox.fault("drop", call="payout")
    sandbox.fault("channel_inactive", count=3)
    carry()
    ask(session)
    waiting = the_refund(session)
    assert waiting.status is RefundStatus.SENT
    assert settle(session).status is RefundStatus.DONE
    assert len(payouts(sandbox, the_refund(session))) == 1
    assert session.scalar(select(func.count()).select_from(JournalEntry)) == 3


def test_called_off_before_it_was_sent(
    session: Session, sandbox: Sandbox, market: Market, stall: Stall, manager: Actor
) -> None:
    made = give_back(session, manager, make_orphan(session, stall.channel))
    resolutions.undo(session, manager, made.exception_id, "Khách đã nhận hàng")
    session.commit()
    carry()
    assert the_refund(session).status is RefundStatus.REJECTED
    assert payouts(sandbox, the_refund(session)) == []
