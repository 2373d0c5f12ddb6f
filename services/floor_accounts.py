"""Our accounts on the floors: whether one is left alone for a while, and the tokens that let us in.

After several failures one after the other a floor is left alone, longer each time: it recovers sooner, and the
listings that wait for it lose no attempts. What it says itself (`Retry-After`) is kept to. One that does not let us
in any more is not called until a person has connected the account again.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import text
from gateways.errors import Problem
from gateways.ports import Tokens
from models import FloorAccount, FloorCursor
from services import publication_requests, redelivery

MOST_FAILURES = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
PAUSE_WHEN_THROTTLED = timedelta(seconds=2)
PAUSE_WHEN_SHUT = timedelta(minutes=10)
"""What waits is looked at so often; it goes on at once when the account is connected."""
FORMER_TOKENS = timedelta(seconds=15)
"""Workers may call with them for so long after the account was connected."""
WITH_TOKENS = ("shopee", "lazada", "tiktok")
"""Floors whose owner gives us tokens; the others have a key or password in the settings."""
LONGEST_REASON = 500
CODES_OF_ACCOUNT = (
    "not_connected",
    "token_over",
    "leave_revoked",
    "denied",
    "forbidden",
    "invalid_credentials",
)
"""Of refusals that were no fault of the listing."""
SHUT = Problem(
    None,
    "floor_shut",
    text("Sàn này cần nối lại tài khoản: hãy báo người quản trị; nối xong hệ thống sẽ tự làm tiếp"),
)
RESTING = Problem(None, "floor_resting", text("Sàn đang bận hoặc không trả lời, hệ thống sẽ tự thử lại"))


class Condition(NamedTuple):
    """How it went with a floor: for how much longer it is left alone, why, and whether its last calls failed."""

    pause: timedelta | None
    is_failing: bool
    problem: Problem = RESTING


def paused_for(session: Session, marketplace: str) -> timedelta | None:
    """For how much longer the floor is left alone."""
    return condition_of(session, marketplace).pause


def condition_of(session: Session, marketplace: str) -> Condition:
    account = session.execute(_CONDITION, {"floor": marketplace}).one_or_none()
    if account is None:
        return Condition(None, is_failing=False)
    if account.shut_at:
        return Condition(PAUSE_WHEN_SHUT, is_failing=True, problem=SHUT)
    return Condition(_left_of(account.paused_until), account.failures > 0)


_account = cast(Table, FloorAccount.__table__).c
_CONDITION = select(_account.paused_until, _account.failures, _account.shut_at).where(
    _account.marketplace == bindparam("floor")
)
"""Past the ORM: it is asked before every call."""


def _left_of(paused_until: datetime | None) -> timedelta | None:
    left = paused_until - now() if paused_until else timedelta()
    return left if left > timedelta() else None


def note_failure(session: Session, marketplace: str, retry_after: float | None = None) -> timedelta | None:
    """It did not answer, or wrongly; for how long it is left alone now, if it is."""
    account = _locked(session, marketplace)
    account.failures += 1
    over = account.failures - MOST_FAILURES
    if over >= 0:
        _rest(account, min(FIRST_PAUSE * 2 ** min(over, 10), LONGEST_PAUSE))
    if retry_after:
        _rest(account, timedelta(seconds=retry_after))
    return _left_of(account.paused_until)


def note_throttled(session: Session, marketplace: str, retry_after: float | None) -> timedelta | None:
    """It said that we are too fast: nobody calls before it wants to be called. Where it does not say when that is, we
    wait twice as long each time; calls that were under way at once count as one."""
    account = _locked(session, marketplace)
    if retry_after is not None:
        _rest(account, timedelta(seconds=retry_after))
    elif not _left_of(account.paused_until):
        _rest(account, min(PAUSE_WHEN_THROTTLED * 2 ** min(account.failures, 10), LONGEST_PAUSE))
        account.failures += 1
    return _left_of(account.paused_until)


def _rest(account: FloorAccount, pause: timedelta) -> None:
    account.paused_until = max(account.paused_until or now(), now() + pause)


def note_shut(session: Session, marketplace: str, because: str, asked_at: datetime) -> timedelta:
    """To a call that was begun at `asked_at` it said that it does not let us in any more, unless that was with the
    tokens of before; for how long what waits need not look again."""
    account = _locked(session, marketplace)
    if account.connected_at and account.connected_at + FORMER_TOKENS > asked_at:
        return FORMER_TOKENS
    if not account.shut_at:
        account.shut_at, account.shut_because = now(), because[:LONGEST_REASON]
    return PAUSE_WHEN_SHUT


def connect(session: Session, marketplace: str, tokens: Tokens | None = None) -> int:
    """A person has connected the account again, with these tokens where the floor has tokens: what waits for it goes
    on at once, and what it refused for want of them is asked again. How many listings are asked anew."""
    account = _locked(session, marketplace)
    if tokens:
        store_tokens(session, marketplace, tokens)
    account.shut_at, account.shut_because, account.connected_at = None, None, now()
    account.failures, account.paused_until = 0, None
    session.execute(
        update(FloorCursor)
        .where(FloorCursor.marketplace == marketplace)
        .values(next_poll_at=now(), failures=0, problem=None)
    )
    asked = publication_requests.ask_at_once(session, marketplace, CODES_OF_ACCOUNT)
    redelivery.hasten(session, marketplace)
    return asked


def note_success(session: Session, marketplace: str) -> None:
    """It answers: what was before is forgotten."""
    session.execute(
        update(FloorAccount)
        .where(FloorAccount.marketplace == marketplace, FloorAccount.failures > 0)
        .values(failures=0, paused_until=None)
    )


def tokens_of(session: Session, marketplace: str) -> Tokens | None:
    account = session.get(FloorAccount, marketplace)
    if account is None or account.access_token is None:
        return None
    assert account.refresh_token is not None
    assert account.expires_at is not None
    return Tokens(account.access_token, account.refresh_token, account.expires_at)


def store_tokens(session: Session, marketplace: str, tokens: Tokens) -> None:
    account = _locked(session, marketplace)
    account.access_token, account.refresh_token = tokens.access, tokens.refresh
    account.expires_at = tokens.expires_at


def _locked(session: Session, marketplace: str) -> FloorAccount:
    row = {"marketplace": marketplace, "failures": 0}
    session.execute(upsert(FloorAccount).values(row).on_conflict_do_nothing())
    return session.get_one(FloorAccount, marketplace, with_for_update=True)
