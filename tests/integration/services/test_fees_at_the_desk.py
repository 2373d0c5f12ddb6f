"""Money for a fee whose code could not be read, or that was taken for a fee's by mistake: for a person at the desk."""

import pytest
from sqlalchemy import select

from core.errors import InvalidInput
from models import (
    AccountKind,
    ExceptionStatus,
    FeeInvoice,
    FeePayment,
    FeeStatus,
    ReconciliationException,
    ResolutionAction,
)
from services import fee_payments, fee_requests, resolutions
from services.access import actor_of
from services.fee_payments import settle_fee_payments
from services.resolution_plans import Wish, case_of, match_named
from services.suggestions import list_suggestions
from tests import builders
from tests.integration.services.fees import balances, issue, make_stall, make_tariff, transfer


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


@pytest.fixture
def orphan(session, market, invoice):
    channel = builders.make_payos_channel(session, market)
    return transfer(session, channel, 1, 96_000, memo=f"nop phi {invoice.reference[:-2]}")


def decide(session, manager, payment, **wish):
    found = select(ReconciliationException).where(ReconciliationException.payment_id == payment.id)
    exception = session.scalars(found).one()
    wish = Wish(ResolutionAction.MATCH, **wish)
    made = resolutions.resolve(session, manager, exception.id, wish, "Đã hỏi người bán")
    session.commit()
    session.expire_all()
    return made


def case(session, payment):
    found = select(ReconciliationException).where(ReconciliationException.payment_id == payment.id)
    return case_of(session, session.scalars(found).one())


def test_open_fees_of_that_sum_are_suggested(session, invoice, orphan):
    (suggestion,) = list_suggestions(session, case(session, orphan))
    assert (suggestion.request.fee_invoice_id, suggestion.request.payment_request_id) == (
        invoice.id,
        None,
    )
    assert suggestion.request.stall_number == invoice.stall.number
    assert suggestion.reasons == ("Đúng số phí còn phải nộp",)


def test_fee_of_another_sum_is_not(session, market, manager, invoice):
    orphan = transfer(session, builders.make_payos_channel(session, market), 1, 95_000)
    assert list_suggestions(session, case(session, orphan)) == []


def test_fees_code_is_accepted(session, market, invoice, orphan):
    found = case(session, orphan)
    typed = f" {invoice.reference[:4].lower()} {invoice.reference[4:]}"
    assert match_named(session, found, typed).fee_invoice_id == invoice.id
    other = builders.make_orphan(session, builders.make_payos_channel(session, builders.make_market(session)))
    with pytest.raises(InvalidInput):
        match_named(session, case(session, other), invoice.reference)


def test_code_of_the_markets_request_stands_for_its_fee(session, manager, invoice, orphan):
    request = fee_requests.ask_for_fee(session, manager, invoice.id)
    session.commit()
    assert match_named(session, case(session, orphan), request.reference).fee_invoice_id == invoice.id


def test_it_pays_the_fee_and_may_be_taken_back(session, market, manager, invoice, orphan):
    made = decide(session, manager, orphan, fee_invoice_id=invoice.id)
    assert (made.amount, made.fee_invoice_id) == (96_000, invoice.id)
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.PAID, 96_000)
    assert balances(session, market)[AccountKind.FEES] == -96_000
    assert session.scalars(select(ReconciliationException.status)).one() is ExceptionStatus.RESOLVED
    resolutions.undo(session, manager, made.exception_id, "Nhầm quầy")
    session.commit()
    session.expire_all()
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.ISSUED, 0)
    found = balances(session, market)
    assert (found[AccountKind.FEES], found[AccountKind.SUSPENSE]) == (0, -96_000)


def test_two_parts_of_one_payment(session, market, manager, invoice, orphan):
    for part in (40_000, None):
        decide(session, manager, orphan, fee_invoice_id=invoice.id, amount=part)
    assert (invoice.status, session.scalars(select(FeePayment.amount)).one()) == (FeeStatus.PAID, 96_000)
    resolutions.undo(session, manager, case(session, orphan).exception.id, "Nhầm quầy")
    session.commit()
    session.expire_all()
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.ISSUED, 40_000)


def test_fee_that_is_paid_takes_nothing(session, manager, invoice, orphan):
    fee_payments.note_cash(session, manager, invoice.id)
    session.commit()
    with pytest.raises(InvalidInput) as refusal:
        decide(session, manager, orphan, fee_invoice_id=invoice.id)
    assert "fee_invoice_id" in refusal.value.errors


@pytest.mark.parametrize("by_request", [False, True])
def test_transfer_that_was_no_fee_is_taken_apart(session, market, manager, invoice, by_request):
    channel, code, memo = builders.make_payos_channel(session, market), 1, invoice.reference
    if by_request:
        code, memo = fee_requests.ask_for_fee(session, manager, invoice.id).order_code, "CHUYEN TIEN"
        session.commit()
    payment = transfer(session, channel, code, 96_000, memo=memo)
    assert invoice.status is FeeStatus.PAID
    resolutions.unmatch(session, manager, payment.id, "Không phải phí")
    session.commit()
    for _ in range(2):  # a job may run once more, late
        settle_fee_payments(session, [payment.id])
        session.commit()
    session.expire_all()
    assert (invoice.status, invoice.amount_paid) == (FeeStatus.ISSUED, 0)
    assert session.scalars(select(FeePayment)).all() == []
    found = balances(session, market)
    assert (found[AccountKind.FEES], found[AccountKind.SUSPENSE]) == (0, -96_000)
    decide(session, manager, payment, fee_invoice_id=invoice.id)
    assert (invoice.status, balances(session, market)[AccountKind.SUSPENSE]) == (FeeStatus.PAID, 0)


def test_too_much_cash_is_told_what_remains(session, manager, invoice):
    with pytest.raises(InvalidInput) as caught:
        fee_payments.note_cash(session, manager, invoice.id, 96_001)
    assert "còn phải trả 96.000 ₫" in str(caught.value.errors["amount"][0])
