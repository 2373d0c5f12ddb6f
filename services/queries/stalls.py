"""A market's stalls in the order in which one walks past them."""

from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from models import CollectionChannel, Stall
from services.access import Actor, visible_stalls

ON_A_PAGE = 60


def list_market_stalls(
    session: Session, actor: Actor, market_id: UUID, page: int = 1
) -> tuple[list[Stall], bool]:
    """The stalls of page `page` (from 1) with sellers and channels, and whether there are more after them."""
    query = (
        select(Stall)
        .where(Stall.market_id == market_id, visible_stalls(actor))
        .options(joinedload(Stall.seller), joinedload(Stall.channel).defer(CollectionChannel.credentials))
        .order_by(Stall.row.asc().nulls_last(), *_natural(Stall.number), Stall.id)
        .offset((max(page, 1) - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    rows = list(session.scalars(query))
    return rows[:ON_A_PAGE], len(rows) > ON_A_PAGE


def _natural(number: InstrumentedAttribute[str]) -> tuple[ColumnElement[str], ColumnElement[object]]:
    """A2 before A10: first the letters, then the digits as a number."""
    letters = func.regexp_replace(number, "[0-9]+", "", "g")
    digits = func.nullif(func.regexp_replace(number, "[^0-9]+", "", "g"), "")
    return letters, cast(digits, Numeric)
