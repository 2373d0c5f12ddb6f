"""A run that has the embedded servers and one stubborn child, without the product: `supervised.py DATA_DIR`."""

import os
import sys
from pathlib import Path

from runner.embedded import Embedded
from runner.locks import lock_run
from runner.process import Spec
from runner.screen import Problem, say
from runner.servers import start_postgres, start_valkey
from runner.supervisor import StopAsked, Supervisor

STUBBORN = "trap '' TERM INT; set -m; sleep 600 & wait; sleep 600"


def main(data_dir: Path) -> None:
    supervisor = Supervisor(data_dir, data_dir, lock_run(data_dir))
    supervisor.heed_signals()
    embedded = Embedded.at(data_dir)
    supervisor.discard(embedded.place.path)
    try:
        start_postgres(supervisor, embedded)
        start_valkey(supervisor, embedded)
        supervisor.start(Spec("stubborn", ["sh", "-c", STUBBORN], {"PATH": os.environ["PATH"]}))
        say(f"up {embedded.database_url()} {embedded.redis_url}")
        supervisor.keep_running()
    except StopAsked:
        pass
    finally:
        supervisor.stop()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Problem as problem:
        sys.exit(str(problem))
