"""Prices that hold from one day to another (`models.dated_prices`). What is asked on a day follows from the day alone,
so our own shop is right at midnight; floors are told by the clock (`turn_prices`), once for each turn."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import case, null, select, update
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import InvalidInput, NotFound, text
from core.ids import new_id
from models import DatedPrice, Listing
from models.bulk import among
from services import audit
from services.access import Actor
from services.asked_prices import unit_waits
from services.listings import get_listing, lock_listing
from services.price_jumps import require_likely_for_days
from services.publication_requests import renew_prices
from services.queries.paging import DEFAULT_LIMIT, Order, Page, page_of
from services.storing import find_stored, store

ONE_DAY = timedelta(days=1)
FARTHEST = timedelta(days=730)
"""Later years are slips."""


def add_dated_price(
    session: Session,
    actor: Actor,
    listing_id: UUID,
    *,
    id: UUID | None = None,
    price: int,
    first_day: date,
    last_day: date,
    marketplace: str | None = None,
    name: str | None = None,
    price_is_right: bool = False,
) -> tuple[DatedPrice, bool]:
    """Ask `price` đồng a unit from `first_day` to the end of `last_day`, on one floor or on all; False where this `id`
    is stored already. What begins today is told to floors at once.

    Raises NotFound, Forbidden, InvalidInput for days that are past, far away or the wrong way round, or have another
    price already, for a price that is unlikely beside the usual one, and while the unit waits to be approved.
    """
    listing = lock_listing(session, actor, listing_id)
    if stored := find_stored(session, DatedPrice, id):
        if stored.listing_id != listing.id:
            raise NotFound()
        return stored, False
    today = business_day(now())
    if unit_waits(listing):
        said = text("Đơn vị «%(unit)s» còn chờ duyệt; hãy duyệt tin rồi đặt giá", unit=listing.product.unit)
        raise InvalidInput.of("price", said)
    _require_days(first_day, last_day, today)
    _require_free(listing, marketplace, first_day, last_day)
    if not price_is_right:
        require_likely_for_days(listing, price, marketplace)
    begins = first_day <= today
    dated = DatedPrice(
        id=id or new_id(),
        listing_id=listing.id,
        marketplace=marketplace,
        price=price,
        unit=listing.product.unit,
        first_day=first_day,
        last_day=last_day,
        name=name,
        turns_on=last_day + ONE_DAY if begins else first_day,
    )
    store(session, dated)
    facts = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    audit.note(session, actor, "listing.price_dated", listing.id, price=price, floor=marketplace, **facts)
    _told_at_once(session, listing, dated, begins)
    return dated, True


def _require_days(first_day: date, last_day: date, today: date) -> None:
    if first_day < today:
        said = text("Ngày đầu phải từ hôm nay (%(day)s) trở đi", day=f"{today:%d/%m/%Y}")
        raise InvalidInput.of("first_day", said)
    if last_day < first_day:
        raise InvalidInput.of("last_day", text("Ngày cuối phải từ ngày đầu trở đi"))
    if last_day > today + FARTHEST:
        raise InvalidInput.of("last_day", text("Ngày cuối xa nhất là hai năm nữa"))


def _require_free(listing: Listing, marketplace: str | None, first_day: date, last_day: date) -> None:
    """The listing is locked: nobody else says another price meanwhile."""
    for other in listing.dated_prices:
        same = (other.marketplace, other.unit) == (marketplace, listing.product.unit)
        if same and other.first_day <= last_day and first_day <= other.last_day:
            days = {"since": f"{other.first_day:%d/%m/%Y}", "until": f"{other.last_day:%d/%m/%Y}"}
            said = text(
                "Từ %(since)s đến %(until)s đã có giá khác; hãy chọn ngày khác, hoặc bỏ giá đó", **days
            )
            raise InvalidInput.of("first_day", said)


def end_dated_price(session: Session, actor: Actor, listing_id: UUID, price_id: UUID) -> None:
    """It holds no more, or will not; over already, nothing changes. Raises NotFound, Forbidden."""
    listing = lock_listing(session, actor, listing_id)
    dated = session.get(DatedPrice, price_id, populate_existing=True)
    if dated is None or dated.listing_id != listing.id:
        raise NotFound()
    if dated.turns_on is None:
        return
    has_begun = dated.first_day <= business_day(now())
    dated.turns_on = None
    store(session)
    audit.note(session, actor, "listing.price_ended", listing.id, price=dated.price, floor=dated.marketplace)
    _told_at_once(session, listing, dated, has_begun)


def _told_at_once(session: Session, listing: Listing, dated: DatedPrice, concerns_today: bool) -> None:
    session.expire(listing, ["dated_prices"])
    if concerns_today:
        renew_prices(session, [(listing.id, dated.marketplace)])


def list_dated_prices(
    session: Session, actor: Actor, listing_id: UUID, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[DatedPrice]:
    """A listing's that hold or will, the newest first. Raises NotFound."""
    listing = get_listing(session, actor, listing_id)
    query = select(DatedPrice).where(
        DatedPrice.listing_id == listing.id,
        DatedPrice.turns_on.is_not(None),
        DatedPrice.last_day >= business_day(now()),
    )
    return page_of(session, query, Order(DatedPrice.created_at, DatedPrice.id), limit, cursor)


def turn_prices(session: Session, most: int) -> tuple[int, int]:
    """Have floors told of prices that have begun or are over, of `most` listings at once: how many prices, and approved
    listings. Each turn once, however often this is asked for, and late rather than never. Listings that somebody else
    holds are left for the next time."""
    today = business_day(now())
    untold = (DatedPrice.turns_on.is_not(None), DatedPrice.turns_on <= today)
    listing_ids = session.scalars(
        select(Listing.id)
        .where(Listing.id.in_(select(DatedPrice.listing_id).where(*untold)))
        .order_by(Listing.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    ).all()
    turned = session.execute(
        update(DatedPrice)
        .where(among(DatedPrice.listing_id, listing_ids), *untold)
        .values(turns_on=case((DatedPrice.last_day < today, null()), else_=DatedPrice.last_day + 1))
        .returning(DatedPrice.listing_id, DatedPrice.marketplace),
        execution_options={"synchronize_session": False},
    ).all()
    return len(turned), renew_prices(session, [(row.listing_id, row.marketplace) for row in turned])
