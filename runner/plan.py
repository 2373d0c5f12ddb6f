"""What `make run` starts, in this order; stopped by the times beside it, the earliest first."""

import hashlib
import sys
from collections.abc import Mapping

from runner.keys import load_or_make
from runner.process import Spec
from runner.settings import ROOT, Settings

OURS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "BLIND_INDEX_KEY", "DEMO_PASSWORD"}
READ = ("data", "migrations")
SANDBOX_FLOORS = ("shopee", "lazada", "tiktok", "woocommerce")
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


def environment(settings: Settings, database_url: str, redis_url: str) -> dict[str, str]:
    """What the children are told; what the user has set goes before what we would choose."""
    chosen = {
        **load_or_make(settings.data_dir / "secrets.env"),
        "BASE_URL": settings.url,
        "PAYOS_BASE_URL": f"http://127.0.0.1:{settings.payos_port}",
        "SMS_BASE_URL": f"http://127.0.0.1:{settings.sms_port}",
        **sandbox_floors(settings),
        "MALLOC_ARENA_MAX": "2",
        "PYTHONUNBUFFERED": "1",
    }
    floors = {
        f"{name.upper()}_URL": f"http://127.0.0.1:{settings.floor_port(name)}" for name in settings.floors
    }
    return {
        **chosen,
        **settings.env,
        **floors,
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PROMETHEUS_MULTIPROC_DIR": str(settings.run_dir / "metrics"),
    }


def sandbox_floors(settings: Settings) -> dict[str, str]:
    """The large floors are played by their sandbox, which has a category for all goods. Its categories are nothing to
    a real floor: whoever names one brings his own."""
    place = f"http://127.0.0.1:{settings.floors_port}"
    urls = {f"{name.upper()}_URL": f"{place}/{name}" for name in SANDBOX_FLOORS}
    if urls.keys() & settings.env.keys():
        return urls
    return {**urls, "FLOOR_CATEGORIES": str(ROOT / "sandbox" / "floors" / "categories.csv")}


def preparations(env: Mapping[str, str], with_demo: bool) -> list[Spec]:
    """What brings a database up to date and fills it; each may be repeated."""
    commands = {
        "migrate": ["db", "upgrade"],
        "import-units": ["import-units"],
        "import-banks": ["import-banks"],
        "import-tax-rules": ["import-tax-rules"],
    }
    if with_demo:
        commands["seed-demo"] = ["seed-demo", "--if-empty"]
    return [Spec(name, [*FLASK, *words], env) for name, words in commands.items()]


def preparations_version() -> str:
    """Changes with the files that the preparations read."""
    files = [path for folder in READ for path in (ROOT / folder).rglob("*") if path.suffix != ".pyc"]
    contents = (path.read_bytes() for path in sorted(files) if path.is_file())
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


def web_and_sandboxes(settings: Settings, env: Mapping[str, str]) -> list[Spec]:
    """What may load while the database is being made ready: it asks nothing of it before it is asked itself."""
    return [
        Spec("web", _module("gunicorn", "-c", "web/gunicorn.conf.py", "wsgi:app"), env, stop_by=3.7),
        _sandbox(settings, env, "payos", settings.payos_port, says="payOS sandbox http"),
        _sandbox(settings, env, "floors", settings.floors_port, says="floors sandbox http", pushing=True),
        _sandbox(settings, env, "sms", settings.sms_port, says="SMS sandbox http"),
    ]


def _sandbox(
    settings: Settings, env: Mapping[str, str], name: str, port: int, says: str, pushing: bool = False
) -> Spec:
    place = ["--port", str(port), "--data", str(settings.data_dir / f"sandbox-{name}")]
    if pushing:
        place += ["--push-to", f"{env['BASE_URL'].rstrip('/')}/webhooks/floors"]
    return Spec(name, _module(f"sandbox.{name}", *place), env, stop_by=6.5, says=says)


def background(env: Mapping[str, str]) -> list[Spec]:
    """What carries events and does the work. What waits for payOS stands in nobody's way."""
    modules = {
        "relay": (_module("workers.relay"), 4.5),
        "scheduler": (_module("workers.schedule"), 4.5),
        "settler": (_module("workers.worker", "payments", "maintenance"), 6.0),
        "collector": (_module("workers.worker", "collection", "polling"), 6.0),
        "publisher": (_module("workers.worker", "publishing", "--forking"), 6.0),
    }
    return [Spec(name, command, env, stop_by, says="up\n") for name, (command, stop_by) in modules.items()]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]
