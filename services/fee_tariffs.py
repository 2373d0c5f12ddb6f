"""What a market charges, and the account into which it is paid."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.crypto import blind_index
from core.errors import InvalidInput, NotFound, text
from core.ids import new_id
from models import ChannelKind, CollectionChannel, FeeAccount, FeeKind, FeeTariff
from services import audit
from services.access import Actor
from services.banks import require_bank
from services.queries.markets import get_managed_market
from services.storing import store

ACCOUNT_CHANNEL = "VietQR · phí chợ"
ONE_DAY = timedelta(days=1)


def set_tariff(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    market_id: UUID,
    kind: FeeKind,
    rate: int,
    valid_from: date,
    valid_to: date | None = None,
    row: str | None = None,
) -> tuple[FeeTariff, bool]:
    """A rate from a day on; an open-ended one before it ends the day before. False where `id` is stored already.

    Raises InvalidInput where another rate of this kind stands in that time, NotFound, Forbidden.
    """
    get_managed_market(session, actor, market_id)
    if id and (stored := session.get(FeeTariff, id)):
        if stored.market_id != market_id:
            raise NotFound()
        return stored, False
    if valid_to and valid_to < valid_from:
        raise InvalidInput.of("valid_to", text("Ngày cuối phải từ ngày đầu trở đi"))
    if kind is FeeKind.DAY and row:
        raise InvalidInput.of("row", text("Vé ngày dùng cho cả chợ, không theo dãy"))
    _end_before(session, market_id, row, kind, valid_from)
    tariff = FeeTariff(
        id=id or new_id(),
        market_id=market_id,
        row=row,
        kind=kind,
        rate=rate,
        valid_from=valid_from,
        valid_to=valid_to,
        created_by=actor.user_id,
    )
    store(session, tariff)
    audit.note(session, actor, "fee_tariff.set", tariff.id, market=str(market_id))
    return tariff, True


def _end_before(session: Session, market_id: UUID, row: str | None, kind: FeeKind, day: date) -> None:
    """The open-ended tariff before `day` lasts until the day before."""
    session.execute(
        update(FeeTariff)
        .where(
            FeeTariff.market_id == market_id,
            FeeTariff.row.is_not_distinct_from(row),
            FeeTariff.kind == kind,
            FeeTariff.valid_from < day,
            FeeTariff.valid_to.is_(None),
        )
        .values(valid_to=day - ONE_DAY)
        .execution_options(synchronize_session=False)
    )


def list_tariffs(session: Session, actor: Actor, market_id: UUID) -> Sequence[FeeTariff]:
    """All of a market's, the newest first."""
    get_managed_market(session, actor, market_id)
    query = select(FeeTariff).where(FeeTariff.market_id == market_id)
    return session.scalars(query.order_by(FeeTariff.valid_from.desc(), FeeTariff.row, FeeTariff.kind)).all()


def tariffs_on(session: Session, market_id: UUID, day: date) -> Sequence[FeeTariff]:
    """Those that hold on `day`."""
    lasting = or_(FeeTariff.valid_to.is_(None), FeeTariff.valid_to >= day)
    return session.scalars(
        select(FeeTariff).where(FeeTariff.market_id == market_id, FeeTariff.valid_from <= day, lasting)
    ).all()


def set_fee_account(
    session: Session, actor: Actor, market_id: UUID, account: Mapping[str, str]
) -> FeeAccount:
    """The market's own account {bin, account_number, holder_name}; its transfers come through a *direct* channel.

    Raises InvalidInput for an unknown bank, NotFound, Forbidden.
    """
    get_managed_market(session, actor, market_id)
    stored = session.get(FeeAccount, market_id, with_for_update=True)
    require_bank(session, account["bin"], "bin", kept=stored is not None and stored.bin == account["bin"])
    if stored is None:
        stored = FeeAccount(market_id=market_id, channel_id=_open_channel(session, market_id))
        session.add(stored)
    stored.bin = account["bin"]
    stored.account_number = account["account_number"]
    stored.account_number_index = blind_index("account_number", account["account_number"])
    stored.holder_name = account["holder_name"]
    store(session)
    audit.note(session, actor, "fee_account.set", market_id)
    return stored


def _open_channel(session: Session, market_id: UUID) -> UUID:
    channel = CollectionChannel(
        id=new_id(), kind=ChannelKind.DIRECT, name=ACCOUNT_CHANNEL, market_id=market_id
    )
    store(session, channel)
    return channel.id
