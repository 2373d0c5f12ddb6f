"""`python -m sandbox.floors --port N --data DIR`: one process of greenlets, on loopback only."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from sandbox.floors.app import create_app  # noqa: E402
from sandbox.floors.books import Books  # noqa: E402
from sandbox.floors.house import House  # noqa: E402
from sandbox.floors.pace import Pace  # noqa: E402
from sandbox.floors.pushes import Pushes  # noqa: E402
from sandbox.serving import Application, serve  # noqa: E402


def main() -> int:
    given = read_arguments()

    def make(address: str) -> Application:
        pace = Pace(given.latency, given.qps)
        books, pushes = Books(given.data / "floors.sqlite3"), Pushes(given.push_to)
        return create_app(House(books, pace, address, given.settle_after, pushes=pushes))

    return serve("floors", given.port, given.data, make)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.floors", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--data", type=Path, required=True, help="directory of the books (SQLite)")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds that every call takes")
    parser.add_argument("--qps", type=int, default=0, help="calls a second per account; 0 counts none")
    parser.add_argument(
        "--settle-after", type=float, default=60.0, help="seconds until a delivered order is settled"
    )
    parser.add_argument("--push-to", help="address below which each floor pushes to its own name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
