"""Prices that jump: a nought too many or too few is the commonest slip, so it is asked about before it is stored."""

from collections.abc import Iterable, Mapping

from core.errors import InvalidInput, Text, text
from core.money import format_dong
from models import Listing

UNLIKELY_JUMP = 10
LEAST_USUAL, MOST_USUAL = 1_000, 10_000_000
"""Đồng a unit. Nobody gives change below the note of 1.000 ₫, and the smallest bunch of herbs costs more; above ten
millions there are a buffalo and old ginseng, seldom enough to be asked about. Between them lies all that markets sell,
and three noughts too few («35» for 35.000) or too many fall outside for almost all of it."""
Step = tuple[str | None, int, int]
"""A price in đồng before and after, on one floor or (None) on all that have none of their own."""


def require_likely(listing: Listing, price: int, prices: Mapping[str, int]) -> None:
    """The new `price` and those of single floors beside what stands there now. Raises InvalidInput at
    `price_is_right`, which says that it is no slip, and beside the price of each floor that jumps."""
    floors = sorted(prices.keys() | listing.own_prices.keys())
    steps = [(name, listing.usual_price_on(name), prices.get(name, price)) for name in floors]
    _require([(None, listing.price, price), *steps])


def require_likely_for_days(listing: Listing, price: int, marketplace: str | None) -> None:
    """The same for a price that holds for some days, beside what is asked on ordinary days: on one floor, or (None) on
    each of them."""
    told, own = listing.told_prices
    usual = [own.get(marketplace, told)] if marketplace else [told, *own.values()]
    for before in usual:
        if _jumps(before, price):
            shown = {"usual": format_dong(before), "price": format_dong(price)}
            said = text(
                "Giá ngày thường %(usual)s, giá này %(price)s: chênh từ 10 lần trở lên. "
                "Nếu đúng, hãy đánh dấu «Giá đúng»",
                **shown,
            )
            raise InvalidInput.of("price_is_right", said)


def require_usual(price: int, prices: Mapping[str, int]) -> None:
    """A first price has none before it to be compared with: is it, or a floor's own, one that goods have at all?"""
    unusual = (asked for asked in (price, *prices.values()) if not LEAST_USUAL <= asked <= MOST_USUAL)
    if asked := next(unusual, None):
        shown = format_dong(asked)
        said = (
            text("Giá %(price)s một đơn vị bán là rất thấp. Nếu đúng, hãy đánh dấu «Giá đúng»", price=shown)
            if asked < LEAST_USUAL
            else text(
                "Giá %(price)s một đơn vị bán là rất cao. Nếu đúng, hãy đánh dấu «Giá đúng»", price=shown
            )
        )
        raise InvalidInput.of("price_is_right", said)


def require_near(price: int, prices: Mapping[str, int]) -> None:
    """The same for an offer that is new: what single floors ask beside `price`."""
    _require((name, price, own) for name, own in prices.items())


def _jumps(before: int, after: int) -> bool:
    return max(before, after) >= UNLIKELY_JUMP * min(before, after)


def _require(steps: Iterable[Step]) -> None:
    errors: dict[str, list[Text]] = {}
    for floor, before, after in steps:
        if not _jumps(before, after):
            continue
        shown = {"before": format_dong(before), "after": format_dong(after)}
        if floor is None:
            said = text(
                "Giá đổi từ %(before)s sang %(after)s, chênh từ 10 lần trở lên. Nếu đúng, hãy đánh dấu «Giá đúng»",
                **shown,
            )
            errors["price_is_right"] = [said]
        else:
            errors[f"prices.{floor}"] = [text("%(before)s và %(after)s cách nhau từ 10 lần trở lên", **shown)]
            ask = text("Giá riêng trên sàn cách giá kia từ 10 lần trở lên. Nếu đúng, hãy đánh dấu «Giá đúng»")
            errors.setdefault("price_is_right", [ask])
    if errors:
        raise InvalidInput(errors)
