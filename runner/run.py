"""`make run`: from nothing to `ready http://…`, and back again on Ctrl-C."""

import os
import shutil
import signal
import urllib.error
import urllib.request
from pathlib import Path

from runner import floors, plan
from runner.checks import check
from runner.process import die_with_parent
from runner.screen import Problem, say, step
from runner.servers import open_servers
from runner.settings import Settings
from runner.supervisor import StopAsked, Supervisor

READY_SECONDS = 60.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy knows nothing of this machine
FLOOR_SECONDS = 900.0
SIGN_INS = """
  0900000001  postal clerk
  0900000002  stallholder
  0900000003  market manager
  0900000004  programme officer
  0900000005  administrator
  0900000006  farm household"""


def run() -> int:
    """Until it is stopped; the exit code. Raises Problem."""
    settings = Settings.read()
    lock = check(settings)
    _turn_over(settings.logs)
    supervisor = Supervisor(settings.run_dir, settings.logs, lock)
    supervisor.heed_signals()
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)  # a make that is killed tells nobody
    say(f"Chợ Phiên starts; its data and logs are in {settings.data_dir}")
    try:
        Run(settings, supervisor).start()
        supervisor.keep_running()
    except StopAsked:
        say("\nStopping; Ctrl-C again to hasten it.")
    finally:
        supervisor.stop()
    say("Stopped.")
    return 0


class Run:
    """One way through all that must be started."""

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._own_database = "DATABASE_URL" in settings.env
        self._floors = sorted(settings.floors)

    def start(self) -> None:
        """Returns when everything serves."""
        servers = open_servers(self._settings, self._supervisor)
        env = plan.environment(self._settings, servers.database_url, servers.redis_url)
        _empty(Path(env["PROMETHEUS_MULTIPROC_DIR"]))
        for spec in plan.web_and_sandboxes(self._settings, env):
            self._supervisor.start(spec)
        for floor in self._floors:
            self._supervisor.start(floors.floor(self._settings, servers, floor))
        self._prepare(env, anew=servers.new)
        for spec in plan.background(env):
            self._supervisor.start(spec)
        self._await()
        say(f"\nready {self._settings.url}")
        self._tell_sign_ins()

    def _prepare(self, env: dict[str, str], anew: bool) -> None:
        """Left out where the embedded database has it all from these very files: it takes longer than the rest.

        Should it be wrong about that, /readyz tells.
        """
        note = self._settings.data_dir / "prepared"
        version = plan.preparations_version()
        if not anew and not self._own_database and note.exists() and note.read_text() == version:
            return
        for command in plan.preparations(env, with_demo=not self._own_database):
            with step(command.name):
                self._supervisor.run(command)
        if not self._own_database:
            note.write_text(version)

    def _await(self) -> None:
        """Until every process is up; floors have more time, since they are installed first."""
        page = f"{self._settings.url}/readyz"
        with step("web, relay, workers"):
            self._supervisor.wait_until_up(READY_SECONDS, but=set(self._floors))
            try:
                self._supervisor.wait_for(lambda: not _fault(page), "web", READY_SECONDS)
            except Problem as problem:
                raise Problem(f"{page}: {_fault(page)}\n{problem}") from problem
        if self._floors:
            with step(", ".join(map(str.capitalize, self._floors))):
                self._supervisor.wait_until_up(FLOOR_SECONDS)

    def _tell_sign_ins(self) -> None:
        if not self._own_database:
            own = "that of DEMO_PASSWORD" if "DEMO_PASSWORD" in self._settings.env else "chophien-demo"
            say(f"\nDemo sign-ins (the password is {own}):{SIGN_INS}")


def _fault(url: str) -> str:
    """Why the page does not answer 200; empty when it does."""
    try:
        with DIRECT.open(url, timeout=5):
            return ""
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)


def _empty(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


def _turn_over(logs: Path) -> None:
    """Keeps the logs of the run before."""
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
