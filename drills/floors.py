"""`python -m drills.floors [--kills N] [--seed N]`: the worker that speaks to floors is killed again and again in the
middle of publishing, while new listings are offered, prices and stocks change and listings go and come back; then each
floor must hold exactly one product of each listing, at its newest version. Exits with 1 where one does not; writes
`docs/drills-floors.md`. `FLOORS="medusa vendure oscar"` has it drill those real shops too."""

import argparse
import io
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import requests
from PIL import Image

from drills.api import Api
from drills.installation import Installation
from drills.leases import Leases
from drills.shelves import REAL, SANDBOX_FLOORS, Held, Shelf, sandbox_shelf
from runner.process import die_with_parent
from runner.screen import Problem, say
from runner.settings import ROOT, Settings

CLERK, PASSWORD = "0900000001", "chophien-demo"
KILLS, STOCK = 50, 50
PACE = {"latency": 50, "qps": 0}
CHANGES_BETWEEN_KILLS = 3
DEEDS = {"price": 5, "stock": 3, "withdraw": 2}
"""What happens to a listing that stands on the floors, and how often beside each other; one that does not comes
back."""
LONGEST_PAUSE = 0.5
AT_WORK_SECONDS = 5.0
WHOLE = 0.1
"""How often the worker itself is killed, not only the process in which it speaks to floors."""
PATIENCE_SECONDS = 900.0
PAGE = ROOT / "docs" / "drills-floors.md"
PUBLISHER = "publisher"
LEFT = """
SELECT count(*) FROM publications p JOIN listings l ON l.id = p.listing_id
WHERE l.sku = ANY(%s) AND p.marketplace = ANY(%s)
  AND (p.status NOT IN ('listed', 'withdrawn') OR p.published_version IS DISTINCT FROM p.desired_version)
"""
INTRODUCTION = f"""\
# The floors' drill

`python -m drills.floors` starts the whole system as `make run` does, with data of its own, has a clerk offer goods on
{", ".join(name.capitalize() for name in SANDBOX_FLOORS)} (their sandbox, where a call takes {PACE["latency"]} ms) and
on the real shops that `FLOORS` names, and kills the process that speaks to floors with `kill -9` in the middle of it,
one time in ten the whole worker, again and again. Before every kill one more listing is offered on all of them, so that
kills fall amid creates, and prices and stocks of others change, or they are withdrawn and approved again. Floors make
two products of two creates, so every publication that was broken off is looked up on its floor before anything is made
again. When nothing is left to do, each floor is asked what it holds, past the product.

A kill counts where it broke off at least one publication, which a worker had leased and nobody ended. It fell amid
creates where one of these had never been said to stand on its floor. Right after the kill that floor is asked whether
the product stands there all the same: made, and nobody was told.
"""


@dataclass(frozen=True)
class Goods:
    """A listing as its floors must show it in the end."""

    id: str
    held: Held


@dataclass
class Toll:
    """What the `kills` that broke anything off did; the products of `made` of the `creates` stood on their floors
    already."""

    kills: int = 0
    amid_creates: int = 0
    creates: int = 0
    made: int = 0
    others: int = 0


