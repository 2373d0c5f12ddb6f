"""A short directory for the servers' sockets, and for their binaries where `.venv` is out of their reach.

As root, PostgreSQL refuses to run: both servers then run as an unprivileged account, which can enter neither a
private DATA_DIR nor a `.venv` below `/root`. It gets copies of the binaries here.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.process import Account
from runner.screen import Problem

LONGEST_TEMP = 50
"""A socket's path may have 107 bytes (103 on macOS); our names below the temporary directory need 45."""
ACCOUNTS = ("postgres", "nobody")
NOT_NEEDED = shutil.ignore_patterns("include", "__pycache__")


@dataclass(frozen=True)
class Place:
    path: Path
    account: Account | None

    @property
    def sockets(self) -> Path:
        return self.path / "sockets"

    def package(self, name: str) -> Path:
        """The folder of a wheel's package, as the servers may enter it."""
        return self.path / name if self.account else installed(name)

    def release(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def prepare(data_dir: Path, packages: tuple[str, ...]) -> Place:
    """The place of this data directory, made afresh. Raises Problem when somebody else holds it."""
    place = at(data_dir)
    account = place.account
    place.release()
    try:
        place.path.mkdir(mode=0o755 if account else 0o700)
    except OSError as error:
        raise Problem(f"{place.path} cannot be made ({error.strerror}): remove it, or set TMPDIR.") from error
    place.sockets.mkdir(mode=0o700)
    if account:
        os.chown(place.sockets, account.uid, account.gid)
        for name in packages:
            _copy(name, place.path)
    _keep_from_cleaners(place.path)
    return place


def at(data_dir: Path) -> Place:
    """The place of this data directory, as it is."""
    return Place(path_of(data_dir), _account(data_dir) if os.getuid() == 0 else None)


def path_of(data_dir: Path) -> Path:
    temp = tempfile.gettempdir()
    short = temp if len(temp) <= LONGEST_TEMP else "/tmp"
    digest = hashlib.sha256(f"{os.getuid()}:{data_dir}".encode()).hexdigest()
    return Path(short) / f"chophien-{digest[:12]}"


def _account(data_dir: Path) -> Account:
    """The owner of the data that are there, else the first account that exists."""
    with suppress(OSError):
        owner = (data_dir / "postgres").stat()
        if owner.st_uid:
            return Account(owner.st_uid, owner.st_gid)
    for name in ACCOUNTS:
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(found.pw_uid, found.pw_gid)
    raise Problem(
        "PostgreSQL does not run as root, and there is no account 'nobody': run as an ordinary user."
    )


def installed(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise Problem(f"The package {name} is missing in .venv: remove .venv and run again.")
    return Path(spec.origin).parent


def _copy(name: str, target: Path) -> None:
    """The package, and the folder beside it in which its wheel keeps shared libraries."""
    package = installed(name)
    for folder in (package, package.with_name(f"{name}.libs")):
        if folder.exists():
            shutil.copytree(folder, target / folder.name, symlinks=True, ignore=NOT_NEEDED)


def _keep_from_cleaners(path: Path) -> None:
    """systemd-tmpfiles leaves alone what is locked; the lock lives as long as this process."""
    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_SH)
