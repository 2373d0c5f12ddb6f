"""Is it alive, is it ready, how much has it done."""

from pathlib import Path

from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.queries.floors import count_shut
from services.queries.operations import count_waiting, oldest_undelivered_seconds
from web import database
from web.auth import public
from web.security import limiter

blueprint = Blueprint("health", __name__)
limiter.exempt(blueprint)

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
OLDEST_ALLOWED_SECONDS = 300


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """200 where everything that requests need is there; the reasons where it is not."""
    checks = {"redis": _redis(), **_database()}
    ready = all(value == "ok" for name, value in checks.items() if name != "oldest_undelivered_seconds")
    stale = float(checks.get("oldest_undelivered_seconds") or 0) > OLDEST_ALLOWED_SECONDS
    return jsonify(status="ready" if ready and not stale else "not ready", **checks), 200 if ready else 503


def _redis() -> str:
    try:
        current_app.extensions["redis"].ping()
    except RedisError:
        return "unreachable"
    return "ok"


def _database() -> dict[str, str]:
    try:
        with database.engine().connect() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
            age = oldest_undelivered_seconds(Session(connection)) if at else 0
    except SQLAlchemyError:
        return {"database": "unreachable"}
    head = current_app.extensions["migration_head"]
    return {
        "database": "ok",
        "migrations": "ok" if at == head else f"at {at}, head is {head}",
        "oldest_undelivered_seconds": f"{age:.1f}",
    }


def migration_head() -> str | None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """All web processes' counters, and how much work waits (read from the database)."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    with database.transaction() as session:
        waiting = count_waiting(session)
        age = oldest_undelivered_seconds(session)
        shut = count_shut(session)
    lines = generate_latest(registry).decode()
    lines += "".join(f"chophien_events_{name} {count}\n" for name, count in waiting.items())
    lines += f"chophien_floors_shut {shut}\n"
    lines += f"chophien_oldest_undelivered_seconds {age:.3f}\n"
    return Response(lines, content_type=CONTENT_TYPE_LATEST)
