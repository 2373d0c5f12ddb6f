"""A market with money in suspense, and people who decide about it."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.crypto import seal
from gateways.ports import named_transfer
from models import InboxMessage, Market, Payment, ReconciliationException, Resolution, ResolutionAction, User
from services import resolutions
from services.access import Actor, actor_of
from services.queries.journal import journal_balance
from services.resolution_plans import Wish
from tests.builders import anybody, make_manager

PAYER = (
    '{"counterAccountBankId": "970415", "counterAccountNumber": "10000000001",'
    ' "counterAccountName": "KHACH HANG THU"}'
)
TYPED = {"bin": "970415", "account_number": "10000000002", "holder_name": "KHACH HANG HAI"}


def exception_of(session: Session, payment: Payment) -> ReconciliationException:
    query = select(ReconciliationException).where(ReconciliationException.payment_id == payment.id)
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def balances(session: Session, market: Market) -> dict[str, int]:
    """By kind of account, those that hold something; the total must be nothing."""
    session.rollback()
    balance = journal_balance(session, anybody(session), market.id)
    assert balance.total == 0
    sums: Counter[str] = Counter()
    for account in balance.accounts:
        sums[account.kind] += account.balance
    return {kind: amount for kind, amount in sums.items() if amount}


def manager_of(session: Session, market: Market) -> Actor:
    user: User = make_manager(session, market)
    session.refresh(user)
    return actor_of(user)


def tell_payer(session: Session, payment: Payment) -> None:
    """As the notice of it did."""
    key = named_transfer(payment.order_code, payment.account_number, payment.reference)
    session.add(
        InboxMessage(
            source="payos",
            key=f"{payment.channel_id}:{key}",
            channel_id=payment.channel_id,
            body={"payer": seal(PAYER).decode()},
        )
    )
    session.commit()


def decide(
    session: Session,
    actor: Actor,
    exception: ReconciliationException,
    wish: Wish,
    reason: str = "Đã hỏi khách",
) -> Resolution:
    made = resolutions.resolve(session, actor, exception.id, wish, reason)
    session.commit()
    return made


def give_back(session: Session, actor: Actor, payment: Payment) -> Resolution:
    """To the account that its notice told."""
    tell_payer(session, payment)
    return decide(session, actor, exception_of(session, payment), Wish(ResolutionAction.REFUND))


def take_back(session: Session, actor: Actor, exception: ReconciliationException) -> Resolution:
    undone = resolutions.undo(session, actor, exception.id, "Nhầm quầy")
    session.commit()
    return undone
