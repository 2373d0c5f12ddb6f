"""`python -m sandbox.payos --port N --data DIR`: one process of greenlets, on loopback only."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from sandbox.payos.app import create_app  # noqa: E402
from sandbox.payos.books import Books  # noqa: E402
from sandbox.serving import serve  # noqa: E402


def main() -> int:
    given = read_arguments()
    books = given.data / "payos.sqlite3"
    return serve("payOS", given.port, given.data, lambda address: create_app(Books(books), address))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.payos", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--data", type=Path, required=True, help="directory of the books (SQLite)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
