"""How many pieces people say there are. A number is said once: sent again it changes nothing, and what orders have
taken since the person looked is taken of it too."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, text
from models import Listing, StockCount
from services.storing import store


class CountedSince(InvalidInput):
    """Somebody has said another number since the person looked: no one can know which of the two is right."""


def count_stock(
    session: Session, listing: Listing, stock: int, stock_seen: int, version_seen: int | None
) -> int | None:
    """What is left of `stock` now, for the next version of the listing; None where nothing new is said. Whoever calls
    holds the listing's lock. Raises CountedSince, InvalidInput for a version that there is not yet."""
    if stock == stock_seen:
        return None
    if version_seen is None:
        version_seen = _likely_version(session, listing, stock, stock_seen)
    if version_seen > listing.version:
        raise InvalidInput.of("version_seen", text("Không có bản này của tin"))
    said = session.get(StockCount, (listing.id, version_seen))
    if said and said.stock == stock:
        return None
    last = _last(session, listing)
    if last and last.version > version_seen:
        said_now = text(
            "Vừa có người ghi số khác, nay còn %(stock)s. Hãy xem lại rồi ghi lại", stock=listing.stock
        )
        raise CountedSince.of("stock", said_now)
    facts = {"stock_seen": stock_seen, "stock": stock, "version": listing.version + 1}
    store(session, StockCount(listing_id=listing.id, version_seen=version_seen, **facts))
    return max(0, listing.stock + stock - stock_seen)


def _likely_version(session: Session, listing: Listing, stock: int, stock_seen: int) -> int:
    """Where a caller does not tell what was seen: the newest, unless these are the very numbers that were said last
    and what is there has changed by them."""
    last = _last(session, listing)
    same = last is not None and (last.stock, last.stock_seen) == (stock, stock_seen)
    return last.version_seen if last and same and listing.stock != stock_seen else listing.version


def _last(session: Session, listing: Listing) -> StockCount | None:
    query = select(StockCount).where(StockCount.listing_id == listing.id).order_by(StockCount.version.desc())
    return session.scalar(query.limit(1))
