"""What reports subtract: money that left a channel again (refunds that were paid, payments that the bank took back), on
the day on which the journal has it, whatever day it had come; and money of nobody that was written off."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Subquery, case, func, select, union_all
from sqlalchemy.orm import aliased

from models import AccountKind, JournalAccount, JournalEntry, Payment, PaymentMatch, PaymentRequest, Stall


def went_back() -> Subquery:
    """One row an entry: `amount` đồng out of an account of kind `held_as`, with the `stall_id` and `channel_id` of the
    payment; of one that several stalls share, with the stall whose money it was. Below zero on the day on which a
    person found that the bank had taken nothing. Few: they are found by their channels' accounts."""
    found = aliased(JournalEntry)
    gone = _out_of_channels(JournalEntry.business_day, JournalEntry.created_at, JournalEntry.amount)
    again = _out_of_channels(found.business_day, found.created_at, -JournalEntry.amount)
    again = again.join(found, found.key == JournalEntry.key + ":undone")
    return union_all(gone, again).subquery("went_back")


def _out_of_channels(
    day: SQLColumnExpression[date], moment: SQLColumnExpression[datetime], amount: SQLColumnExpression[int]
) -> Select[*tuple[Any, ...]]:
    channel, held = aliased(JournalAccount), aliased(JournalAccount)
    return (
        select(
            JournalEntry.market_id,
            day.label("business_day"),
            moment.label("created_at"),
            amount.label("amount"),
            held.kind.label("held_as"),
            case((Payment.shared, _stall_that_had(held)), else_=Payment.stall_id).label("stall_id"),
            Payment.channel_id,
            Payment.id.label("payment_id"),
        )
        .join(channel, channel.id == JournalEntry.credit_account_id)
        .join(held, held.id == JournalEntry.debit_account_id)
        .join(Payment, Payment.id == JournalEntry.payment_id)
        .where(channel.kind == AccountKind.CHANNEL, channel.market_id == JournalEntry.market_id)
    )


def _stall_that_had(held: type[JournalAccount]) -> ColumnElement[UUID | None]:
    """What entries say; of former ones, that did not, a stall of the seller who had the money."""
    sellers = (
        select(PaymentRequest.stall_id)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .join(Stall, Stall.id == PaymentRequest.stall_id)
        .where(PaymentMatch.payment_id == Payment.id, Stall.seller_id == held.owner_id)
        .order_by(PaymentRequest.id)
        .limit(1)
        .correlate(Payment, held)
        .scalar_subquery()
    )
    owned = held.kind.in_((AccountKind.SELLER, AccountKind.REFUNDS))
    return case((owned, func.coalesce(JournalEntry.stall_id, sellers)))


def written_off() -> Subquery:
    """One row an entry: `amount` đồng of a payment for no stall that a person gave up; below zero where that was
    taken back. The days are the payment's."""
    given_up = JournalEntry.credit_account_id == JournalAccount.id
    return (
        select(
            JournalEntry.market_id,
            case((given_up, JournalEntry.amount), else_=-JournalEntry.amount).label("amount"),
            Payment.business_day,
            Payment.occurred_at,
            Payment.channel_id,
        )
        .join(JournalAccount, given_up | (JournalEntry.debit_account_id == JournalAccount.id))
        .join(Payment, Payment.id == JournalEntry.payment_id)
        .where(
            JournalAccount.kind == AccountKind.WRITE_OFF,
            JournalAccount.market_id == JournalEntry.market_id,
            Payment.stall_id.is_(None),
        )
        .subquery("written_off")
    )
