"""An HTTP wire to a real server which loses answers, or says what the machines between two servers say."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

Spoil = Callable[[bytes], bytes]
"""What is said in the place of an answer."""

_PER_HOP = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
}


class FaultyWire(ThreadingHTTPServer):
    """Passes everything on to `upstream` but what it was told to spoil; remembers the requests."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[tuple[Mapping[str, str], bytes]] = []
        self._until_loss = 0
        self.lost = False
        self.spoil: Spoil | None = None
        self.before: Callable[[bytes], None] | None = None
        self.instead: tuple[int, dict[str, str], bytes] | None = None
        self._lock = threading.Lock()

    def lose_answer(self, number: int) -> None:
        """Let the server do what the `number`th request from now on asks, and cut its answer off."""
        self._until_loss = number
        self.lost = False
        self.spoil = None

    def spoil_answer(self, number: int, spoil: Spoil) -> None:
        """The same, but something else is said in its place."""
        self.lose_answer(number)
        self.spoil = spoil

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Say this in the place of the server."""
        self.instead = (status, headers, body)

    def loses_this(self, headers: Mapping[str, str], body: bytes) -> bool:
        with self._lock:
            self.requests.append((headers, body))
            self._until_loss -= 1
            self.lost = self.lost or self._until_loss == 0
            return self._until_loss == 0


class _Handler(BaseHTTPRequestHandler):
    server: FaultyWire

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method alike: the standard library looks for `do_GET`, `do_POST` and so on."""
        if name.startswith("do_"):
            return self._pass_on
        raise AttributeError(name)

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        lost = self.server.loses_this(headers, body)
        if self.server.before:
            self.server.before(body)
        if self.server.instead:
            return self._say(*self.server.instead)
        url = self.server.upstream + self.path
        answer = requests.request(self.command, url, headers=headers, data=body, timeout=60)
        if lost and self.server.spoil:
            return self._say(200, {"Content-Type": "application/json"}, self.server.spoil(answer.content))
        if lost:
            self.close_connection = True
            return None
        return self._say(answer.status_code, dict(answer.headers), answer.content)

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _PER_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def faulty_wire(upstream: str) -> Iterator[FaultyWire]:
    wire = FaultyWire(upstream)
    thread = threading.Thread(target=wire.serve_forever, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.shutdown()
        wire.server_close()
        thread.join()
