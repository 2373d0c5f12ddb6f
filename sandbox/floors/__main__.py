"""`python -m sandbox.floors --port N --data DIR`: one process of greenlets, on loopback only."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402

from sandbox.floors.app import create_app  # noqa: E402
from sandbox.floors.books import Books  # noqa: E402
from sandbox.floors.house import House  # noqa: E402
from sandbox.floors.pace import Pace  # noqa: E402
from sandbox.payos.server import Server  # noqa: E402

HOST = "127.0.0.1"
STOP_SECONDS = 1


def main() -> int:
    arguments = read_arguments()
    try:
        listener = listen(arguments.port)
    except OSError as problem:
        print(f"floors sandbox: cannot listen on {HOST}:{arguments.port}: {problem}", file=sys.stderr)
        return 1
    arguments.data.mkdir(parents=True, exist_ok=True)
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    house = House(Books(arguments.data / "floors.sqlite3"), Pace(arguments.latency, arguments.qps), address)
    server = Server(listener, create_app(house), log=None)
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.close)
    print(f"floors sandbox {address}", flush=True)
    server.serve_forever(stop_timeout=STOP_SECONDS)
    return 0


def listen(port: int) -> socket.socket:
    """Raises OSError where the port is taken."""
    listener = socket.create_server((HOST, port), backlog=256)
    # What it accepts inherits this: head and body of an answer go out without waiting for each other.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.floors", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--data", type=Path, required=True, help="directory of the books (SQLite)")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds that every call takes")
    parser.add_argument("--qps", type=int, default=0, help="calls a second per account; 0 counts none")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
