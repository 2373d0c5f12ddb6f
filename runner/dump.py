"""`python -m runner dump`: what the embedded database holds, as SQL for a server of one's own, on standard output."""

import subprocess
import sys

from runner import reach
from runner.embedded import Embedded
from runner.place import at
from runner.screen import Problem
from runner.settings import Settings

OPTIONS = ["--no-owner", "--no-privileges"]
NEWER = b"SET transaction_timeout = 0;\n"
"""Unknown to PostgreSQL before 17, and what a new session has anyway."""


def dump() -> int:
    """Raises Problem unless `make run` is running on this DATA_DIR."""
    data_dir = Settings.read().data_dir
    embedded = Embedded(data_dir, at(data_dir))
    if not reach.database_answers(embedded.database_url()):
        raise Problem(f"No embedded database runs in {data_dir}: start it with make run.")
    command = [embedded.client("pg_dump"), *OPTIONS, embedded.database_url()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        for line in child.stdout or ():
            if line != NEWER:
                sys.stdout.buffer.write(line)
    return child.returncode
