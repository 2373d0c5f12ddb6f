"""Whose money may answer what was asked for: one rule for lines, suggestions and people's decisions.

A market's own channel takes money for everybody in it. What lies in a seller's account is this seller's already: it
answers this seller's requests, wherever the stall is, and pays no fee, since the market has not got it.
"""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.reference_codes import ReferenceKind, find_references
from models import CollectionChannel, FeeInvoice, Payment


def answers(owner: str, market: str, asked_in: str, seller: str) -> str:
    """In SQL: a channel's `owner` is a seller, or nobody where it is its `market`'s; `seller` has the stall that asks,
    in the market `asked_in`."""
    return (
        f"CASE WHEN {owner} IS NULL THEN {asked_in} = {market} ELSE coalesce({seller} = {owner}, false) END"
    )


def may_answer(payment: Payment) -> ColumnElement[bool]:
    """Of a payment request that is joined with its stall."""
    channel = "collection_channels.seller_id", "collection_channels.market_id"
    rule = sql(answers(*channel, "payment_requests.market_id", "stalls.seller_id"))
    return exists().where(CollectionChannel.id == payment.channel_id, rule)


def may_pay(payment: Payment) -> ColumnElement[bool]:
    """Of a fee invoice: what came lies in its market's own account."""
    return exists().where(
        CollectionChannel.id == payment.channel_id, CollectionChannel.market_id == FeeInvoice.market_id
    )


def fee_beyond_reach(session: Session, payment: Payment) -> str | None:
    """The code of a fee of its market that the note names, and that the market has not been paid by it."""
    codes = [code for code in find_references(payment.memo) if code[0] == ReferenceKind.FEE_INVOICE]
    named = FeeInvoice.reference.in_(codes), FeeInvoice.market_id == payment.market_id
    return session.scalar(select(FeeInvoice.reference).where(*named, ~may_pay(payment)).limit(1))
