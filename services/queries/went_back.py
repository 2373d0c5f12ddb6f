"""What reports subtract: money that left a channel again (refunds that were paid, payments that the bank took back), on
the day on which the journal has it, whatever day it had come; and money of nobody that was written off."""

from sqlalchemy import Subquery, case, select
from sqlalchemy.orm import aliased

from models import AccountKind, JournalAccount, JournalEntry, Payment


def went_back() -> Subquery:
    """One row an entry: `amount` đồng out of an account of kind `held_as`, with the `stall_id` and `channel_id` of the
    payment. Few: they are found by their channels' accounts."""
    channel, held = aliased(JournalAccount), aliased(JournalAccount)
    return (
        select(
            JournalEntry.market_id,
            JournalEntry.business_day,
            JournalEntry.created_at,
            JournalEntry.amount,
            held.kind.label("held_as"),
            Payment.stall_id,
            Payment.channel_id,
        )
        .join(channel, channel.id == JournalEntry.credit_account_id)
        .join(held, held.id == JournalEntry.debit_account_id)
        .join(Payment, Payment.id == JournalEntry.payment_id)
        .where(channel.kind == AccountKind.CHANNEL, channel.market_id == JournalEntry.market_id)
        .subquery("went_back")
    )


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
