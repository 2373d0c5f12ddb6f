"""A floor in the test's own process."""

from gateways.errors import Problem
from gateways.ports import FloorListing, Offer, Ours, Standing


class OneShelf:
    """A floor that remembers what it was asked, with one place on it."""

    def __init__(self) -> None:
        self.asked: list[Offer | Ours] = []
        self.standing: Standing | None = None
        self.trouble: Exception | None = None
        self.warnings: tuple[Problem, ...] = ()

    @property
    def last(self) -> Offer:
        assert isinstance(self.asked[-1], Offer)
        return self.asked[-1]

    def publish(self, offer: Offer) -> FloorListing:
        self._ask(offer)
        self.standing = Standing("7", offer.title, offer.price, offer.stock, shown=True)
        return FloorListing("7", None, self.warnings)

    def withdraw(self, ours: Ours) -> None:
        self._ask(ours)
        self.standing = None

    def read(self, ours: Ours) -> Standing | None:
        self.asked.append(ours)
        return self.standing

    def _ask(self, ours: Ours) -> None:
        self.asked.append(ours)
        if self.trouble:
            raise self.trouble
