"""How it goes with each floor that this installation is connected to, for administrators."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from models import FloorAccount, FloorCursor, PollSubject, Publication, PublicationStatus
from models.orders import SHOP
from services.floor_accounts import FORMER_TOKENS
from services.marketplaces import MARKETPLACES, SHEET_FLOORS, open_floors

MANY_FAILURES = 3
"""One after the other; fewer pass by themselves."""


@dataclass(frozen=True)
class FloorState:
    """`shut_at`: since when it must be connected again; `rests_until`: it is left alone because it failed or asked for
    it; `trying`: a person says that it is connected again, and it has not been heard since; `unread`: its orders could
    not be read for a while. Publications that wait, that it refused, and that failed."""

    marketplace: str
    shut_at: datetime | None
    shut_because: str | None
    rests_until: datetime | None
    trying: bool
    unread: FloorCursor | None
    waiting: int
    rejected: int
    failed: int


def list_floors(session: Session) -> list[FloorState]:
    """Every floor that workers call, or are kept from."""
    accounts = {account.marketplace: account for account in session.scalars(select(FloorAccount))}
    cursors = _cursors(session)
    counts = _counts(session)
    names = ({*open_floors()} | accounts.keys()) - {SHOP, *SHEET_FLOORS}
    return [
        _state(name, accounts.get(name), cursors.get(name), counts[name])
        for name in sorted(names, key=[*MARKETPLACES, *names].index)
    ]


def count_shut(session: Session) -> int:
    """How many floors a person must connect again."""
    return session.scalar(select(func.count()).where(FloorAccount.shut_at.is_not(None))) or 0


def _state(
    name: str,
    account: FloorAccount | None,
    orders: FloorCursor | None,
    counts: dict[PublicationStatus, int],
) -> FloorState:
    rests_until = account.paused_until if account else None
    return FloorState(
        marketplace=name,
        shut_at=account.shut_at if account else None,
        shut_because=account.shut_because if account else None,
        rests_until=rests_until if rests_until and rests_until > now() else None,
        trying=_is_trying(account, orders),
        unread=orders if orders and orders.failures >= MANY_FAILURES else None,
        waiting=counts[PublicationStatus.WAITING] + counts[PublicationStatus.PUBLISHING],
        rejected=counts[PublicationStatus.REJECTED],
        failed=counts[PublicationStatus.FAILED],
    )


def _is_trying(account: FloorAccount | None, orders: FloorCursor | None) -> bool:
    """Its orders are read soon after: had it not let us in then, it would be shut again."""
    if account is None or account.connected_at is None:
        return False
    since = account.connected_at + FORMER_TOKENS
    return not (orders and orders.begun_at and orders.begun_at > since and not orders.failures)


def _cursors(session: Session) -> dict[str, FloorCursor]:
    query = select(FloorCursor).where(FloorCursor.subject == PollSubject.ORDERS)
    return {cursor.marketplace: cursor for cursor in session.scalars(query)}


def _counts(session: Session) -> dict[str, dict[PublicationStatus, int]]:
    query = select(Publication.marketplace, Publication.status, func.count()).group_by(
        Publication.marketplace, Publication.status
    )
    counts: dict[str, dict[PublicationStatus, int]] = defaultdict(lambda: defaultdict(int))
    for marketplace, status, number in session.execute(query):
        counts[marketplace][status] = number
    return counts
