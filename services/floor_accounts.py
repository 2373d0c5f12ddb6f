"""Our accounts on the floors: whether one is left alone for a while, and the tokens that let us in.

After several failures one after the other a floor is left alone, longer each time: it recovers sooner, and the
listings that wait for it lose no attempts. What it says itself (`Retry-After`) is kept to.
"""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import Tokens
from models import FloorAccount

MOST_FAILURES = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
PAUSE_WHEN_THROTTLED = timedelta(seconds=2)


class Condition(NamedTuple):
    """How it went with a floor: for how much longer it is left alone, and whether its last calls failed."""

    pause: timedelta | None
    is_failing: bool


def paused_for(session: Session, marketplace: str) -> timedelta | None:
    """For how much longer the floor is left alone."""
    return condition_of(session, marketplace).pause


def condition_of(session: Session, marketplace: str) -> Condition:
    account = session.execute(_CONDITION, {"floor": marketplace}).one_or_none()
    if account is None:
        return Condition(None, is_failing=False)
    left = account.paused_until - now() if account.paused_until else timedelta()
    return Condition(left if left > timedelta() else None, account.failures > 0)


_CONDITION = select(FloorAccount.paused_until, FloorAccount.failures).where(
    FloorAccount.marketplace == bindparam("floor")
)


def note_failure(session: Session, marketplace: str) -> timedelta | None:
    """It did not answer, or wrongly; for how long it is left alone now, if it is."""
    account = _locked(session, marketplace)
    account.failures += 1
    over = account.failures - MOST_FAILURES
    if over < 0:
        return None
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(over, 10), LONGEST_PAUSE)
    account.paused_until = now() + pause
    return pause


def note_throttled(session: Session, marketplace: str, retry_after: float | None) -> None:
    """It said that we are too fast: nobody calls before it wants to be called."""
    account = _locked(session, marketplace)
    pause = PAUSE_WHEN_THROTTLED if retry_after is None else timedelta(seconds=retry_after)
    account.paused_until = max(account.paused_until or now(), now() + pause)


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
