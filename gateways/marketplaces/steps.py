"""A change in steps, what is dearest first: what is sold out must not be sold, then the price, then words and pictures.
One that is refused keeps none of the others from the floor."""

from collections.abc import Callable, Mapping, Sequence

from gateways.errors import GatewayError, GatewayRejected, GatewayShut, Problem
from gateways.marketplaces.base import rejected, understood
from gateways.ports import FloorListing, Offer

STOCK, PRICE = "stock", "price"
Selling = Mapping[str, int]
"""The new price or stock, or both, by our names of the fields."""


class PartlyRefused(GatewayRejected):
    """What was refused is as it was before; the rest of the offer `stands`, its price among it where that is told."""

    def __init__(
        self,
        stands: FloorListing,
        problems: Sequence[Problem],
        *,
        price_told: bool = True,
        stock_told: bool | None = None,
    ) -> None:
        super().__init__(rejected(*problems).args[0], tuple(problems))
        self.stands = stands
        self.price_told = price_told
        self.stock_told = not _speaks_of(STOCK, problems) if stock_told is None else stock_told


def selling(offer: Offer, *, same_price: bool, stock: int | None) -> dict[str, int]:
    """What of price and stock must be told where a floor has `stock` left (None: it does not count).

    A floor that has less than we do may have sold it, and we are to hear of it yet: it is given more only where ours
    has grown since it was told. One that has more would sell what is not there.
    """
    told: dict[str, int] = {}
    grown = offer.told_stock is None or offer.stock > offer.told_stock
    if stock is None or stock > offer.stock or (stock < offer.stock and grown):
        told[STOCK] = offer.stock
    if not same_price:
        told[PRICE] = offer.price
    return told


class Steps:
    """The steps of one offer's change. `faults` are known before a floor is asked: their parts are left out."""

    def __init__(self, offer: Offer, faults: Sequence[Problem]) -> None:
        """Raises GatewayRejected for faults of an offer that is not known to stand anywhere yet."""
        self._faults = tuple(faults)
        self._problems = list(faults)
        self._price_told = not _speaks_of(PRICE, faults)
        self._stock_told = not _speaks_of(STOCK, faults)
        if offer.external_id is None or any(problem.field == "sku" for problem in faults):
            self.need_all()

    def need_all(self) -> None:
        """Only the whole offer can go on. Raises GatewayRejected where it has faults."""
        if self._faults:
            raise rejected(*self._faults)

    def sell(self, changes: Selling, send: Callable[[Selling], object]) -> None:
        """Tell price and stock, at once where both are new; apart where that is refused, for one may be right."""
        faulty = {problem.field for problem in self._faults}
        sent = {name: value for name, value in changes.items() if name not in faulty}
        if not sent:
            return
        try:
            send(sent)
        except GatewayShut:
            raise
        except GatewayRejected as refusal:
            if len(sent) == 1:
                self._price_told &= PRICE not in sent
                self._stock_told &= STOCK not in sent
                self._note(refusal)
                return
            for name, value in sent.items():
                self.sell({name: value}, send)

    def show(self, send: Callable[[], object]) -> None:
        """Everything else, once price and stock are told. What fails to arrive says whether the stock has."""
        if any(problem.field not in (PRICE, STOCK) for problem in self._faults):
            return
        try:
            with understood():
                send()
        except GatewayShut:
            raise
        except GatewayRejected as refusal:
            self._note(refusal)
        except GatewayError as lost:
            lost.stock_told = self._is_stock_told
            raise

    def end(self, listing: FloorListing) -> FloorListing:
        """Raises PartlyRefused where not all of the offer is told."""
        if self._problems:
            told = {"price_told": self._price_told, "stock_told": self._is_stock_told}
            raise PartlyRefused(listing, self._problems, **told)
        return listing

    @property
    def _is_stock_told(self) -> bool:
        """Whichever field a refusal of it was tied to."""
        return self._stock_told and not _speaks_of(STOCK, self._problems)

    def _note(self, refusal: GatewayRejected) -> None:
        self._problems += [problem for problem in refusal.problems if problem not in self._problems]


def _speaks_of(field: str, problems: Sequence[Problem]) -> bool:
    return any(problem.field == field for problem in problems)
