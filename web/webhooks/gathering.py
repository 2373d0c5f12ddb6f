"""Rows from many concurrent requests, written in one statement: a commit costs the same for one as for fifty. Where a
row is refused, each of its batch is written alone: none fails for another's sake."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Row = TypeVar("Row")

LARGEST_BATCH = 128


class Gatherer(Generic[Row]):
    """`put(row)` returns once `write(rows)` has committed the batch that held it, or raises what it raised. `refusals`
    are the errors that a single row may be the reason of."""

    def __init__(
        self, write: Callable[[Sequence[Row]], object], refusals: tuple[type[Exception], ...] = ()
    ) -> None:
        self._write = write
        self._refusals = refusals
        self._waiting: queue.SimpleQueue[tuple[Row, Future[None]]] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, row: Row) -> None:
        future: Future[None] = Future()
        self._waiting.put((row, future))
        self._ensure_thread()
        future.result()

    def _ensure_thread(self) -> None:
        """Started by the first row, so that it lives in the process that forked, not in its parent."""
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="gatherer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            try:
                self._write([row for row, _ in batch])
            except self._refusals:
                for row, future in batch:
                    self._write_alone(row, future)
            except Exception as error:  # every request of the batch must hear of it
                for _, future in batch:
                    future.set_exception(error)
            else:
                for _, future in batch:
                    future.set_result(None)

    def _write_alone(self, row: Row, future: Future[None]) -> None:
        try:
            self._write([row])
        except Exception as error:  # its request must hear of it
            future.set_exception(error)
        else:
            future.set_result(None)

    def _next_batch(self) -> list[tuple[Row, Future[None]]]:
        batch = [self._waiting.get()]
        while len(batch) < LARGEST_BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch
