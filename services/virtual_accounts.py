"""Virtual accounts: numbers that a bank gives out beside a seller's own account. Whoever looks after the account notes
which stall has which: what comes to the number is then that stall's, whatever its note says or leaves out."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound, text
from models import CollectionChannel, PayoutAccount, Stall, VirtualAccount
from services import audit
from services.access import Actor
from services.notice_setup import NOT_YOURS, get_told_channel
from services.open_stalls import read_in_turn, take_open
from services.storing import store


def note_virtual_account(
    session: Session, actor: Actor, channel_id: UUID, *, stall_id: UUID, number: str
) -> VirtualAccount:
    """What comes to `number` is the stall's from now on, and its static QR pays into it; the stall's number before it
    is over. Noted again, nothing changes.

    Raises InvalidInput for a number that is another stall's, an account's own, or none; StallNotOpen, NotFound,
    Forbidden, Conflict for a channel that is no seller's direct one.
    """
    channel = _get_own_channel(session, actor, channel_id)
    stall = _stall_of(session, channel, stall_id)
    take_open(session, stall)
    session.refresh(stall, ["virtual_account"])
    number = number.upper()
    before = stall.virtual_account
    if before and before.number == number:
        return before
    _require_no_account(session, stall, number)
    if before:
        _end(session, before)
    noted = VirtualAccount(channel_id=channel.id, stall_id=stall.id, number=number)
    store(session, noted)
    session.refresh(stall, ["virtual_account"])
    audit.note(session, actor, "virtual_account.noted", stall.id)
    return noted


def end_virtual_account(session: Session, actor: Actor, channel_id: UUID, stall_id: UUID) -> None:
    """The stall has none any more; what came to it stays where it is. Raises NotFound, Forbidden, Conflict."""
    channel = _get_own_channel(session, actor, channel_id)
    stall = _stall_of(session, channel, stall_id)
    read_in_turn(session, stall)
    session.refresh(stall, ["virtual_account"])
    if stall.virtual_account:
        _end(session, stall.virtual_account)
        session.refresh(stall, ["virtual_account"])
        audit.note(session, actor, "virtual_account.ended", stall.id)


def _stall_of(session: Session, channel: CollectionChannel, stall_id: UUID) -> Stall:
    stall = session.scalar(select(Stall).where(Stall.id == stall_id, Stall.seller_id == channel.seller_id))
    if stall is None:
        raise NotFound()
    return stall


def _end(session: Session, account: VirtualAccount) -> None:
    account.ended_at = func.clock_timestamp()
    session.flush()


def _get_own_channel(session: Session, actor: Actor, channel_id: UUID) -> CollectionChannel:
    channel, is_own = get_told_channel(session, actor, channel_id)
    if channel.has_collector or channel.seller_id is None:
        raise Conflict(text("Chỉ tài khoản của người bán mới có tài khoản ảo cho từng quầy"))
    if not is_own:
        raise Forbidden(NOT_YOURS)
    return channel


def _require_no_account(session: Session, stall: Stall, number: str) -> None:
    """Money to an account itself says nothing of stalls."""
    own = session.scalars(select(PayoutAccount).where(PayoutAccount.seller_id == stall.seller_id))
    if any(account.account_number.upper() == number for account in own):
        raise InvalidInput.of(
            "number", text("Đây là số tài khoản chính. Hãy ghi số tài khoản ảo của riêng quầy")
        )
