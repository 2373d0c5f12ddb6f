"""What is asked for a unit: a price counts at once, unless the unit itself waits to be approved. Then both wait, so
that nobody buys a kilogram for the price of a crate."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from models import Listing, ListingPrice, ListingStatus
from services.storing import store


def ask_price(session: Session, listing: Listing, price: int, prices: Mapping[str, int]) -> bool:
    """Another `price`, and those of single floors; whether they count at once."""
    if unit_waits(listing):
        listing.held_prices = {"price": price, "prices": dict(prices)}
        return False
    _put(session, listing, price, prices)
    return True


def let_prices_go(session: Session, listing: Listing) -> None:
    """What waited counts from now on."""
    if listing.held_prices is not None:
        _put(session, listing, *listing.told_prices)


def unit_waits(listing: Listing) -> bool:
    """Whether it is sold by another unit than its product tells by now."""
    approval = listing.approval if listing.status is ListingStatus.APPROVED else None
    return approval is not None and approval.facts["unit"] != listing.product.unit


def _put(session: Session, listing: Listing, price: int, prices: Mapping[str, int]) -> None:
    listing.price, listing.held_prices = price, None
    if prices != listing.own_prices:
        listing.prices.clear()
        store(session)
        listing.prices.extend(own_prices(prices))


def own_prices(prices: Mapping[str, int]) -> list[ListingPrice]:
    return [ListingPrice(marketplace=name, price=price) for name, price in prices.items()]
