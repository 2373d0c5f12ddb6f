"""Notices of a bank's movements, settled as a statement's lines are: the same rules, in as many statements for a
batch as for one notice. So it does not matter which of the two tells of a transfer first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from core.clock import bank_day
from core.crypto import blind_index
from gateways.formats import BANK_FORMATS
from gateways.ports import BankMovement
from models import (
    CollectionChannel,
    FeeAccount,
    IgnoredBecause,
    InboxMessage,
    PaymentRequest,
    PayoutAccount,
    Stall,
    StatementLine,
    VirtualAccount,
)
from models.bulk import among
from services.matching import LINK_ACCOUNT
from services.statements import late_accounts, pairing, recognising, retold, reversals, settling, staging
from services.statements.lines import Line
from services.statements.scope import Place
from services.statements.staging import Identified, Staged
from services.turns import read_alone, take_turns_of_sellers

ACCOUNTS = "accounts"
"""Where the intake puts the blind indexes of the account's numbers."""
WAITS = timedelta(days=3)
"""How long money that went back waits for the notice of what it takes back; a later statement finds it still."""


@dataclass(frozen=True)
class Told:
    """A stored notice: `accounts` are blind indexes, the first that is the channel's counts. `virtual_account_id` is a
    stall's."""

    message_id: UUID
    provider: str
    key: str
    channel_id: UUID
    accounts: tuple[bytes, ...]
    movement: BankMovement
    virtual_account_id: UUID | None = None


def settle_bank_notices(session: Session, message_ids: Sequence[UUID]) -> int:
    """Store, match, book and announce what these messages tell of; how many were dealt with. Repeating it changes
    nothing. What is about an account that is not its channel's is marked and left alone. Money that went out is acted
    on where it takes a payment back, whichever of the two is told first."""
    told = _to_stalls(session, _read(session, message_ids))
    places = _places(session, told)
    found = {notice.message_id: place for notice in told if (place := _place(notice, places))}
    _ignore(session, [notice.message_id for notice in told if notice.message_id not in found])
    read_alone(session, {place.account_id for place in found.values()})
    dealt_with = _dealt_with(session, list(found))
    new = [notice for notice in told if notice.message_id in found and notice.message_id not in dealt_with]
    if not new:
        return 0
    new.sort(key=lambda notice: (notice.movement.occurred_at, notice.key))
    links = _links(session, new)
    lines = [
        _line(number, notice, found[notice.message_id], links) for number, notice in enumerate(new, start=1)
    ]
    _take_turns(session, {line.place for line in lines})
    staging.stage(session, lines)
    retold.mark(session, None)
    pairing.pair(session, by_notices=True)
    recognising.recognise(session, cause="notice")
    settling.settle(session, cause="notice")
    late_accounts.hand_over(session)
    told_of = {line.place.account_id: line.place for line in lines}
    since = min(line.line.line.bank_day for line in lines) - WAITS
    reversals.undo_noticed(session, told_of, since, cause="notice")
    return len(new)


def _take_turns(session: Session, places: Collection[Place]) -> None:
    """At the stalls that this may be about, all at once: those of a reversal are known only after the lines have been
    dealt with."""
    take_turns_of_sellers(session, {place.seller_id for place in places if place.seller_id})


def _read(session: Session, message_ids: Sequence[UUID]) -> list[Told]:
    query = select(InboxMessage).where(
        among(InboxMessage.id, message_ids),
        InboxMessage.ignored.is_(None),
        InboxMessage.channel_id.is_not(None),
    )
    return [_told(message) for message in session.scalars(query)]


def _told(message: InboxMessage) -> Told:
    movement = BANK_FORMATS[message.source].read_stored(message.body, message.received_at)
    assert isinstance(movement, BankMovement)
    assert message.channel_id
    accounts = tuple(bytes.fromhex(index) for index in message.body.get(ACCOUNTS, ()))
    return Told(message.id, message.source, message.key, message.channel_id, accounts, movement)


def _to_stalls(session: Session, told: Sequence[Told]) -> list[Told]:
    """With the stalls' virtual accounts to which the money came, and the accounts beside which these stand. Of those
    that one number was, it is the first that ended after the money had moved."""
    rows = session.execute(
        select(VirtualAccount, PayoutAccount.account_number_index)
        .join(Stall, Stall.id == VirtualAccount.stall_id)
        .join(PayoutAccount, PayoutAccount.id == Stall.payout_account_id)
        .where(
            among(VirtualAccount.channel_id, {notice.channel_id for notice in told}),
            among(VirtualAccount.number, {notice.movement.virtual_account for notice in told}),
        )
        .order_by(VirtualAccount.ended_at, VirtualAccount.id)
    ).all()
    return [_to_stall(notice, rows) for notice in told] if rows else list(told)


