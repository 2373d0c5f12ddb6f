"""Which of a floor's products are ours. SKUs are not unique on most floors, and never ours alone: a shop's owner may
have used one of them, or have changed it on our product."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from core.errors import text
from core.text import same_words
from gateways.errors import GatewayRejected, Problem
from gateways.ports import Ours

LONGEST_TITLE = 80


class Held(Protocol):
    """A product that a floor holds."""

    @property
    def number(self) -> str: ...

    @property
    def title(self) -> str: ...


T = TypeVar("T", bound=Held)
K = TypeVar("K")


class Gone(GatewayRejected):
    """The floor has nothing (any more) of the number that it told once."""


class SkuHeld(GatewayRejected):
    """The floor holds a product with our SKU that is not known to be ours: it is not touched. `external_id` is its
    number, for a person who knows better."""

    def __init__(self, ours: Ours, held: Held) -> None:
        self.external_id = held.number
        said = text(
            "Trên sàn đã có sản phẩm «%(title)s» mang mã hàng %(sku)s, nên tin này chưa được đăng",
            title=held.title[:LONGEST_TITLE],
            sku=ours.sku,
        )
        super().__init__(f"{ours.sku} is held by {held.number}", (Problem("sku", "taken", said),))


def ours_among(
    ours: Ours, of_our_sku: Sequence[T], fetch: Callable[[str], T | None], *, signed: Callable[[T], bool]
) -> list[T]:
    """What is ours on a floor that holds `of_our_sku`, the oldest first: where the offer is known to stand, whatever
    its SKU is now, and then its doubles. `fetch` looks a number up; what is `signed` bears a mark of ours."""
    place = next((held for held in of_our_sku if held.number == ours.external_id), None)
    if place is None and ours.external_id is not None:
        place = _fetched(fetch, ours.external_id)
    titles = [ours.title, *([place.title] if place else [])]
    doubles = [
        held
        for held in of_our_sku
        if held is not place and (signed(held) or any(same_words(held.title, title) for title in titles))
    ]
    return [place, *doubles] if place else doubles


def _fetched(fetch: Callable[[str], T | None], number: str) -> T | None:
    try:
        return fetch(number)
    except Gone:
        return None


def sold_as(sku: str, kinds: Sequence[K], sku_of: Callable[[K], object]) -> K | None:
    """Of the kinds in which a product is sold, ours; where its SKU was changed by hand, the only one. Raises
    GatewayRejected where nobody can tell."""
    ours = next((kind for kind in kinds if sku_of(kind) == sku), None)
    if ours is None and len(kinds) > 1:
        lost = text(
            "Sản phẩm trên sàn có nhiều loại mà không loại nào mang mã %(sku)s: hãy đặt lại mã", sku=sku
        )
        raise GatewayRejected(f"none of {len(kinds)} kinds is {sku}", (Problem("sku", "lost", lost),))
    return ours or next(iter(kinds), None)


def unsigned(held: Held) -> bool:
    """Of floors on which nothing of ours bears a mark."""
    return False


def refuse_others(ours: Ours, of_our_sku: Sequence[Held], found: Sequence[Held]) -> None:
    """Raises SkuHeld where nothing that was `found` is ours, but somebody else has our SKU."""
    if of_our_sku and not found:
        raise SkuHeld(ours, of_our_sku[0])
