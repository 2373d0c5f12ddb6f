"""Whether a database and a queue answer: the embedded ones and those of one's own."""

import psycopg
import redis
from psycopg import sql

from runner.screen import Problem

SECONDS = 5


def database_answers(url: str) -> bool:
    try:
        psycopg.connect(_libpq(url), connect_timeout=SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def require_database(url: str) -> None:
    """Raises Problem, without the password, when the server of one's own cannot be used."""
    try:
        psycopg.connect(_libpq(url), connect_timeout=SECONDS).close()
    except psycopg.Error as error:
        raise Problem(f"The database of DATABASE_URL cannot be reached: {str(error).strip()}") from error


def require_redis(url: str) -> None:
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS)
        client.ping()
        client.close()
    except (redis.RedisError, ValueError) as error:
        raise Problem(f"The server of REDIS_URL cannot be reached: {error}") from error


def create_database(admin_url: str, name: str, template: str = "template1") -> None:
    """Creates it unless it is there."""
    with psycopg.connect(_libpq(admin_url), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            command = sql.SQL("create database {} template {}")
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))


def _libpq(url: str) -> str:
    """The URL without SQLAlchemy's driver name."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"
