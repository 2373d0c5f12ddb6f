"""A refund in the journal: put aside once it is ordered, out of its channel once it is paid, back where it was where it
will not happen."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import AccountKind, JournalAccount, JournalEntry, Payment, Refund, RefundSource, RefundStatus
from services.holdings import held_of, is_reversed
from services.journal import Account, Booking, book, book_back
from services.shares import stall_of_refund


def put_aside(session: Session, refund: Refund) -> None:
    """Nobody decides about this money any more."""
    payment = session.get_one(Payment, refund.payment_id)
    source = Account(payment.market_id, AccountKind.SUSPENSE)
    if refund.source is RefundSource.SELLER:
        source = Account(payment.market_id, AccountKind.SELLER, refund.seller_id)
    _move(session, refund, _ordered(refund.id), source, _aside(payment, refund))


def put_back(session: Session, refund: Refund) -> None:
    """What was put aside, unless the bank took it."""
    if not is_reversed(session, refund.payment_id):
        book_back(session, _ordered(refund.id), business_day(now()))


def pay_out(session: Session, refund: Refund) -> bool:
    """Whether it was there to be paid: what the bank took back as well, is lost to the market until somebody gets it
    back."""
    payment = session.get_one(Payment, refund.payment_id)
    channel = Account(payment.market_id, AccountKind.CHANNEL, payment.channel_id)
    is_there = held_of(session, payment.id, AccountKind.REFUNDS) >= refund.amount
    source = _aside(payment, refund) if is_there else _nobodys(payment)
    _move(session, refund, _paid(refund.id), source, channel)
    return is_there


def paid_since(session: Session, refund: Refund, moment: datetime) -> bool:
    query = select(JournalEntry.id).where(
        JournalEntry.key == _paid(refund.id), JournalEntry.created_at >= moment
    )
    return session.scalar(query) is not None


def find_again(session: Session, payment: Payment) -> None:
    """The bank did not take the payment back after all. What was put aside of it is there again: it stays for what is
    on its way, makes good what was paid at the market's loss, and goes where it was for what did not happen."""
    for refund in session.scalars(select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id)):
        if refund.status is RefundStatus.REJECTED:
            put_back(session, refund)
        elif refund.status is RefundStatus.SENT:
            put_aside(session, refund)
        elif _was_a_loss(session, refund):
            put_aside(session, refund)
            _move(session, refund, f"{_paid(refund.id)}:found", _aside(payment, refund), _nobodys(payment))


def _was_a_loss(session: Session, refund: Refund) -> bool:
    query = (
        select(JournalEntry.id)
        .join(JournalAccount, JournalAccount.id == JournalEntry.debit_account_id)
        .where(JournalEntry.key == _paid(refund.id), JournalAccount.kind == AccountKind.WRITE_OFF)
    )
    return session.scalar(query) is not None


def _ordered(refund_id: UUID) -> str:
    return f"refund:{refund_id}:ordered"


def _paid(refund_id: UUID) -> str:
    return f"refund:{refund_id}"


def _aside(payment: Payment, refund: Refund) -> Account:
    return Account(payment.market_id, AccountKind.REFUNDS, refund.seller_id or payment.market_id)


def _nobodys(payment: Payment) -> Account:
    return Account(payment.market_id, AccountKind.WRITE_OFF, payment.market_id)


def _move(session: Session, refund: Refund, key: str, debit: Account, credit: Account) -> None:
    """Once for ever by its key."""
    payment = session.get_one(Payment, refund.payment_id)
    booking = Booking(
        key=key,
        debit=debit,
        credit=credit,
        amount=refund.amount,
        business_day=business_day(now()),
        payment_id=payment.id,
        stall_id=stall_of_refund(session, refund, payment),
    )
    book(session, [booking])