@dataclass(frozen=True)
class Found:
    """How the run went; `faults` says what is not as it should be."""

    floors: Sequence[str]
    listings: int
    toll: Toll
    deeds: Mapping[str, int]
    seconds: float
    faults: Sequence[str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m drills.floors", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)  # a make that is killed tells nobody
    installation = Installation()
    try:
        installation.await_ready()
        say(f"The installation serves on {installation.url}; seed {options.seed}.\n")
        found = drill(installation, random.Random(options.seed), options.kills)
    finally:
        installation.stop()
    said = _sum(found)
    say(f"\n{said}")
    for fault in found.faults:
        say(f"  !! {fault}")
    if not found.faults and found.toll.kills >= KILLS:
        day = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, seed {options.seed}."
        PAGE.write_text(f"{INTRODUCTION}\n## The last run\n\n{day} {said}\n")
    return 1 if found.faults else 0


def drill(installation: Installation, chance: random.Random, kills: int) -> Found:
    began = time.monotonic()
    shelves = _shelves(installation)
    api = Api(installation.url, CLERK, PASSWORD)
    goods = draft(api, chance, sorted(shelves), kills)
    with installation.database() as connection:
        strikes = Strikes(installation, Leases(connection), shelves, chance)
        deeds = _keep_busy(api, chance, goods, strikes, kills)
    await_equal(installation, list(goods), sorted(shelves))
    faults = [fault for name, held in shelves.items() for fault in _faults(name, held(goods.keys()), goods)]
    return Found(sorted(shelves), len(goods), strikes.toll, deeds, time.monotonic() - began, faults)


def _keep_busy(
    api: Api, chance: random.Random, goods: dict[str, Goods], strikes: "Strikes", kills: int
) -> Counter[str]:
    """Offer one listing after the other and change those before, until so many kills have broken something off; what
    was changed."""
    drafts = list(goods)
    offered: list[str] = []
    deeds: Counter[str] = Counter()
    while strikes.toll.kills < kills:
        for sku in chance.sample(offered, min(CHANGES_BETWEEN_KILLS, len(offered))):
            goods[sku], deed = change(api, chance, goods[sku])
            deeds[deed] += 1
        if drafts:
            offered.append(sku := drafts.pop())
            goods[sku], _ = change(api, chance, goods[sku])
        strikes.strike()
        say(f"  {strikes.toll.kills} of {kills} kills, {strikes.toll.amid_creates} of them amid creates")
    return deeds


class Strikes:
    """Kills of the process that speaks to floors while it does, now and then of the worker with it."""

    def __init__(
        self, installation: Installation, leases: Leases, shelves: Mapping[str, Shelf], chance: random.Random
    ) -> None:
        self.toll = Toll()
        self._installation, self._leases, self._shelves = installation, leases, shelves
        self._chance = chance

    def strike(self) -> None:
        self._leases.await_work(AT_WORK_SECONDS)
        time.sleep(self._chance.uniform(0, LONGEST_PAUSE))
        if self._chance.random() < WHOLE:
            self._kill_worker()
        elif self._installation.kill_forked(PUBLISHER, AT_WORK_SECONDS):
            self._reckon()

    def _kill_worker(self) -> None:
        killed = self._installation.processes()[PUBLISHER]
        self._installation.kill(PUBLISHER)
        self._reckon()
        self._installation.await_revival(PUBLISHER, killed)

    def _reckon(self) -> None:
        """What the kill that just fell broke off; one that broke nothing off does not count."""
        broken_off, toll = self._leases.broken_off(), self.toll
        creates = [lease for lease in broken_off if lease.create]
        toll.kills += bool(broken_off)
        toll.amid_creates += bool(creates)
        toll.creates += len(creates)
        toll.others += len(broken_off) - len(creates)
        toll.made += sum(bool(self._shelves[lease.floor]([lease.sku])) for lease in creates)


def _shelves(installation: Installation) -> dict[str, Shelf]:
    settings = replace(Settings.read(), port=int(installation.url.rpartition(":")[2]))
    sandbox = f"http://127.0.0.1:{settings.floors_port}/sandbox"
    requests.post(f"{sandbox}/pace", json=PACE, timeout=10).raise_for_status()
    real = {name: REAL[name](f"http://127.0.0.1:{settings.floor_port(name)}") for name in settings.floors}
    return {name: sandbox_shelf(sandbox, name) for name in SANDBOX_FLOORS} | real


def change(api: Api, chance: random.Random, goods: Goods) -> tuple[Goods, str]:
    """Something new of a listing, and what it was."""
    place, held = f"/listings/{goods.id}", goods.held
    (deed,) = chance.choices(list(DEEDS), list(DEEDS.values())) if held.shown else ["approve"]
    match deed:
        case "price":
            held = replace(held, price=held.price + 500)
            api.patch(place, {"price": held.price})
        case "stock":
            held = replace(held, stock=chance.randrange(1, STOCK))  # some floors hide what is sold out
            api.patch(place, {"stock": held.stock})
        case _:
            held = replace(held, shown=deed == "approve")
            api.post(f"{place}/{deed}", {})
    return replace(goods, held=held), deed


def draft(api: Api, chance: random.Random, floors: Sequence[str], number: int) -> dict[str, Goods]:
    """So many new goods by SKU, ready to be approved for all these floors."""
    sellers = api.get("/sellers", limit=100)["items"]
    seller = next(one["id"] for one in sellers if one["kind"] == "trader")
    goods = {}
    for count in range(number):
        facts = {
            "seller_id": seller,
            "name": f"Mận tam hoa Bắc Hà thùng số {count}",
            "unit": "kg",
            "goods": "fruit",
        }
        size = {"weight_grams": 1_000, "package_length": 20, "package_width": 15, "package_height": 10}
        words = {"description": "Hái trong ngày, giòn và ngọt, gửi đi ngay."}
        product = api.post("/products", facts | size | words)["id"]
        api.upload(f"/products/{product}/photos", "man.jpg", _photo(chance))
        price = chance.randrange(20_000, 90_000, 1_000)
        terms = {"price": price, "stock": STOCK, "marketplaces": list(floors)}
        listing = api.post("/listings", {"product_id": product, **terms})
        goods[listing["sku"]] = Goods(listing["id"], Held(listing["sku"], price, STOCK, shown=False))
    for one in goods.values():
        _await_photo(api, one.id)
    return goods


def _await_photo(api: Api, listing_id: str) -> None:
    deadline = time.monotonic() + 60
    while api.get(f"/listings/{listing_id}")["missing"]:
        if time.monotonic() > deadline:
            raise Problem(f"A photo is not made ready: listing {listing_id}")
        time.sleep(0.2)


def _photo(chance: random.Random) -> bytes:
    taken = io.BytesIO()
    Image.new("RGB", (600, 600), tuple(chance.randrange(256) for _ in range(3))).save(taken, "JPEG")
    return taken.getvalue()


def await_equal(installation: Installation, skus: list[str], floors: list[str]) -> None:
    """Until every floor is said to show the newest version; what a killed worker had leased comes free later."""
    say("  waiting for what is under way …")
    deadline = time.monotonic() + PATIENCE_SECONDS
    with installation.database() as connection:
        connection.autocommit = True
        while (row := connection.execute(LEFT, [skus, floors]).fetchone()) != (0,):
            if time.monotonic() > deadline:
                raise Problem(f"{row} publications are not equal after {PATIENCE_SECONDS:.0f} s")
            time.sleep(1.0)


def _faults(floor: str, found: Sequence[Held], goods: Mapping[str, Goods]) -> list[str]:
    counts = Counter(product.sku for product in found)
    faults = [
        f"{floor}: {sku} is there {counts[sku]} times"
        for sku, one in goods.items()
        if counts[sku] > 1 or counts[sku] < one.held.shown
    ]
    for product in found:
        wanted = goods[product.sku].held
        if product != wanted and (product.shown or wanted.shown):
            faults.append(f"{floor} has {product}, not {wanted}")
    return faults


def _sum(found: Found) -> str:
    verdict = "each floor holds each listing once, at its newest version" if not found.faults else "A DEFECT"
    toll = found.toll
    deeds = ", ".join(f"{deed} {count}" for deed, count in sorted(found.deeds.items()))
    return (
        f"{found.listings} listings on {len(found.floors)} floors ({', '.join(found.floors)}), "
        f"{sum(found.deeds.values())} changes ({deeds}), {toll.kills} kills. {toll.amid_creates} of the kills fell "
        f"amid creates: they broke {toll.creates} of these off, {toll.made} of which had made their product already. "
        f"{toll.others} changes were broken off. {found.seconds:.0f} s: {verdict}."
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
