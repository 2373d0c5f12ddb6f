"""What the journal's accounts hold."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Subquery, cast, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import text
from models import AccountKind, CollectionChannel, JournalAccount, JournalEntry, Seller
from services.access import Actor
from services.queries.markets import get_managed_market

NAMES = {
    AccountKind.SUSPENSE: text("Tiền chưa rõ của ai"),
    AccountKind.FEES: text("Phí chợ"),
    AccountKind.CASH: text("Tiền mặt tại ban quản lý"),
    AccountKind.WRITE_OFF: text("Tiền không ai nhận"),
    AccountKind.REFUNDS: text("Tiền đang trả lại"),
}
"""Of accounts that are neither a channel's nor a seller's."""


@dataclass(frozen=True)
class AccountBalance:
    """`balance` in đồng: what was debited minus what was credited."""

    id: UUID
    kind: AccountKind
    name: str
    balance: int


@dataclass(frozen=True)
class JournalBalance:
    """`total` is 0 as long as every entry stands in two accounts of its own market."""

    total: int
    accounts: list[AccountBalance]


def journal_balance(session: Session, actor: Actor, market_id: UUID | None) -> JournalBalance:
    """The accounts of one market, or of all that the person manages. Raises NotFound, Forbidden."""
    if market_id:
        get_managed_market(session, actor, market_id)
    debited, credited = (
        _sums(column, _own(actor, JournalEntry.market_id, market_id))
        for column in (JournalEntry.debit_account_id, JournalEntry.credit_account_id)
    )
    balance = cast(func.coalesce(debited.c.amount, 0) - func.coalesce(credited.c.amount, 0), BigInteger)
    query = (
        select(
            JournalAccount.id,
            JournalAccount.kind,
            func.coalesce(CollectionChannel.name, Seller.name),
            balance,
        )
        .outerjoin(debited, debited.c.account_id == JournalAccount.id)
        .outerjoin(credited, credited.c.account_id == JournalAccount.id)
        .outerjoin(CollectionChannel, CollectionChannel.id == JournalAccount.owner_id)
        .outerjoin(Seller, Seller.id == JournalAccount.owner_id)
        .where(_own(actor, JournalAccount.market_id, market_id))
        .order_by(JournalAccount.kind, JournalAccount.created_at, JournalAccount.id)
    )
    accounts = [
        AccountBalance(id_, kind, name or NAMES[kind], amount)
        for id_, kind, name, amount in session.execute(query)
    ]
    return JournalBalance(sum(account.balance for account in accounts), accounts)


def _sums(account_id: InstrumentedAttribute[UUID], own: ColumnElement[bool]) -> Subquery:
    """What was written on one side of every account."""
    return (
        select(account_id.label("account_id"), func.sum(JournalEntry.amount).label("amount"))
        .where(own)
        .group_by(account_id)
        .subquery()
    )


def _own(actor: Actor, column: InstrumentedAttribute[UUID], market_id: UUID | None) -> ColumnElement[bool]:
    if market_id:
        return column == market_id
    return true() if actor.is_administrator else column.in_(actor.markets)
