"""A worker: `python -m workers.worker QUEUE … [--forking]`, the most urgent queue first.

Short trusted jobs run in the process itself; `--forking` gives each job a process of its own, for floors'
adapters, whose failures are theirs alone.
"""

import argparse
import gc
import importlib
import signal
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import configure_mappers

from core.logging import set_up_logging
from workers.database import engine
from workers.lanes import stopping
from workers.queues import QueueName, queue, redis
from workers.subscriptions import modules_for

log = structlog.get_logger()

BOOKKEEPING_SECONDS = 2.0
OBJECTS_BETWEEN_LOOKS = 50_000


class SteadyWorker(SimpleWorker):
    """A SimpleWorker that tells Redis of its well-being every two seconds instead of several times a job:
    half of its round trips are of that kind."""

    _told_at = 0.0

    def _is_time(self) -> bool:
        if time.monotonic() - self._told_at < BOOKKEEPING_SECONDS:
            return False
        self._told_at = time.monotonic()
        return True

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        if pipeline is not None or self._is_time():
            super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Any = None) -> None:
        if pipeline is not None or state == "suspended" or self._is_time():
            super().set_state(state, pipeline)
        else:
            self._state = state

    def check_for_suspension(self, burst: bool) -> None:
        if self._is_time():
            super().check_for_suspension(burst)


class ForkingWorker(Worker):
    """Each job in a process of its own, which opens its own connections."""

    def fork_work_horse(self, job: Any, job_queue: Any) -> None:
        engine().dispose()
        super().fork_work_horse(job, job_queue)

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())

    def handle_warm_shutdown_request(self) -> None:
        """The job is told too, so that nobody waits for all that it could still find to do."""
        if self.horse_pid:
            self.kill_horse(signal.SIGTERM)


def _get_ready(queues: Iterable[QueueName]) -> None:
    """Before the first job comes, and once for all forked ones."""
    modules = [importlib.import_module(name) for name in sorted(modules_for(queues))]
    configure_mappers()
    for module in modules:
        if hasattr(module, "rehearse"):
            _rehearse(module.rehearse)


def _rehearse(rehearse: Callable[[], None]) -> None:
    """Work goes on without it, only slower."""
    try:
        rehearse()
    except OperationalError as error:
        log.warning("rehearsal_failed", exc_info=error)


def _spare_the_collector() -> None:
    """What is loaded stays, so it need not be looked through; and a batch makes many objects that are gone with it."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 20, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description="Work on queues.")
    parser.add_argument("queues", nargs="+", type=QueueName, choices=list(QueueName))
    parser.add_argument("--forking", action="store_true", help="a process for each job")
    options = parser.parse_args()
    set_up_logging(f"worker {' '.join(options.queues)}")
    _get_ready(options.queues)
    _spare_the_collector()
    print("up", flush=True)  # for whoever started us
    kind = ForkingWorker if options.forking else SteadyWorker
    worker = kind(
        [queue(name) for name in options.queues],
        connection=redis(),
        serializer=JSONSerializer,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
