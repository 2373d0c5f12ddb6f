"""What `make run` starts, in this order; stopped by the times beside it, the earliest first."""

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

from runner.keys import load_or_make
from runner.process import Spec
from runner.settings import ROOT, Settings

OURS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "BLIND_INDEX_KEY", "DEMO_PASSWORD"}
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


def environment(settings: Settings, database_url: str, redis_url: str) -> dict[str, str]:
    """What the children are told; what the user has set goes before what we would choose."""
    chosen = {
        **load_or_make(settings.data_dir / "secrets.env"),
        "BASE_URL": settings.url,
        "PAYOS_BASE_URL": f"http://127.0.0.1:{settings.payos_port}",
        "MALLOC_ARENA_MAX": "2",
        "PYTHONUNBUFFERED": "1",
    }
    floor = (
        {"VENDURE_URL": f"http://127.0.0.1:{settings.vendure_port}"} if "vendure" in settings.floors else {}
    )
    return {
        **chosen,
        **settings.env,
        **floor,
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PROMETHEUS_MULTIPROC_DIR": str(settings.run_dir / "metrics"),
    }


def migration(env: Mapping[str, str]) -> Spec:
    return Spec("migrate", [*FLASK, "db", "upgrade"], env)


def imports(env: Mapping[str, str], with_demo: bool) -> list[Spec]:
    """What fills a database; each may be repeated."""
    commands = [["import-units"], ["import-banks"], *([["seed-demo", "--if-empty"]] if with_demo else [])]
    return [Spec(words[0], [*FLASK, *words], env) for words in commands]


def imported_version() -> str:
    """Changes with the files that the imports read."""
    files = sorted(path for path in (ROOT / "data").rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()


def services(settings: Settings, env: Mapping[str, str]) -> list[Spec]:
    """What runs until the end."""
    sandbox = _module(
        "sandbox.payos", "--port", settings.payos_port, "--data", settings.data_dir / "sandbox-payos"
    )
    worker = "workers.worker"
    web = _module("gunicorn", "-c", "web/gunicorn.conf.py", "wsgi:app")
    return [
        Spec("payos", sandbox, env, stop_by=8.2),
        Spec("relay", _module("workers.relay"), env, stop_by=5.5),
        Spec("settler", _module(worker, "payments", "maintenance"), env, stop_by=7.5),
        Spec("collector", _module(worker, "collection"), env, stop_by=7.5),
        Spec("publisher", _module(worker, "publishing", "--forking"), env, stop_by=7.5),
        Spec("scheduler", _module("workers.schedule"), env, stop_by=5.0),
        Spec("web", web, env, stop_by=4.5),
    ]


def vendure(settings: Settings) -> Spec:
    """A real shop server, from npm; it gets none of our secrets."""
    recipe = ROOT / "tests" / "floors" / "vendure" / "run.sh"
    command = ["bash", str(recipe), str(settings.vendure_port), str(settings.data_dir / "vendure")]
    env = {name: value for name, value in settings.env.items() if name not in OURS}
    return Spec("vendure", command, env, stop_by=8.2)


def _module(name: str, *arguments: str | int | Path) -> list[str]:
    return [sys.executable, "-m", name, *map(str, arguments)]
