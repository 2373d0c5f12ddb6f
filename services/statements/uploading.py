"""A statement taken in: whose account it is about, and its bytes, sealed until they have been read."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from core.crypto import seal_bytes
from core.errors import InvalidInput, NotFound, text
from core.ids import new_id
from models import (
    CollectionChannel,
    PayoutAccount,
    Stall,
    Statement,
    StatementFile,
    StatementStatus,
)
from services import audit
from services.access import Actor, require, visible_stalls
from services.events import StatementUploaded, record
from services.markets import direct_channel
from services.queries.markets import get_channel, get_managed_market
from services.statements.described import Described
from services.statements.heads import Head, pack, take_head
from services.statements.lines import UnknownLayout
from services.statements.reading import read_statement
from services.statements.scope import described_in
from services.storing import find_stored, store

LONGEST_NAME = 120
LARGEST_WORKBOOK_TRIED = 512 * 1024
"""A larger workbook is first opened by the worker: it takes too long while somebody waits."""


def upload_statement(
    session: Session,
    actor: Actor,
    *,
    content: bytes,
    file_name: str,
    payout_account_id: UUID | None = None,
    channel_id: UUID | None = None,
    market_id: UUID | None = None,
    id: UUID | None = None,
) -> tuple[Statement, bool]:
    """Store a file about a seller's account or a channel; False where `id` is stored already. A table whose layout
    nobody knows waits for a person who describes it (`services.statements.mappings`).

    Raises InvalidInput for a file that is no statement, NotFound, Forbidden.
    """
    if stored := find_stored(session, Statement, id):
        get_managed_market(session, actor, stored.market_id)
        return stored, False
    if (payout_account_id is None) == (channel_id is None):
        raise InvalidInput.of("payout_account_id", text("Cần chọn đúng một tài khoản hoặc một kênh thu"))
    if channel_id:
        channel = get_channel(session, actor, channel_id)
        payout_account_id = _only_account(session, channel)
        market = _market_of_channel(session, actor, channel, market_id)
        booked_to = channel.id
    else:
        assert payout_account_id is not None
        market = _market(session, actor, Stall.payout_account_id == payout_account_id, market_id)
        booked_to = direct_channel(session, session.get_one(PayoutAccount, payout_account_id).seller_id)
    head = _head_where_unknown(content, described_in(session, market))
    statement = Statement(
        id=id or new_id(),
        market_id=market,
        channel_id=booked_to,
        payout_account_id=payout_account_id,
        account_id=payout_account_id or booked_to,
        file_name=_plain_name(file_name),
        sha256=hashlib.sha256(content).digest(),
        status=StatementStatus.UNMAPPED if head else StatementStatus.WAITING,
        uploaded_by=actor.user_id,
    )
    store(session, statement)
    sealed = seal_bytes(zlib.compress(content, level=3))
    store(
        session, StatementFile(statement_id=statement.id, content=sealed, head=pack(head) if head else None)
    )
    if head is None:
        record(session, StatementUploaded(market, statement.id))
    audit.note(session, actor, "statement.uploaded", statement.id)
    return statement, True


def _market_of_channel(
    session: Session, actor: Actor, channel: CollectionChannel, wished: UUID | None
) -> UUID:
    if channel.market_id:
        return get_managed_market(session, actor, channel.market_id).id
    used = or_(Stall.channel_id == channel.id, Stall.seller_id == channel.seller_id)
    return _market(session, actor, used, wished)


def _only_account(session: Session, channel: CollectionChannel) -> UUID | None:
    """A seller's *direct* channel is the seller's account, where there is one only. Of several, a line would be
    another one under the channel than under its account. Raises InvalidInput."""
    if channel.has_collector or channel.seller_id is None:
        return None
    query = select(Stall.payout_account_id).where(Stall.seller_id == channel.seller_id).distinct().limit(2)
    accounts = session.scalars(query).all()
    if len(accounts) > 1:
        raise InvalidInput.of(
            "payout_account_id", text("Người bán có nhiều tài khoản: hãy chọn đúng tài khoản")
        )
    return accounts[0] if accounts else None


def _market(session: Session, actor: Actor, stalls: ColumnElement[bool], wished: UUID | None) -> UUID:
    """In which market what nobody asked for is kept: the one wished for, or the first that the person manages, where a
    stall is open before where it is closed.
    Raises NotFound, Forbidden."""
    query = select(Stall.market_id).where(stalls, visible_stalls(actor))
    seen = session.scalars(query.order_by(Stall.closed_on.is_not(None), Stall.created_at)).all()
    if not seen:
        raise NotFound()
    own = [market for market in seen if actor.is_administrator or market in actor.markets]
    require(bool(own))
    return wished if wished in own else own[0]


def _head_where_unknown(content: bytes, described: Sequence[Described]) -> Head | None:
    """Tell at once what can be told at once: the first rows of a table that has to be described. Raises
    InvalidInput."""
    file = io.BytesIO(content)
    if len(content) > LARGEST_WORKBOOK_TRIED and zipfile.is_zipfile(file):
        return None
    try:
        next(read_statement(file, described=described).found, None)
    except UnknownLayout:
        head = take_head(content)
        if head is None:
            raise
        return head
    return None


def _plain_name(name: str) -> str:
    """For people to find it by; nothing is ever opened by it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name.replace("\\", "/"))
    return plain.rpartition("/")[2].strip()[-LONGEST_NAME:] or "sao-ke"
