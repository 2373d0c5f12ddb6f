"""Whose money a statement can tell of: what its codes are looked up among."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CollectionChannel, FeeAccount, PayoutAccount, Statement, StatementMapping
from services.statements.described import Described, described


class Place(NamedTuple):
    """Where a movement belongs: its account, the channel that it is booked to, the market that keeps what nobody
    asked for, and the seller whose account it is, if it is one's."""

    account_id: UUID
    channel_id: UUID
    market_id: UUID
    seller_id: UUID | None


@dataclass(frozen=True)
class Scope:
    """A market's own channel takes money for everybody in it; a seller's account, for this seller only.

    `account_number` is the account's, where we know it: rows of any other are refused. `described` are the layouts
    that people of the market described.
    """

    statement_id: UUID
    account_id: UUID
    channel_id: UUID
    market_id: UUID
    seller_id: UUID | None
    account_number: str | None
    described: tuple[Described, ...] = ()

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.channel_id, self.market_id, self.seller_id)


def scope_of(session: Session, statement: Statement) -> Scope:
    channel = session.get_one(CollectionChannel, statement.channel_id)
    number = None
    if statement.payout_account_id:
        number = session.get_one(PayoutAccount, statement.payout_account_id).account_number
    elif fees := session.scalar(select(FeeAccount).where(FeeAccount.channel_id == channel.id)):
        number = fees.account_number
    return Scope(
        statement.id,
        statement.account_id,
        channel.id,
        statement.market_id,
        channel.seller_id,
        number,
        described_in(session, statement.market_id),
    )


def described_in(session: Session, market_id: UUID) -> tuple[Described, ...]:
    """The layouts that people of a market described."""
    query = select(StatementMapping).where(StatementMapping.market_id == market_id)
    return tuple(described(mapping) for mapping in session.scalars(query.order_by(StatementMapping.id)))
