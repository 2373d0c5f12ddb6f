"""Money in a seller's own account is this seller's already: it pays no fee and answers nobody else's request."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from models import (
    CollectionChannel,
    FeeInvoice,
    FeePayment,
    FeeStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ResolutionAction,
    Stall,
)
from services.access import Actor
from services.answering import fee_beyond_reach
from services.resolution_plans import Wish, case_of, match_named
from services.suggestions import list_suggestions
from tests.builders import (
    make_orphan,
    make_payment_request,
    make_payos_channel,
    make_seller,
    make_stall,
    payout_account,
)
from tests.integration.services.desk import balances, decide, exception_of
from tests.integration.services.fees import issue, make_tariff, transfer
from tests.integration.services.statement_files import import_rows, kinds, row
from tests.integration.services.told import message, settle

FEE = 96_000
ACCOUNT = "190055"


@pytest.fixture
def stall(session: Session, market: Market) -> Stall:
    return make_stall(session, market, area_m2=8, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture
def own(session: Session, stall: Stall) -> CollectionChannel:
    """The seller's own account."""
    return session.get_one(CollectionChannel, stall.channel_id)


@pytest.fixture
def invoice(session: Session, market: Market, stall: Stall, manager: Actor) -> FeeInvoice:
    make_tariff(session, market)
    issue(session, market, manager)
    return session.scalars(select(FeeInvoice)).one()


def tell(session: Session, how: str, stall: Stall, memo: str, amount: int) -> Payment:
    """Money that came to the stall's own account."""
    if how == "statement":
        import_rows(session, stall, row(memo, amount))
    elif how == "bank":
        settle(session, message(session, stall.channel_id, memo, amount, account=ACCOUNT))
    else:
        transfer(session, stall.channel, 1, amount, memo=memo)
    session.expire_all()
    return session.scalars(select(Payment)).one()


@pytest.mark.parametrize("how", ["statement", "bank", "channel"])
def test_fee_is_not_paid_with_what_lies_in_the_sellers_account(
    session: Session, market: Market, stall: Stall, invoice: FeeInvoice, how: str
) -> None:
    payment = tell(session, how, stall, f"NOP PHI {invoice.reference}", FEE)
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.ISSUED, 0)
    assert session.scalars(select(FeePayment)).all() == []
    assert kinds(session) == ["orphan"]
    assert balances(session, market) == {"channel": FEE, "suspense": -FEE}
    assert fee_beyond_reach(session, payment) == invoice.reference


def test_desk_does_not_pay_it_either(
    session: Session, stall: Stall, invoice: FeeInvoice, manager: Actor
) -> None:
    payment = tell(session, "channel", stall, f"NOP PHI {invoice.reference}", FEE)
    exception = exception_of(session, payment)
    case = case_of(session, exception)
    assert list_suggestions(session, case) == []
    for wish in (
        Wish(ResolutionAction.MATCH, fee_invoice_id=invoice.id),
        match_named(session, case, invoice.reference),
    ):
        with pytest.raises(InvalidInput) as refusal:
            decide(session, manager, exception, wish)
        assert "tài khoản của người bán" in str(refusal.value.errors["fee_invoice_id"][0])
        session.rollback()
    assert session.get_one(FeeInvoice, invoice.id).status is FeeStatus.ISSUED


def test_markets_own_money_is_within_reach(session: Session, market: Market, invoice: FeeInvoice) -> None:
    payment = transfer(session, make_payos_channel(session, market), 1, FEE, memo=invoice.reference)
    assert invoice.status is FeeStatus.PAID
    assert fee_beyond_reach(session, payment) is None


def test_database_refuses_a_fees_payment_out_of_a_sellers_account(
    session: Session, own: CollectionChannel, invoice: FeeInvoice
) -> None:
    payment = make_orphan(session, own)
    session.add(FeePayment(invoice_id=invoice.id, payment_id=payment.id, amount=1))
    with pytest.raises(IntegrityError) as refusal:
        session.flush()
    assert refusal.value.orig.diag.constraint_name == "ck_fee_payments_in_the_markets_account"  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["statement", "bank", "channel"])
@pytest.mark.parametrize("whose", ["own", "other"])
def test_request_is_answered_out_of_its_own_sellers_account(
    session: Session, market: Market, stall: Stall, manager: Actor, how: str, whose: str
) -> None:
    """What the automatic way does with the whole code, people may do with a bent one, and no more."""
    other = make_stall(session, market, make_seller(session))
    request = make_payment_request(session, stall if whose == "own" else other)
    payment = tell(session, how, stall, request.reference[:-1], request.amount)
    exception = exception_of(session, payment)
    wish = Wish(ResolutionAction.MATCH, request.id)
    suggested = [s.request.id for s in list_suggestions(session, case_of(session, exception))]
    if whose == "own":
        assert suggested == [request.id]
        decide(session, manager, exception, wish)
        session.expire_all()
        assert session.get_one(PaymentRequest, request.id).amount_paid == request.amount
        return
    assert suggested == []
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, exception, wish)
    assert "người bán khác" in str(refusal.value.errors["payment_request_id"][0])
    session.rollback()
    assert session.get_one(PaymentRequest, request.id).status is PaymentStatus.AWAITING_PAYMENT


def test_markets_channel_answers_every_sellers_requests(
    session: Session, market: Market, stall: Stall, manager: Actor
) -> None:
    request = make_payment_request(session, stall)
    payment = make_orphan(session, make_payos_channel(session, market), request.amount)
    exception = exception_of(session, payment)
    assert [s.request.id for s in list_suggestions(session, case_of(session, exception))] == [request.id]
    assert decide(session, manager, exception, Wish(ResolutionAction.MATCH, request.id)).status == "done"
