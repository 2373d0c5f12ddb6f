"""`python -m drills.floors [--kills N] [--seed N]`: the worker that speaks to floors is killed again and again in the
middle of publishing, while prices change; then each floor must hold exactly one product of each listing, at its newest
price. Exits with 1 where one does not; writes `docs/drills-floors.md`."""

import argparse
import io
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from PIL import Image

from drills.api import Api
from drills.installation import Installation
from runner.process import die_with_parent
from runner.screen import Problem, say
from runner.settings import ROOT

CLERK, PASSWORD = "0900000001", "chophien-demo"
FLOORS = ("shopee", "lazada", "tiktok", "woocommerce")
LISTINGS, KILLS = 30, 50
PACE = {"latency": 50, "qps": 0}
CHANGES_BETWEEN_KILLS = 3
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
  AND (p.status <> 'listed' OR p.published_version IS DISTINCT FROM p.desired_version)
"""
INTRODUCTION = f"""\
# The floors' drill

`python -m drills.floors` starts the whole system as `make run` does, with data of its own, has a clerk offer goods on
{", ".join(name.capitalize() for name in FLOORS)} (their sandbox, where a call takes {PACE["latency"]} ms), and kills
the process that speaks to floors with `kill -9` in the middle of it, one time in ten the whole worker, again and again
while prices change. Floors make two products of two creates, so every publication that was broken off is looked up on
its floor before anything is made again. When nothing is left to do, each floor is asked what it holds.
"""


@dataclass(frozen=True)
class Found:
    """What the floors hold; `faults` says what is not as it should be."""

    listings: int
    kills: int
    changes: int
    held: dict[str, int]
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
    if not found.faults and found.kills >= KILLS:
        day = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, seed {options.seed}."
        PAGE.write_text(f"{INTRODUCTION}\n## The last run\n\n{day} {said}\n")
    return 1 if found.faults else 0


def drill(installation: Installation, chance: random.Random, kills: int) -> Found:
    began = time.monotonic()
    sandbox = f"{installation.url.rpartition(':')[0]}:{int(installation.url.rpartition(':')[2]) + 2}/sandbox"
    requests.post(f"{sandbox}/pace", json=PACE, timeout=10).raise_for_status()
    api = Api(installation.url, CLERK, PASSWORD)
    prices = offer(api, chance)
    changes = done = 0
    while done < kills:
        for sku in chance.sample(sorted(prices), CHANGES_BETWEEN_KILLS):
            listing_id, price = prices[sku]
            prices[sku] = (listing_id, price + 500)
            api.patch(f"/listings/{listing_id}", {"price": price + 500})
            changes += 1
        time.sleep(chance.uniform(0, LONGEST_PAUSE))
        done += strike(installation, whole=chance.random() < WHOLE)
        say(f"  {done} of {kills} kills")
    await_equal(installation, list(prices))
    held = {name: _products(sandbox, name) for name in FLOORS}
    faults = [fault for name in FLOORS for fault in _faults(name, held[name], prices)]
    counts = {name: len(rows) for name, rows in held.items()}
    return Found(len(prices), kills, changes, counts, time.monotonic() - began, faults)


def strike(installation: Installation, whole: bool) -> bool:
    """Kill the process that speaks to floors at this moment, or (`whole`) the worker with it; whether there was one."""
    if not whole:
        return installation.kill_forked(PUBLISHER, AT_WORK_SECONDS)
    killed = installation.processes()[PUBLISHER]
    installation.kill(PUBLISHER)
    installation.await_revival(PUBLISHER, killed)
    return True


def offer(api: Api, chance: random.Random) -> dict[str, tuple[str, int]]:
    """New goods, approved for all floors: the listing's id and price by SKU."""
    sellers = api.get("/sellers", limit=100)["items"]
    seller = next(one["id"] for one in sellers if one["kind"] == "trader")
    prices = {}
    for number in range(LISTINGS):
        facts = {
            "seller_id": seller,
            "name": f"Mận tam hoa Bắc Hà thùng số {number}",
            "unit": "kg",
            "goods": "fruit",
        }
        size = {"weight_grams": 1_000, "package_length": 20, "package_width": 15, "package_height": 10}
        words = {"description": "Hái trong ngày, giòn và ngọt, gửi đi ngay."}
        product = api.post("/products", facts | size | words)["id"]
        api.upload(f"/products/{product}/photos", "man.jpg", _photo(chance))
        price = chance.randrange(20_000, 90_000, 1_000)
        listing = api.post(
            "/listings", {"product_id": product, "price": price, "stock": 50, "marketplaces": list(FLOORS)}
        )
        prices[listing["sku"]] = (listing["id"], price)
        _approve(api, listing["id"])
    return prices


def _approve(api: Api, listing_id: str) -> None:
    """Once its photo is ready."""
    deadline = time.monotonic() + 60
    while api.get(f"/listings/{listing_id}")["missing"]:
        if time.monotonic() > deadline:
            raise Problem(f"A photo is not made ready: listing {listing_id}")
        time.sleep(0.2)
    api.post(f"/listings/{listing_id}/approve", {})


def _photo(chance: random.Random) -> bytes:
    taken = io.BytesIO()
    Image.new("RGB", (600, 600), tuple(chance.randrange(256) for _ in range(3))).save(taken, "JPEG")
    return taken.getvalue()


def await_equal(installation: Installation, skus: list[str]) -> None:
    """Until every floor is said to show the newest version; what a killed worker had leased comes free later."""
    say("  waiting for what is under way …")
    deadline = time.monotonic() + PATIENCE_SECONDS
    with installation.database() as connection:
        connection.autocommit = True
        while (row := connection.execute(LEFT, [skus, list(FLOORS)]).fetchone()) != (0,):
            if time.monotonic() > deadline:
                raise Problem(f"{row} publications are not equal after {PATIENCE_SECONDS:.0f} s")
            time.sleep(1.0)


def _products(sandbox: str, floor: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{sandbox}/products", params={"floor": floor}, timeout=30)
    answer.raise_for_status()
    return list(answer.json()["products"])


def _faults(floor: str, products: list[dict[str, Any]], prices: dict[str, tuple[str, int]]) -> list[str]:
    ours = [product for product in products if product["sku"] in prices]
    counts = Counter(product["sku"] for product in ours)
    faults = [f"{floor}: {sku} is there {counts[sku]} times" for sku in prices if counts[sku] != 1]
    for product in ours:
        newest = prices[product["sku"]][1]
        if (product["price"], product["shown"]) != (newest, True):
            faults.append(
                f"{floor}: {product['sku']} at {product['price']}, shown {product['shown']}, not {newest}"
            )
    return faults


def _sum(found: Found) -> str:
    verdict = "each floor holds each listing once, at its newest price" if not found.faults else "A DEFECT"
    return (
        f"{found.listings} listings on {len(FLOORS)} floors, {found.kills} kills, {found.changes} price changes, "
        f"{found.seconds:.0f} s: {verdict}."
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
