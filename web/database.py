"""One session a request, committed at the edge: what fails is rolled back and schedules nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g
from flask.wrappers import Response
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.base import make_engine

FIRST_FAILURE = 400


def init_app(app: Flask, database_url: str) -> None:
    app.extensions["engine"] = make_engine(database_url)
    app.after_request(_finish)
    app.teardown_appcontext(_close)


def engine() -> Engine:
    found: Engine = current_app.extensions["engine"]
    return found


def session() -> Session:
    """The request's session, begun at its first use."""
    if "session" not in g:
        g.session = Session(engine(), expire_on_commit=False)
    found: Session = g.session
    return found


@contextmanager
def transaction() -> Iterator[Session]:
    """A transaction of its own, for commands."""
    with Session(engine(), expire_on_commit=False) as own, own.begin():
        yield own


def _finish(response: Response) -> Response:
    if "session" in g:
        if response.status_code < FIRST_FAILURE:
            g.session.commit()
        else:
            g.session.rollback()
    return response


def _close(_: BaseException | None) -> None:
    if "session" in g:
        g.pop("session").close()
