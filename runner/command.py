"""`python -m runner flask …`: the product's own commands, for what `make run` has started."""

import subprocess
import sys

from runner.embedded import Embedded
from runner.plan import FLASK, environment
from runner.settings import ROOT, Settings


def command() -> int:
    """Raises Problem unless the servers are the user's own, or `make run` is running on this DATA_DIR."""
    settings = Settings.read()
    own_database, own_redis = settings.env.get("DATABASE_URL"), settings.env.get("REDIS_URL")
    if own_database and own_redis:
        env = environment(settings, own_database, own_redis)
    else:
        embedded = Embedded.running(settings.data_dir)
        env = environment(settings, own_database or embedded.database_url(), own_redis or embedded.redis_url)
    del env["PROMETHEUS_MULTIPROC_DIR"]  # the web server's
    return subprocess.run([*FLASK, *sys.argv[2:]], env=env, cwd=ROOT, check=False).returncode
