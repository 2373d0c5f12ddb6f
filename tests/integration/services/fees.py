"""A market that asks for fees, and money that comes for them."""

from sqlalchemy import select

from core.clock import business_day, now
from core.periods import month_of
from gateways.ports import Transfer
from models import FeeKind, Payment
from services import fee_tariffs, fees
from services.fee_payments import settle_fee_payments
from services.matching import ChannelTransfer
from services.payments import settle_transfers
from services.queries.journal import journal_balance
from tests import builders

TODAY = business_day(now())
MONTH = month_of(TODAY)
FIRST = TODAY.replace(day=1)


def make_tariff(session, market, kind=FeeKind.AREA_MONTH, rate=12_000, **facts):
    facts = {"valid_from": FIRST} | facts
    tariff, _ = fee_tariffs.set_tariff(
        session, builders.anybody(session), market_id=market.id, kind=kind, rate=rate, **facts
    )
    session.commit()
    return tariff


def make_stall(session, market, **facts):
    return builders.make_stall(session, market, **({"area_m2": 8} | facts))


def issue(session, market, manager, period=MONTH):
    issued = fees.issue_invoices(session, manager, market.id, period)
    session.commit()
    return issued


def balances(session, market):
    found = journal_balance(session, builders.anybody(session), market.id)
    assert found.total == 0
    return {account.kind: account.balance for account in found.accounts}


def transfer(session, channel, order_code, amount, memo="CHUYEN TIEN", reference="FT1"):
    """Money that came through a channel, and what follows from it."""
    seen = Transfer(order_code, "V3CAS0001", reference, amount, now(), memo)
    settle_transfers(session, [ChannelTransfer(channel.id, seen)], cause="notice")
    session.commit()
    payment = session.scalars(select(Payment).where(Payment.reference == reference)).one()
    for _ in range(2):  # a job may run twice
        settle_fee_payments(session, [payment.id])
        session.commit()
    session.expire_all()
    return payment
