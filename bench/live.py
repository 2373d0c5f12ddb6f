"""On an idle machine, from the webhook's first byte until the stall's page is told, beside what the road costs.

One notice after another: web, relay, worker and Redis all sleep when it comes. The floors are one message through
the same Valkey from publisher to subscriber, and one job that does nothing through RQ as it comes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from itertools import chain
from uuid import UUID

from redis import Redis
from rq import Queue
from sqlalchemy.orm import Session

from bench.bare_rq import QUEUE, nothing
from bench.events import WORKERS
from bench.ground import Ground, await_up, await_url, free_port
from bench.harness import Figure, Report, interleaved, milliseconds, percentile
from bench.webhook import WEB
from bench.workload import ask, notice, open_bazaar, paid
from services import accounts
from tests.builders import make_administrator

NOTICES_A_ROUND = 70
TARGET_SECONDS = 0.3
PAUSE_SECONDS = 0.02
"""Between two notices, so that everybody sleeps again."""
TOLD = b"event: payment.settled\n"


def run(ground: Ground) -> Report:
    place, bare = ground.fresh(), ground.fresh()
    port = free_port()
    with (
        place.engine() as engine,
        Session(engine) as session,
        place.running(WEB, *WORKERS, PORT=str(port)) as (web, *workers),
        bare.running(["bench.bare_rq", bare.redis_url]) as bare_workers,
        Redis.from_url(bare.redis_url) as redis,
    ):
        bazaar = open_bazaar(session, stalls=1)
        token, _ = accounts.issue_token(session, make_administrator(session))
        session.commit()
        await_up([*workers, *bare_workers])
        await_url(f"http://127.0.0.1:{port}/readyz", web)
        notices = [notice(paid(asked.order_code)) for asked in ask(session, bazaar, NOTICES_A_ROUND * 4)]
        with _page(port, bazaar.stall_ids[0], token) as page, _subscriber(redis) as heard:
            tell = partial(_tell, port, f"/webhooks/payos/{bazaar.channel_id}", iter(notices), page)
            results = interleaved(
                published=partial(_repeat, lambda: _publish(redis, heard)),
                job=partial(_repeat, lambda: _work(redis)),
                told=partial(_repeat, tell),
            )
    return _report({name: list(chain.from_iterable(rounds)) for name, rounds in results.items()})


def _repeat(once: Callable[[], None]) -> list[float]:
    """Seconds that each took."""
    took = []
    for _ in range(NOTICES_A_ROUND):
        time.sleep(PAUSE_SECONDS)
        began = time.perf_counter()
        once()
        took.append(time.perf_counter() - began)
    return took


def _tell(port: int, path: str, notices: Iterator[bytes], page: Iterator[bytes]) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST", path, next(notices))
    if connection.getresponse().status != 200:
        raise RuntimeError("the notice was refused")
    connection.close()
    next(line for line in page if line == TOLD)


@contextmanager
def _page(port: int, stall_id: UUID, token: str) -> Iterator[Iterator[bytes]]:
    """The lines that the stall's page gets."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        "GET", f"/api/v1/stalls/{stall_id}/events", headers={"Authorization": f"Bearer {token}"}
    )
    stream = connection.getresponse()
    next(line for line in stream if line.startswith(b"retry:"))
    yield stream
    connection.close()


@contextmanager
def _subscriber(redis: Redis) -> Iterator[Callable[[], object]]:
    with redis.pubsub() as subscription:
        subscription.subscribe("bare")
        subscription.get_message(timeout=5)
        yield partial(subscription.get_message, timeout=5)


def _publish(redis: Redis, heard: Callable[[], object]) -> None:
    redis.publish("bare", "nothing")
    heard()


def _work(redis: Redis) -> None:
    Queue(QUEUE, connection=redis).enqueue(nothing, 0).latest_result(timeout=5)


def _report(took: dict[str, list[float]]) -> Report:
    shares = {"p50": 0.5, "p95": 0.95, "slowest": 1.0}
    return Report([_figure(name, share, took) for name, share in shares.items()])


def _figure(name: str, share: float, took: dict[str, list[float]]) -> Figure:
    told, published, job = (percentile(took[kind], share) for kind in ("told", "published", "job"))
    floor = f"message {milliseconds(published)}, bare job {milliseconds(job)}"
    ratio = f"{told / job:.1f} × the job"
    if name != "p95":
        return Figure(name, milliseconds(told), floor, ratio)
    target = f"≤ {milliseconds(TARGET_SECONDS)}"
    return Figure(name, milliseconds(told), floor, ratio, target, told <= TARGET_SECONDS)
