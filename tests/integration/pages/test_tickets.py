"""A day's ticket of somebody who sells without a stall: seen, paid and kept by that person alone."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import FeeInvoice, FeeKind, Market, Seller
from services import fee_payments, fee_tariffs, fees
from tests import builders
from tests.integration.pages.conftest import Enter

TODAY = business_day(now())


@pytest.fixture
def market(session: Session) -> Market:
    market = builders.make_market(session)
    day = {"kind": FeeKind.DAY, "rate": 5_000, "valid_from": TODAY - timedelta(days=30)}
    fee_tariffs.set_tariff(session, builders.anybody(session), market_id=market.id, **day)
    return market


@pytest.fixture
def seller(session: Session) -> Seller:
    return builders.make_seller(session)


@pytest.fixture
def ticket(session: Session, market: Market, seller: Seller) -> FeeInvoice:
    found, _ = fees.issue_ticket(session, builders.anybody(session), market.id, TODAY.isoformat(), seller.id)
    session.commit()
    return found


def test_its_seller_finds_it_from_home(
    session: Session, enter: Enter, seller: Seller, market: Market, ticket: FeeInvoice
) -> None:
    own = enter(builders.make_seller_account(session, seller))
    assert "1 vé chưa nộp" in own.get("/").text("tickets")
    listed = own.get("/tickets")
    assert ticket.reference in listed.text("tickets")
    assert market.name in listed.text("tickets")
    page = own.get(f"/fee-invoices/{ticket.id}")
    assert page.status == 200
    assert page.text("fee-amount") == "5.000 ₫"
    assert not page.has("cash")


def test_once_paid_there_is_a_receipt(
    session: Session, enter: Enter, seller: Seller, ticket: FeeInvoice
) -> None:
    fee_payments.note_cash(session, builders.anybody(session), ticket.id, amount=5_000)
    session.commit()
    own = enter(builders.make_seller_account(session, seller))
    assert "Đã nộp hết" in own.get("/").text("tickets")
    receipt = own.client.get(f"/api/v1/fee-invoices/{ticket.id}/receipt.pdf")
    assert receipt.data.startswith(b"%PDF")


def test_another_seller_sees_nothing_of_it(session: Session, enter: Enter, ticket: FeeInvoice) -> None:
    other = enter(builders.make_seller_account(session, builders.make_seller(session)))
    assert not other.get("/").has("tickets")
    assert other.get("/tickets").has("empty")
    assert other.get(f"/fee-invoices/{ticket.id}").status == 404
    assert other.client.get(f"/api/v1/fee-invoices/{ticket.id}/receipt.pdf").status_code == 404


def test_who_has_a_stall_too_finds_it_beside_the_stalls_fees(
    session: Session, enter: Enter, seller: Seller, ticket: FeeInvoice
) -> None:
    stall = builders.make_stall(session, seller=seller)
    holder = enter(builders.make_stallholder(session, stall))
    assert holder.get(f"/stalls/{stall.id}/fees").has("tickets")
    assert ticket.reference in holder.get("/tickets").text("tickets")
    assert holder.get(f"/fee-invoices/{ticket.id}").status == 200
