"""What must have come of the day, worked out from the books of those who took the money and what customers did."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from drills.bank import Movement
from drills.customers import Asked, Day, StallAt
from drills.sandbox import Books, Transfer

Account = tuple[str, str, str]
"""Market, kind and whose it is; nobody's is suspense."""


@dataclass(frozen=True)
class Refund:
    """Money that went back, as the product has it: out of suspense or from a seller."""

    key: str
    request: str
    source: str
    amount: int


@dataclass
class Expected:
    """Đồng by account (received by a channel is positive), by stall as payments, by stall as its seller's money; of
    each request what came for it and which statuses it may have."""

    accounts: Counter[Account] = field(default_factory=Counter)
    by_stall: Counter[str | None] = field(default_factory=Counter)
    of_sellers: Counter[str] = field(default_factory=Counter)
    requests: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)


def work_out(
    books: Books,
    at_banks: Mapping[str, Sequence[Movement]],
    day: Day,
    stalls: Sequence[StallAt],
    refunds: Sequence[Refund],
    expiries: Mapping[str, float],
    taken_back: Collection[str] = (),
) -> Expected:
    """`expiries`: Unix seconds by request; `taken_back`: references of the provider's transfers that went off its
    accounts again."""
    found = Expected()
    refunded = {refund.request for refund in refunds}
    direct = {stall.id: stall for stall in stalls}
    by_code: dict[int, list[Transfer]] = defaultdict(list)
    for transfer in books.transfers:
        by_code[transfer.order_code].append(transfer)
    what_for: dict[str, list[Movement]] = defaultdict(list)
    for line in (line for lines in at_banks.values() for line in lines):
        what_for[line.what_for].append(line)
    for asked in day.requests.values():
        if asked.stall.id in direct:
            _directly(found, asked, what_for[asked.id])
        else:
            came = by_code[asked.order_code]
            _through_channel(found, asked, came, asked.id in refunded, expiries[asked.id])
    _for_nothing(found, books.transfers, day)
    for stall_id, lines in at_banks.items():
        _without_request(found, direct[stall_id], lines)
        _taken_back_directly(found, direct[stall_id], lines)
    places = {asked.order_code: asked for asked in day.requests.values()}
    for transfer in books.transfers:
        if transfer.reference in taken_back:
            _taken_back(found, places[transfer.order_code], transfer.amount)
    for refund in refunds:
        _back(found, day.requests[refund.request].stall, refund)
    return found


def _through_channel(
    found: Expected,
    asked: Asked,
    came: Sequence[Transfer],
    refunded: bool,
    expiry: float,
) -> None:
    """The seller has what was asked for, unless the question was taken back; the rest is in suspense."""
    paid = sum(transfer.amount for transfer in came)
    in_time = sum(transfer.amount for transfer in came if transfer.at.timestamp() <= expiry)
    sellers = 0 if asked.cancelled else min(asked.amount, paid)
    if sellers:
        _to_seller(found, asked.stall, sellers)
    if paid > sellers:
        _to_suspense(found, asked.stall, paid - sellers)
        found.by_stall[asked.stall.id] += paid - sellers
        found.by_stall[None] -= paid - sellers
    if not paid:
        # A channel refuses to open what has expired meanwhile.
        statuses = {"cancelled"} | (set() if asked.cancelled else {"created", "awaiting_payment", "expired"})
    elif refunded:
        statuses = {"refund_due", "refunded", "paid"}
    elif asked.cancelled:
        statuses = {"refund_due"}
    elif paid != asked.amount:
        statuses = {"partly_paid" if paid < asked.amount else "overpaid"}
    else:
        statuses = {"paid" if in_time == paid else "paid_late"}
    found.requests[asked.id] = paid, frozenset(statuses)


def _directly(found: Expected, asked: Asked, came: Sequence[Movement]) -> None:
    """The seller has up to what was asked for; the rest waits for a person, as all does that comes too late."""
    came_in_all = sum(line.amount for line in came)
    sellers = 0 if asked.cancelled else min(asked.amount, came_in_all)
    if sellers:
        _to_seller(found, asked.stall, sellers)
    if rest := came_in_all - sellers:
        _to_suspense(found, asked.stall, rest)
    if rest and not asked.cancelled:
        found.by_stall[asked.stall.id] += rest
        found.by_stall[None] -= rest
    if asked.cancelled:
        statuses = {"cancelled"}
    elif not sellers:
        statuses = {"awaiting_payment", "expired"}
    else:
        statuses = {"paid" if sellers == asked.amount else "partly_paid"}
    found.requests[asked.id] = sellers, frozenset(statuses)


def _for_nothing(found: Expected, transfers: Sequence[Transfer], day: Day) -> None:
    """What came through a channel for no request lies in the suspense of the channel's market."""
    places = {asked.order_code: asked.stall for asked in day.requests.values()}
    markets = {t.client: places[t.order_code] for t in transfers if t.order_code in places}
    for transfer in transfers:
        if transfer.order_code not in places:
            _to_suspense(found, markets[transfer.client], transfer.amount)


def _without_request(found: Expected, stall: StallAt, lines: Sequence[Movement]) -> None:
    """The printed QR names its stall; what names nothing waits for a person."""
    for line in (line for line in lines if line.amount > 0):
        if line.what_for == stall.id:
            _to_seller(found, stall, line.amount)
        elif not line.what_for:
            _to_suspense(found, stall, line.amount)


def _taken_back_directly(found: Expected, stall: StallAt, lines: Sequence[Movement]) -> None:
    came = {line.reference: line for line in lines}
    for credit in (came[line.takes_back] for line in lines if line.takes_back):
        if credit.what_for in found.requests:
            _taken_back(found, Asked(credit.what_for, stall, credit.amount, ""), credit.amount)
        else:
            _off(found, stall, "seller" if credit.what_for else "suspense", credit.amount)


def _taken_back(found: Expected, asked: Asked, amount: int) -> None:
    """The whole of what came for a request, from its seller: nothing is paid of it then."""
    _off(found, asked.stall, "seller", amount)
    found.requests[asked.id] = 0, frozenset({"reversed"})


def _to_seller(found: Expected, stall: StallAt, amount: int) -> None:
    found.accounts[stall.market, "channel", stall.channel] += amount
    found.accounts[stall.market, "seller", stall.seller] -= amount
    found.of_sellers[stall.id] += amount
    found.by_stall[stall.id] += amount


def _to_suspense(found: Expected, stall: StallAt, amount: int) -> None:
    found.accounts[stall.market, "channel", stall.channel] += amount
    found.accounts[stall.market, "suspense", ""] -= amount
    found.by_stall[None] += amount


def _back(found: Expected, stall: StallAt, refund: Refund) -> None:
    _off(found, stall, "suspense" if refund.source == "suspense" else "seller", refund.amount)


def _off(found: Expected, stall: StallAt, source: str, amount: int) -> None:
    """From the channel's account, and from who held it; which payments came does not change."""
    found.accounts[stall.market, "channel", stall.channel] -= amount
    if source == "suspense":
        found.accounts[stall.market, "suspense", ""] += amount
    else:
        found.accounts[stall.market, "seller", stall.seller] += amount
        found.of_sellers[stall.id] -= amount
