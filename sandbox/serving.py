"""How the sandboxes of greenlets are served: on loopback only, until a signal ends them."""

import signal
import socket
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import gevent

from sandbox.payos.server import Server

HOST = "127.0.0.1"
STOP_SECONDS = 1

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def serve(name: str, port: int, data: Path, make: Callable[[str], Application]) -> int:
    """Serve what `make` makes for the address until SIGTERM or SIGINT; 1 where the port is taken. `data` is made."""
    try:
        listener = _listen(port)
    except OSError as problem:
        print(f"{name} sandbox: cannot listen on {HOST}:{port}: {problem}", file=sys.stderr)
        return 1
    data.mkdir(parents=True, exist_ok=True)
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    server = Server(listener, make(address), log=None)
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.close)
    print(f"{name} sandbox {address}", flush=True)
    server.serve_forever(stop_timeout=STOP_SECONDS)
    return 0


def _listen(port: int) -> socket.socket:
    listener = socket.create_server((HOST, port), backlog=256)
    # What it accepts inherits this: head and body of an answer go out without waiting for each other.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
