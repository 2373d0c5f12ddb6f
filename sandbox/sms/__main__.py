"""`python -m sandbox.sms --port N --data DIR`: one process, on loopback only."""

import argparse
import signal
import socket
import sys
import threading
from pathlib import Path

from sandbox.sms.messages import Messages
from sandbox.sms.server import Server

HOST = "127.0.0.1"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.sms", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one and prints it")
    parser.add_argument("--data", type=Path, required=True, help="directory of the messages (SQLite)")
    arguments = parser.parse_args()
    try:
        listener = socket.create_server((HOST, arguments.port), backlog=64)
    except OSError as problem:
        print(f"SMS sandbox: cannot listen on {HOST}:{arguments.port}: {problem}", file=sys.stderr)
        return 1
    arguments.data.mkdir(parents=True, exist_ok=True)
    server = Server(listener, Messages(arguments.data / "sms.sqlite3"))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"SMS sandbox http://{HOST}:{listener.getsockname()[1]}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
