"""RQ as it comes, with jobs that do nothing. `python -m bench.bare_rq REDIS_URL` is one of its workers."""

import sys
import time

from redis import Redis
from rq import Queue, SimpleWorker

from bench.ground import Place, await_up

QUEUE = "bare"


def nothing(_: int) -> None:
    """The job."""


def measure(place: Place, workers: int, jobs: int) -> float:
    """Jobs a second: all of them enqueued in one go, then worked off."""
    with (
        Redis.from_url(place.redis_url) as redis,
        place.running(*[["bench.bare_rq", place.redis_url]] * workers) as processes,
    ):
        redis.flushdb()
        queue = Queue(QUEUE, connection=redis)
        await_up(processes)
        began = time.perf_counter()
        queue.enqueue_many([Queue.prepare_data(nothing, [number]) for number in range(jobs)])
        while queue.finished_job_registry.get_job_count(cleanup=False) < jobs:
            time.sleep(0.02)
        return jobs / (time.perf_counter() - began)


def main() -> None:
    redis = Redis.from_url(sys.argv[1])
    worker = SimpleWorker([Queue(QUEUE, connection=redis)], connection=redis)
    print("up", flush=True)
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
