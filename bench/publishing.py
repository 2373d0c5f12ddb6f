"""Listings on their way to three floors that take 50 ms a call and let 50 calls a second in, as a sandbox plays them.

Every listing is new to every floor: looked up, created, with a picture that the floor has already. The clock runs
from the commit that approves them all until each stands on each floor. Then, on an idle system, one price after
another is changed.
"""

import io
import json
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from PIL import Image
from sqlalchemy.orm import Session

from bench.ground import Ground, Place, await_up, free_port
from bench.harness import Figure, Report, milliseconds, percentile
from core.config import config
from core.images import renditions
from models import Goods, Listing, Photo, PhotoFile, PhotoSize, PhotoStatus, Product, Seller
from runner.process import Process
from runner.screen import Problem
from services.listings import approve_listing, change_listing
from tests import builders

FLOORS = ("shopee", "lazada", "tiktok")
LISTINGS = int(os.environ.get("BENCH_LISTINGS", "2000"))
"""10,000 take a floor of 50 calls a second more than ten minutes, and as much to be drafted."""
OF_A_SELLER = 100
"""Sellers bring so many listings: a session that holds thousands looks at all of them with every flush."""
PRICE_CHANGES = 30
LATENCY_MS, CALLS_A_SECOND = 50, 50
LONGEST_SECONDS = 60.0 + LISTINGS * 0.2
TARGET_SHARE, TARGET_SECONDS, TARGET_CPU_MS = 0.95, 2.0, 5.0
CATEGORIES = Path(__file__).resolve().parent.parent / "sandbox" / "floors" / "categories.csv"
EQUAL = """
SELECT NOT EXISTS (SELECT FROM publications WHERE status <> 'listed' OR published_version <> desired_version)
"""

Connection = psycopg.Connection[tuple[Any, ...]]


def run(ground: Ground) -> Report:
    place, port = ground.fresh(), free_port()
    url = f"http://127.0.0.1:{port}"
    _know_floors(url)
    with (
        place.running(_sandbox(place, port)),
        _working(place, url) as worker,
        place.engine() as engine,
        Session(engine) as session,
        psycopg.connect(place.database_url, autocommit=True) as database,
    ):
        listings = _draft(session)
        pace = _ask(url, {"latency": LATENCY_MS, "qps": CALLS_A_SECOND})
        cpu = _cpu_seconds(worker.pid)
        seconds = _publish(session, database, listings)
        pace = _ask(url)
        spent = _cpu_seconds(worker.pid) - cpu
        changes = [_reprice(session, database, listing_id) for listing_id in listings[:PRICE_CHANGES]]
        held = {name: len(_products(url, name)) for name in FLOORS}
    return _report(pace, seconds, spent, changes, held)


def _know_floors(url: str) -> None:
    """For the drafts and their approval, which are done here."""
    os.environ.update(_floors_at(url))
    config.cache_clear()


def _floors_at(url: str) -> dict[str, str]:
    return {"FLOOR_CATEGORIES": str(CATEGORIES)} | {f"{name.upper()}_URL": f"{url}/{name}" for name in FLOORS}


def _sandbox(place: Place, port: int) -> list[str]:
    books = place.folder / f"{place.name}-floors"
    books.mkdir()
    return ["sandbox.floors", "--port", str(port), "--data", str(books)]


@contextmanager
def _working(place: Place, url: str) -> Iterator[Process]:
    env = _floors_at(url) | {f"{name.upper()}_CALLS_PER_SECOND": str(CALLS_A_SECOND) for name in FLOORS}
    modules = (["workers.relay"], ["workers.worker", "publishing", "--forking"])
    with place.running(*modules, **env) as processes:
        await_up(processes)
        yield processes[1]


def _draft(session: Session) -> list[UUID]:
    """Ready for every floor: photo, weight, package, kind."""
    photo, made = _photo(), list[UUID]()
    for first in range(0, LISTINGS, OF_A_SELLER):
        seller = builders.make_seller(session)
        numbers = range(first, min(first + OF_A_SELLER, LISTINGS))
        made += [_draft_one(session, seller, number, photo).id for number in numbers]
        session.commit()
        session.expunge_all()
    return made


