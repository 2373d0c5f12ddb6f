"""The shop servers of FLOORS, each as its vendor ships it; they get none of our secrets."""

from urllib.parse import quote

from runner import reach
from runner.embedded import NAME
from runner.plan import OURS
from runner.process import Spec
from runner.screen import Problem
from runner.servers import Servers
from runner.settings import ROOT, Settings

MEDUSA = "medusa"
_SAYS = {"vendure": "vendure ready on", "oscar": "oscar ready on", MEDUSA: "Server is ready on port"}


def floor(settings: Settings, servers: Servers, name: str) -> Spec:
    """How the floor of that name is started. Raises Problem where it has no database."""
    recipe = ROOT / "tests" / "floors" / name / "run.sh"
    command = ["bash", str(recipe), str(settings.floor_port(name)), str(settings.data_dir / name)]
    env = {key: value for key, value in settings.env.items() if key not in OURS}
    if name == MEDUSA:
        env["DATABASE_URL"] = _medusa_database(settings, servers)
    return Spec(name, command, env, stop_by=6.5, says=_SAYS[name])


def _medusa_database(settings: Settings, servers: Servers) -> str:
    """One of its own beside ours, in the embedded PostgreSQL; Medusa knows a socket only in the place of the host."""
    if own := settings.env.get("MEDUSA_DATABASE_URL"):
        return own
    if servers.embedded is None:
        raise Problem(
            "FLOORS=medusa beside a DATABASE_URL of your own needs MEDUSA_DATABASE_URL, an empty database."
        )
    reach.create_database(servers.embedded.database_url("postgres"), MEDUSA)
    host = quote(str(servers.embedded.place.sockets), safe="")
    return f"postgres://{NAME}@{host}/{MEDUSA}?ssl_mode=disable"
