"""Opening markets and stalls, and the channels through which they are paid."""

import unicodedata
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.crypto import blind_index
from core.errors import InvalidInput, NotFound, text
from core.ids import new_id
from core.reference_codes import ReferenceKind
from gateways.formats import COLLECTORS
from models import (
    DIRECT,
    MOST_REVERSALS,
    MOST_TOLERANCE,
    ChannelStatus,
    CollectionChannel,
    Market,
    PayoutAccount,
    Seller,
    Stall,
)
from services import audit
from services.access import Actor, require, require_market, visible_channels, visible_markets
from services.banks import require_bank
from services.events import StallOpened, record
from services.open_stalls import take_open
from services.people import get_seller
from services.queries.markets import get_managed_market, get_managed_stall, get_stall
from services.queries.places import require_known_commune
from services.references import unused_reference
from services.storing import find_stored, store


def open_market(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    name: str,
    commune_code: str,
    weekdays: Sequence[int] = (),
) -> tuple[Market, bool]:
    """Store a market; False where this `id` is stored already. Only an administrator opens one."""
    require(actor.is_administrator)
    if stored := find_stored(session, Market, id):
        return stored, False
    require_known_commune(session, commune_code)
    market = Market(id=id or new_id(), name=name, commune_code=commune_code, weekdays=sorted(set(weekdays)))
    store(session, market)
    return market, True


def set_tolerance(session: Session, actor: Actor, market_id: UUID, tolerance: int) -> Market:
    """By how many đồng a transfer may differ from a request of this market's stalls and still pay it: of requests
    that are made from now on. Raises InvalidInput, NotFound, Forbidden."""
    market = get_managed_market(session, actor, market_id)
    if not 0 <= tolerance <= MOST_TOLERANCE:
        raise InvalidInput.of("tolerance", text("Từ 0 đến %(most)s đồng", most=MOST_TOLERANCE))
    if tolerance != market.tolerance:
        market.tolerance = tolerance
        session.flush()
        audit.note(session, actor, "market.tolerance_set", market.id, tolerance=tolerance)
    return market


def set_alerts(
    session: Session,
    actor: Actor,
    market_id: UUID,
    *,
    alert_reversals: int | None = None,
    alert_late_reversals: int | None = None,
) -> Market:
    """From how many reversals at one stall on, and from how many late ones, the market's managers are told; None
    leaves it. Raises InvalidInput, NotFound, Forbidden."""
    market = get_managed_market(session, actor, market_id)
    asked = {"alert_reversals": alert_reversals, "alert_late_reversals": alert_late_reversals}
    counts = {name: getattr(market, name) if count is None else count for name, count in asked.items()}
    wrong = [name for name, count in counts.items() if not 1 <= count <= MOST_REVERSALS]
    if wrong:
        raise InvalidInput({name: [text("Từ 1 đến %(most)s lần", most=MOST_REVERSALS)] for name in wrong})
    if any(getattr(market, name) != count for name, count in counts.items()):
        market.alert_reversals = counts["alert_reversals"]
        market.alert_late_reversals = counts["alert_late_reversals"]
        session.flush()
        audit.note(session, actor, "market.alerts_set", market.id, None, **counts)
    return market


def change_settings(
    session: Session, actor: Actor, market_id: UUID, *, tolerance: int | None = None, **alerts: int | None
) -> Market:
    """What is named of what a market's managers decide for all its stalls. Raises InvalidInput, NotFound, Forbidden."""
    if tolerance is not None:
        set_tolerance(session, actor, market_id, tolerance)
    return set_alerts(session, actor, market_id, **alerts)


def tidy_number(number: str) -> str:
    """One way to write a stall's number, so that `a01` and `A01` are the same stall."""
    return " ".join(unicodedata.normalize("NFKC", number).upper().split())


