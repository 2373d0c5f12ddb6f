"""The database and the queue: the user's own where they are named, else the embedded ones."""

from dataclasses import dataclass

from runner import reach
from runner.embedded import NAME, Embedded
from runner.screen import step
from runner.settings import Settings
from runner.supervisor import Supervisor

SECONDS = 120.0
"""A database that was killed replays its log before it answers."""


@dataclass(frozen=True)
class Servers:
    """Both answer."""

    database_url: str
    redis_url: str
    new: bool
    """Whether the database was made just now."""
    embedded: Embedded | None = None
    """Where the database is the embedded one."""


def open_servers(settings: Settings, supervisor: Supervisor) -> Servers:
    """Raises Problem when one of them cannot be used."""
    own_database, own_redis = settings.env.get("DATABASE_URL"), settings.env.get("REDIS_URL")
    if own_database:
        reach.require_database(own_database)
    if own_redis:
        reach.require_redis(own_redis)
    if own_database and own_redis:
        return Servers(own_database, own_redis, new=False)
    embedded = Embedded.at(settings.data_dir)
    supervisor.discard(embedded.place.path)
    new = embedded.is_new
    if not own_database:
        with step("PostgreSQL"):
            start_postgres(supervisor, embedded)
    if not own_redis:
        with step("Valkey"):
            start_valkey(supervisor, embedded)
    return Servers(
        own_database or embedded.database_url(),
        own_redis or embedded.redis_url,
        new,
        None if own_database else embedded,
    )


def start_postgres(supervisor: Supervisor, embedded: Embedded) -> None:
    """Starts the server, its data made first where there are none, and returns when the database is there."""
    if embedded.is_new:
        supervisor.run(embedded.initdb())
        embedded.adopt_cluster()
    embedded.forget_previous()
    supervisor.start(embedded.postgres())
    admin = embedded.database_url("postgres")
    supervisor.wait_for(lambda: reach.database_answers(admin), "postgres", SECONDS)
    reach.create_database(admin, NAME)


def start_valkey(supervisor: Supervisor, embedded: Embedded) -> None:
    supervisor.start(embedded.valkey())
    supervisor.wait_for(lambda: reach.redis_answers(embedded.redis_url), "valkey", SECONDS)
