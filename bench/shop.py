"""Pages of the public shop as the web server of `make run` gives them, beside the same server giving bytes from memory.

The pages are a seller's shop of 24 goods, one offer, and the front of everything; packed, as every browser asks for
them. The floor answers with as many bytes.
"""

import gzip
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from statistics import median

from sqlalchemy.orm import Session

from bench.ground import Ground, Place, await_url, free_port
from bench.harness import Figure, Report, interleaved, middle_ratio, milliseconds, percentile, rate
from bench.load import Load, drive, get
from models import Photo, PhotoStatus
from services.listings import approve_listing
from tests import builders

REQUESTS = 12_000
WARM_UP = 500
CONNECTIONS = 32
GOODS = 24
TARGET_PAGES = 500
TARGET_BYTES = 60_000
CONFIG = "web/gunicorn.conf.py"
ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')
DRAWN_BY_THE_SHEET = ("/static/img/band.svg",)


@dataclass(frozen=True)
class Paths:
    """Where the pages are."""

    shop: str
    offer: str
    front: str = "/shop"


def run(ground: Ground) -> Report:
    place = ground.fresh()
    with place.engine() as engine, Session(engine) as session:
        paths = _open_shop(session)
    port = free_port()
    with place.running(["gunicorn", "-c", CONFIG, "wsgi:app"], PORT=str(port)) as (web,):
        await_url(f"http://127.0.0.1:{port}/healthz", web)
        figures = [
            figure
            for name, path in (
                ("a seller's shop", paths.shop),
                ("an offer", paths.offer),
                ("everything", paths.front),
            )
            for figure in _compare(place, port, name, path)
        ]
        weights = list(_weigh(port, paths))
    return Report(
        [*figures, *weights], ["Every page is rendered anew 20 seconds after it was (`web/page_cache.py`)."]
    )


def _open_shop(session: Session) -> Paths:
    """A seller with a stall and GOODS goods, each with a photo."""
    seller = builders.make_seller(session, name="Hợp tác xã Nông nghiệp Dược liệu Sa Pa Xanh")
    builders.make_stall(session, seller=seller)
    actor = builders.anybody(session)
    for number in range(GOODS):
        product = builders.make_product(
            session, seller, name=f"Chè Shan tuyết cổ thụ {number}", origin_commune=builders.BAC_HA
        )
        session.add(
            Photo(product_id=product.id, position=1, sha256=bytes([number] * 32), status=PhotoStatus.READY)
        )
        listing = builders.make_listing(session, product, marketplaces=["shop"])
        approve_listing(session, actor, listing.id)
    session.commit()
    return Paths(f"/shop/{seller.code}", f"/shop/p/{listing.sku}/{'che-shan-tuyet-co-thu'}-{GOODS - 1}")


def _compare(place: Place, port: int, name: str, path: str) -> Iterator[Figure]:
    loads: list[Load] = []

    def ours() -> float:
        loads.append(drive(port, repeat(get(path), REQUESTS), CONNECTIONS))
        return loads[-1].per_second

    drive(port, repeat(get(path), WARM_UP), CONNECTIONS)
    with _bare(place, len(_fetch(port, path))) as bare_port:
        floor = partial(_rate, bare_port, path)
        results = interleaved(floor=floor, ours=ours)
    rates = results["ours"]
    yield Figure(
        f"{name}, pages",
        rate(median(rates)),
        rate(median(results["floor"])),
        f"{middle_ratio(rates, results['floor']):.2f}",
        f"≥ {TARGET_PAGES}/s",
        median(rates) >= TARGET_PAGES and not any(load.refused for load in loads),
    )
    seconds = [second for load in loads for second in load.seconds]
    refused = sum(load.refused for load in loads)
    yield Figure(
        "… answered in, p50 / p99",
        f"{milliseconds(median(seconds))} / {milliseconds(percentile(seconds, 0.99))}"
        + f", {refused} REFUSED" * bool(refused),
    )


def _rate(port: int, path: str) -> float:
    return drive(port, repeat(get(path), REQUESTS), CONNECTIONS).per_second


@contextmanager
def _bare(place: Place, size: int) -> Iterator[int]:
    """The floor's server, on a port of its own."""
    port = free_port()
    command = ["gunicorn", "-c", CONFIG, "bench.bare_page:app"]
    with place.running(command, PORT=str(port), BARE_BYTES=str(size)) as (bare,):
        await_url(f"http://127.0.0.1:{port}/", bare)
        yield port


def _weigh(port: int, paths: Paths) -> Iterator[Figure]:
    """What a first visit brings besides photos: the page and what it names, as sent and unpacked."""
    for name, path in (
        ("a seller's shop", paths.shop),
        ("an offer", paths.offer),
        ("everything", paths.front),
    ):
        packed = _fetch(port, path)
        page = gzip.decompress(packed)
        assets = {*ASSET.findall(page.decode()), *DRAWN_BY_THE_SHEET}
        beside = sum(len(_fetch(port, asset)) for asset in assets)
        whole = len(page) + beside
        yield Figure(
            f"{name}, all but photos",
            f"{whole:,} bytes ({len(packed):,} of the page's {len(page):,} sent)",
            target=f"≤ {TARGET_BYTES:,}",
            reached=whole <= TARGET_BYTES,
        )


def _fetch(port: int, path: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        content: bytes = answer.read()
    return content
