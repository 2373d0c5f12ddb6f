"""What must hold before anything is started. Standard library only: it also runs before the install."""

import errno
import re
import shutil
import socket
import subprocess
from pathlib import Path

from runner.locks import lock_run
from runner.screen import Problem
from runner.settings import Settings

FREE_BYTES_NEEDED = 300_000_000
NODE_NEEDED = 20
NEED_NODE = {"vendure", "medusa"}


def check(settings: Settings) -> int:
    """Raises Problem with what to do about it. Answers the lock of DATA_DIR, for the children to inherit.

    The ports come last: the processes of a killed run hold theirs until they are gone, which the lock waits for.
    """
    for floor in sorted(settings.floors & NEED_NODE):
        check_node(floor)
    check_data_dir(settings.data_dir)
    lock = lock_run(settings.run_dir)
    check_ports(settings)
    return lock


def check_ports(settings: Settings) -> None:
    ports = {
        "the web server": settings.port,
        "the payOS sandbox": settings.payos_port,
        "the floors sandbox": settings.floors_port,
        "the SMS sandbox": settings.sms_port,
    }
    ports |= {name.capitalize(): settings.floor_port(name) for name in settings.floors}
    for what, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
                raise Problem(
                    f"Port {port} (for {what}) {why}. Choose another: make run PORT={settings.port + 1000}"
                ) from error


def check_data_dir(data_dir: Path) -> None:
    probe = data_dir / ".probe"
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("run", "logs"):
            (data_dir / name).mkdir(exist_ok=True)
        probe.write_text("can be written")
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"DATA_DIR {data_dir} cannot be written: {error.strerror}. "
            "Choose another: make run DATA_DIR=/some/where"
        ) from error
    free = shutil.disk_usage(data_dir).free
    if free < FREE_BYTES_NEEDED:
        raise Problem(
            f"The disk of {data_dir} is full: {free // 1_000_000} MB free, "
            f"{FREE_BYTES_NEEDED // 1_000_000} MB needed. Free some, or choose another DATA_DIR."
        )


def check_node(floor: str) -> None:
    how = f"FLOORS={floor} needs Node.js {NODE_NEEDED} or newer with npm (https://nodejs.org)"
    if not shutil.which("node") or not shutil.which("npm"):
        raise Problem(f"{how}; it is not installed.")
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)", answer)
    if not version or int(version[1]) < NODE_NEEDED:
        raise Problem(f"{how}; this is {answer.strip() or 'unknown'}.")
