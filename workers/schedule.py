"""The clock: `python -m workers.schedule` puts the jobs of `subscriptions.SCHEDULE` on the maintenance queue.

RQ's own scheduler writes pickles, which our queues do not take. A beat that no worker took in time is dropped:
every job finds its own work, so the next beat does it all.
"""

import signal
import threading
import time

import structlog
from redis import RedisError

from core.logging import set_up_logging
from workers.beats import SCHEDULE, Beat
from workers.queues import QueueName, queue

JOB_SECONDS = 60

log = structlog.get_logger()


def strike(beat: Beat) -> None:
    """Ask for one job."""
    queue(QueueName.MAINTENANCE).enqueue(
        beat.path, job_timeout=JOB_SECONDS, result_ttl=JOB_SECONDS, ttl=beat.seconds * 2
    )


def run(stop: threading.Event) -> None:
    """Strike each beat when its time comes, the first at once, until `stop` is set."""
    due = dict.fromkeys(SCHEDULE, 0.0)
    while not stop.is_set():
        for beat in [beat for beat, at in due.items() if at <= time.monotonic()]:
            due[beat] = time.monotonic() + beat.seconds
            try:
                strike(beat)
            except RedisError as error:
                log.warning("beat_missed", job=beat.path, error=type(error).__name__)
        stop.wait(max(min(due.values()) - time.monotonic(), 0.1))


def main() -> None:
    set_up_logging("schedule")
    print("up", flush=True)  # for whoever started us
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(stop)


if __name__ == "__main__":
    main()
