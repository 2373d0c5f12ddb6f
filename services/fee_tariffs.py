"""What a market charges, what its province sets for markets of its class, and the account into which it is paid."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from core.crypto import blind_index, mask
from core.errors import InvalidInput, NotFound, text
from core.ids import new_id
from models import DIRECT, AdminUnit, CollectionChannel, FeeAccount, FeeKind, FeeTariff, Market
from services import audit
from services.access import Actor, require
from services.banks import require_bank
from services.fee_rules import market_class as class_of
from services.queries.fees import FEE_ACCOUNT_SET, count_stalls
from services.queries.markets import get_managed_market
from services.queries.paging import given
from services.queries.places import get_province
from services.storing import store

ACCOUNT_CHANNEL = "VietQR · phí chợ"
ONE_DAY = timedelta(days=1)


def set_tariff(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    market_id: UUID | None = None,
    province_code: str | None = None,
    market_class: int | None = None,
    kind: FeeKind,
    rate: int,
    valid_from: date,
    valid_to: date | None = None,
    row: str | None = None,
) -> tuple[FeeTariff, bool]:
    """A rate from a day on, of a market, or of a province's markets of one class; an open-ended one before it ends the
    day before. False where `id` is stored already.

    Raises InvalidInput where another rate of this kind stands in that time, NotFound, Forbidden: a province's rates
    are for administrators.
    """
    owner = {"market_id": market_id, "province_code": province_code, "market_class": market_class}
    _require_owner(session, actor, market_id, province_code, market_class)
    if id and (stored := session.get(FeeTariff, id)):
        if any(getattr(stored, name) != value for name, value in owner.items()):
            raise NotFound()
        return stored, False
    if valid_to and valid_to < valid_from:
        raise InvalidInput.of("valid_to", text("Ngày cuối phải từ ngày đầu trở đi"))
    if kind is FeeKind.DAY and row:
        raise InvalidInput.of("row", text("Vé ngày dùng cho cả chợ, không theo dãy"))
    _end_before(session, {**owner, "row": row, "kind": kind}, valid_from)
    tariff = FeeTariff(
        id=id or new_id(),
        **owner,
        row=row,
        kind=kind,
        rate=rate,
        valid_from=valid_from,
        valid_to=valid_to,
        created_by=actor.user_id,
    )
    store(session, tariff)
    whose = str(market_id) if market_id else f"{province_code}/{market_class}"
    audit.note(session, actor, "fee_tariff.set", tariff.id, market=whose)
    return tariff, True


def _require_owner(
    session: Session,
    actor: Actor,
    market_id: UUID | None,
    province_code: str | None,
    market_class: int | None,
) -> None:
    if market_id is not None and province_code is None and market_class is None:
        get_managed_market(session, actor, market_id)
    elif market_id is None and province_code is not None and market_class is not None:
        require(actor.is_administrator)
        try:
            get_province(session, province_code)
        except NotFound:
            raise InvalidInput.of("province_code", text("Không có tỉnh này")) from None
    else:
        raise InvalidInput.of("market_id", text("Biểu phí là của một chợ, hoặc của một tỉnh và một hạng chợ"))


def _end_before(session: Session, same: Mapping[str, Any], day: date) -> None:
    """The open-ended tariff before `day` with the `same` values lasts until the day before."""
    session.execute(
        update(FeeTariff)
        .where(
            *(getattr(FeeTariff, name).is_not_distinct_from(value) for name, value in same.items()),
            FeeTariff.valid_from < day,
            FeeTariff.valid_to.is_(None),
        )
        .values(valid_to=day - ONE_DAY)
        .execution_options(synchronize_session=False)
    )


def list_tariffs(session: Session, actor: Actor, market_id: UUID) -> Sequence[FeeTariff]:
    """All of a market's own, the newest first."""
    get_managed_market(session, actor, market_id)
    query = select(FeeTariff).where(FeeTariff.market_id == market_id)
    return session.scalars(query.order_by(FeeTariff.valid_from.desc(), FeeTariff.row, FeeTariff.kind)).all()


def list_province_tariffs(
    session: Session, province_code: str, market_class: int | None = None
) -> Sequence[FeeTariff]:
    """All that a province has set, for markets of one class where it is named, the newest first. They are no secret:
    provinces publish them."""
    query = select(FeeTariff).where(
        FeeTariff.province_code == province_code, *given(FeeTariff.market_class, market_class)
    )
    order = (FeeTariff.market_class, FeeTariff.valid_from.desc(), FeeTariff.row, FeeTariff.kind)
    return session.scalars(query.order_by(*order)).all()


def tariffs_on(session: Session, market_id: UUID, day: date) -> Sequence[FeeTariff]:
    """Those that hold on `day`: the market's own, and its province's for the class that the market is of now."""
    province = (
        select(AdminUnit.province_code)
        .join(Market, Market.commune_code == AdminUnit.code)
        .where(Market.id == market_id)
        .scalar_subquery()
    )
    of_class = FeeTariff.market_class == class_of(count_stalls(session, market_id))
    lasting = or_(FeeTariff.valid_to.is_(None), FeeTariff.valid_to >= day)
    return session.scalars(
        select(FeeTariff).where(
            or_(FeeTariff.market_id == market_id, and_(FeeTariff.province_code == province, of_class)),
            FeeTariff.valid_from <= day,
            lasting,
        )
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
    before = {name: getattr(stored, name) for name in account}
    changed = [name for name in sorted(account) if before[name] != account[name]]
    if not changed:
        return stored
    stored.bin = account["bin"]
    stored.account_number = account["account_number"]
    stored.account_number_index = blind_index("account_number", account["account_number"])
    stored.holder_name = account["holder_name"]
    store(session)
    facts = {"changed": ",".join(changed)} | _told("old", before) | _told("new", account)
    audit.note(session, actor, FEE_ACCOUNT_SET, market_id, None, **facts)
    return stored


def _told(which: str, account: Mapping[str, str | None]) -> dict[str, str | None]:
    """An account as the audit trail may tell it: its bank, and its number masked."""
    number = account["account_number"]
    return {f"{which}_bin": account["bin"], f"{which}_account": mask(number) if number else None}


def _open_channel(session: Session, market_id: UUID) -> UUID:
    channel = CollectionChannel(id=new_id(), kind=DIRECT, name=ACCOUNT_CHANNEL, market_id=market_id)
    store(session, channel)
    return channel.id
