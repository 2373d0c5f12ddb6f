"""A light load generator: prepared requests over keep-alive connections, one under way on each."""

import re
import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 "
LONGEST_ANSWER = 64 * 1024
HEAD_ENDS = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
PATIENCE_SECONDS = 30.0


@dataclass
class Load:
    """What was seen: the seconds of each request, how many were not answered 200, and the whole time."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed


class _Connection:
    """Sends the next request when the last one is answered."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = b""
        self._sent_at = 0.0

    def send_next(self, requests: Iterator[bytes]) -> None:
        """Raises StopIteration when none is left."""
        request = next(requests)
        self._answer = b""
        self._sent_at = time.perf_counter()
        self.socket.sendall(request)

    def read(self, load: Load) -> bool:
        """Whether the answer is there to its end."""
        self._answer += self.socket.recv(LONGEST_ANSWER)
        if not _is_whole(self._answer):
            return False
        load.seconds.append(time.perf_counter() - self._sent_at)
        load.refused += not self._answer.startswith(OK)
        return True


def _is_whole(answer: bytes) -> bool:
    """It says its length, and has it."""
    head, ends, body = answer.partition(HEAD_ENDS)
    told = LENGTH.search(head) if ends else None
    return told is not None and len(body) >= int(told[1])


def get(path: str) -> bytes:
    """A whole request for a page, as a browser sends it."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n".encode()


def post(path: str, body: bytes) -> bytes:
    """A whole request, as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def drive(port: int, requests: Iterable[bytes], connections: int) -> Load:
    """Send each request once, `connections` of them at a time."""
    waiting, load = iter(requests), Load()
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = _Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send_next(waiting)
        while selector.get_map():
            for connection in _ready(selector):
                if connection.read(load):
                    _go_on(selector, connection, waiting)
    load.elapsed = time.perf_counter() - began
    return load


def _ready(selector: selectors.BaseSelector) -> Iterator[_Connection]:
    ready = selector.select(PATIENCE_SECONDS)
    if not ready:
        raise TimeoutError(f"no answer within {PATIENCE_SECONDS:.0f} s")
    return (key.data for key, _ in ready)


def _go_on(selector: selectors.BaseSelector, connection: _Connection, waiting: Iterator[bytes]) -> None:
    with suppress(StopIteration):
        connection.send_next(waiting)
        return
    selector.unregister(connection.socket)
    connection.socket.close()
