"""`python -m runner dump`: what the embedded database holds, as SQL for a server of one's own, on standard output."""

import subprocess
import sys

from runner.embedded import Embedded
from runner.settings import Settings

OPTIONS = ["--no-owner", "--no-privileges"]
NEWER = b"SET transaction_timeout = 0;\n"
"""Unknown to PostgreSQL before 17, and what a new session has anyway."""


def dump() -> int:
    """Raises Problem unless `make run` is running on this DATA_DIR."""
    embedded = Embedded.running(Settings.read().data_dir)
    command = [embedded.client("pg_dump"), *OPTIONS, embedded.database_url()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        for line in child.stdout or ():
            if line != NEWER:
                sys.stdout.buffer.write(line)
    return child.returncode