def open_stall(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    market_id: UUID,
    number: str,
    row: str | None = None,
    seller_id: UUID,
    area_m2: float | None = None,
    payout_account: Mapping[str, str],
    channel_id: UUID | None = None,
) -> tuple[Stall, bool]:
    """Give a seller a stall, paid into `payout_account` {bin, account_number, holder_name}.

    False where this `id` is stored already. Raises InvalidInput for an unknown seller, bank or channel and
    for a number that is taken, Forbidden in a market that is not the person's own.
    """
    if stored := find_stored(session, Stall, id):
        return get_stall(session, actor, stored.id), False
    market = session.scalar(select(Market).where(Market.id == market_id, visible_markets(actor)))
    if market is None:
        raise InvalidInput.of("market_id", text("Không có chợ này"))
    require_market(actor, market)
    seller = _seller(session, actor, seller_id)
    stall = Stall(
        id=id or new_id(),
        reference=unused_reference(session, ReferenceKind.STALL),
        market_id=market.id,
        number=tidy_number(number),
        row=row,
        seller_id=seller.id,
        area_m2=area_m2,
        payout_account_id=_payout_account(session, seller.id, payout_account),
        channel_id=_channel(session, actor, market.id, seller.id, channel_id),
    )
    store(session, stall)
    record(session, StallOpened(market.id, stall.id))
    return stall, True


def _seller(session: Session, actor: Actor, seller_id: UUID) -> Seller:
    try:
        return get_seller(session, actor, seller_id)
    except NotFound:
        raise InvalidInput.of("seller_id", text("Không có người bán này")) from None


def _payout_account(session: Session, seller_id: UUID, account: Mapping[str, str]) -> UUID:
    """The seller's account of that number: the one that is stored, or a new one."""
    index = blind_index("account_number", account["account_number"])
    stored = select(PayoutAccount.id).where(
        PayoutAccount.seller_id == seller_id,
        PayoutAccount.bin == account["bin"],
        PayoutAccount.account_number_index == index,
    )
    require_bank(session, account["bin"], "payout_account.bin", kept=session.scalar(stored) is not None)
    statement = upsert(PayoutAccount).values(
        id=new_id(), seller_id=seller_id, account_number_index=index, **account
    )
    return session.scalars(
        statement.on_conflict_do_update(
            constraint="uq_payout_accounts_seller_id_bin_account_number_index",
            set_={"holder_name": statement.excluded.holder_name},
        ).returning(PayoutAccount.id)
    ).one()


def _channel(
    session: Session, actor: Actor, market_id: UUID, seller_id: UUID, channel_id: UUID | None
) -> UUID:
    """The channel asked for, where it is the market's or the seller's; else the seller's *direct* one."""
    if channel_id is None:
        return direct_channel(session, seller_id)
    channel = session.scalar(
        select(CollectionChannel).where(CollectionChannel.id == channel_id, visible_channels(actor))
    )
    if (
        channel is None
        or channel.status is not ChannelStatus.ACTIVE
        or (channel.market_id != market_id and channel.seller_id != seller_id)
    ):
        raise InvalidInput.of("channel_id", text("Chợ này không có kênh thu đó"))
    if channel.webhook_refused_at:
        refused = text(
            "%(provider)s không nhận khóa của kênh này; hãy sửa khóa trước",
            provider=COLLECTORS[channel.kind].title,
        )
        raise InvalidInput.of("channel_id", refused)
    return channel.id


def set_stall_channel(session: Session, actor: Actor, stall_id: UUID, channel_id: UUID | None) -> Stall:
    """Through which channel the stall is paid what it asks for from now on: one of its market's or its seller's, or
    None for straight to its account. What was asked for before goes on through its own channel.

    Raises InvalidInput for any other channel, StallNotOpen, NotFound, Forbidden.
    """
    stall = get_managed_stall(session, actor, stall_id)
    take_open(session, stall)
    chosen = _channel(session, actor, stall.market_id, stall.seller_id, channel_id)
    if chosen != stall.channel_id:
        stall.channel_id = chosen
        session.flush()
        session.refresh(stall, ["channel"])
        audit.note(session, actor, "stall.channel_set", stall.id, channel=str(chosen))
    return stall


def direct_channel(session: Session, seller_id: UUID) -> UUID:
    """The channel of a seller's own accounts, opened where there is none. Who opens it at the same time is waited
    for, so that there is one."""
    is_own = and_(
        CollectionChannel.seller_id == seller_id,
        ~CollectionChannel.has_collector,
        CollectionChannel.status == ChannelStatus.ACTIVE,
    )
    query = select(CollectionChannel.id).where(is_own)
    if existing := session.scalar(query):
        return existing
    new = {"id": new_id(), "kind": DIRECT, "name": "VietQR", "seller_id": seller_id}
    session.execute(upsert(CollectionChannel).values(new).on_conflict_do_nothing())
    return session.scalars(query).one()