def _draft_one(session: Session, seller: Seller, number: int, photo: bytes) -> Listing:
    product = builders.make_product(
        session,
        seller,
        name=f"Mận tam hoa Bắc Hà thùng số {number}",
        goods=Goods.FRUIT,
        weight_grams=1_000,
        package_length=20,
        package_width=15,
        package_height=10,
    )
    _show(session, product, photo)
    return builders.make_listing(session, product, marketplaces=list(FLOORS))


def _photo() -> bytes:
    taken = io.BytesIO()
    Image.new("RGB", (800, 800), (150, 40, 90)).save(taken, "JPEG")
    return renditions(taken.getvalue())[0].content


def _show(session: Session, product: Product, content: bytes) -> None:
    photo = Photo(product_id=product.id, position=1, sha256=bytes(32), status=PhotoStatus.READY)
    session.add(photo)
    session.flush()
    session.add(PhotoFile(photo_id=photo.id, size=PhotoSize.LARGE, sha256=bytes(32), content=content))


def _publish(session: Session, database: Connection, listings: Sequence[UUID]) -> float:
    """Seconds from the commit that approves all until all floors are equal."""
    actor = builders.anybody(session)
    for number, listing_id in enumerate(listings, start=1):
        approve_listing(session, actor, listing_id)
        if number % OF_A_SELLER == 0:
            session.flush()
            session.expunge_all()
    session.commit()
    return _until_equal(database)


def _reprice(session: Session, database: Connection, listing_id: UUID) -> float:
    listing = session.get_one(Listing, listing_id)
    change_listing(session, builders.anybody(session), listing_id, price=listing.price + 500)
    session.commit()
    return _until_equal(database)


def _until_equal(database: Connection) -> float:
    began = time.perf_counter()
    while database.execute(EQUAL).fetchone() != (True,):
        if time.perf_counter() - began > LONGEST_SECONDS:
            raise Problem(f"Floors are not equal after {LONGEST_SECONDS:.0f} s")
        time.sleep(0.01)
    return time.perf_counter() - began


def _ask(url: str, wish: Mapping[str, int] | None = None) -> dict[str, Any]:
    data = None if wish is None else json.dumps(wish).encode()
    with urllib.request.urlopen(f"{url}/sandbox/pace", data, timeout=10) as answer:
        return dict(json.load(answer))


def _products(url: str, floor: str) -> list[Any]:
    with urllib.request.urlopen(f"{url}/sandbox/products?floor={floor}", timeout=10) as answer:
        return list(json.load(answer)["products"])


def _cpu_seconds(pid: int) -> float:
    """Of the process and of those it has buried, once it has (proc(5): utime, stime, cutime, cstime)."""
    while Path(f"/proc/{pid}/task/{pid}/children").read_text():
        time.sleep(0.05)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / 100


def _report(
    pace: dict[str, Any], seconds: float, spent: float, changes: list[float], held: dict[str, int]
) -> Report:
    calls, refused = pace["let_in"], sum(pace["refused"].values())
    busiest = max(calls[name] for name in FLOORS) / seconds
    share = busiest / CALLS_A_SECOND
    cpu_ms = spent / sum(calls.values()) * 1000
    p95 = percentile(changes, 0.95)
    figures = [
        Figure(
            "calls of the floor that wants most of them",
            f"{busiest:.1f}/s",
            f"{CALLS_A_SECOND}/s",
            f"{share:.2f}",
            f"≥ {TARGET_SHARE}",
            share >= TARGET_SHARE,
        ),
        Figure("calls that were too many", str(refused), "", "", "0", refused == 0),
        Figure(
            "a price change on all floors, p50 / p95",
            f"{milliseconds(percentile(changes, 0.5))} / {milliseconds(p95)}",
            target=f"≤ {milliseconds(TARGET_SECONDS)}",
            reached=p95 <= TARGET_SECONDS,
        ),
        Figure(
            "our own CPU a call",
            f"{cpu_ms:.1f} ms",
            target=f"≤ {TARGET_CPU_MS} ms",
            reached=cpu_ms <= TARGET_CPU_MS,
        ),
    ]
    sound = set(held.values()) == {LISTINGS}
    verdict = "each stands on each floor once" if sound else f"A DEFECT: {held}"
    told = ", ".join(f"{name} {calls[name]:,}" for name in FLOORS)
    return Report(figures, [f"{LISTINGS:,} listings in {seconds:.0f} s, calls: {told}; {verdict}."])