def _to_stall(notice: Told, rows: Sequence[Row[VirtualAccount, bytes]]) -> Told:
    seen = notice.movement
    for known, index in rows:
        stood = known.ended_at is None or seen.occurred_at < known.ended_at
        if stood and (known.channel_id, known.number) == (notice.channel_id, seen.virtual_account):
            return replace(notice, accounts=(*notice.accounts, index), virtual_account_id=known.id)
    return notice


Places = Mapping[tuple[UUID, bytes], Place]


def _place(notice: Told, places: Places) -> Place | None:
    return next(
        (places[key] for index in notice.accounts if (key := (notice.channel_id, index)) in places), None
    )


def _places(session: Session, told: Sequence[Told]) -> dict[tuple[UUID, bytes], Place]:
    """By channel and blind index: the sellers' own accounts, and those into which markets' fees are paid."""
    if not told:
        return {}
    channels = among(CollectionChannel.id, {notice.channel_id for notice in told})
    indexes = {index for notice in told for index in notice.accounts}
    fees = (
        select(CollectionChannel.id, FeeAccount.account_number_index, FeeAccount.market_id)
        .join(FeeAccount, FeeAccount.channel_id == CollectionChannel.id)
        .where(channels, FeeAccount.account_number_index.in_(indexes))
    )
    found = {
        (channel, bytes(index)): Place(channel, channel, market, None)
        for channel, index, market in session.execute(fees)
    }
    for row in session.execute(_of_sellers(channels, indexes)):
        if row.market_id:
            place = Place(row.account_id, row.channel_id, row.market_id, row.seller_id)
            found[row.channel_id, bytes(row.account_number_index)] = place
    return found


def _of_sellers(channels: Any, indexes: set[bytes]) -> Any:
    """With the market in which what nobody asked for is kept: that of the first stall paid into the account, else
    of the seller's first; an open one before one that was closed."""
    market = (
        select(Stall.market_id)
        .where(Stall.seller_id == PayoutAccount.seller_id)
        .order_by(
            (Stall.payout_account_id == PayoutAccount.id).desc(),
            Stall.closed_on.is_not(None),
            Stall.created_at,
            Stall.id,
        )
        .limit(1)
        .correlate(PayoutAccount)
        .scalar_subquery()
    )
    return (
        select(
            CollectionChannel.id.label("channel_id"),
            CollectionChannel.seller_id,
            PayoutAccount.id.label("account_id"),
            PayoutAccount.account_number_index,
            market.label("market_id"),
        )
        .join(PayoutAccount, PayoutAccount.seller_id == CollectionChannel.seller_id)
        .where(channels, PayoutAccount.account_number_index.in_(indexes))
        .order_by(PayoutAccount.created_at.desc(), PayoutAccount.id)
    )


def _ignore(session: Session, message_ids: Sequence[UUID]) -> None:
    if message_ids:
        session.execute(
            update(InboxMessage)
            .where(among(InboxMessage.id, message_ids))
            .values(ignored=IgnoredBecause.OTHER_ACCOUNT)
            .execution_options(synchronize_session=False)
        )


def _dealt_with(session: Session, message_ids: Sequence[UUID]) -> set[UUID | None]:
    query = select(StatementLine.inbox_message_id).where(among(StatementLine.inbox_message_id, message_ids))
    return set(session.scalars(query))


def _links(session: Session, told: Sequence[Told]) -> dict[bytes, str]:
    """The codes of the requests into whose links' own virtual accounts the money came, by their blind indexes; a number
    that several links had says nothing."""
    indexes = {_link_account(notice) for notice in told if notice.movement.virtual_account}
    if not indexes:
        return {}
    query = (
        select(PaymentRequest.link_account_index, func.min(PaymentRequest.reference))
        .where(among(PaymentRequest.link_account_index, indexes))
        .group_by(PaymentRequest.link_account_index)
        .having(func.count() == 1)
    )
    return {index: code for index, code in session.execute(query) if index}


def _link_account(notice: Told) -> bytes:
    return blind_index(LINK_ACCOUNT, notice.movement.virtual_account)


def _line(number: int, notice: Told, place: Place, links: Mapping[bytes, str]) -> Staged:
    seen = notice.movement
    line = Line(
        number,
        seen.reference,
        seen.amount,
        bank_day(seen.occurred_at),
        seen.occurred_at,
        seen.memo,
    )
    identity = staging.identity_of(seen.reference, seen.amount)
    return Staged(
        place,
        Identified(line, identity or staging.identity_of_notice(notice.provider, notice.key)),
        notice.message_id,
        notice.virtual_account_id if seen.amount > 0 else None,
        links.get(_link_account(notice)) if links and seen.amount > 0 else None,
    )
