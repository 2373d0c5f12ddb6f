"""Calls of the API by people in their roles."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import User
from services import accounts

BASE = "/api/v1"


@dataclass(frozen=True)
class Caller:
    """Calls the API with one person's token, or with none."""

    client: FlaskClient
    token: str | None

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._call("get", path, options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self._call("post", path, options if json is None else {"json": json, **options})

    def patch(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self._call("patch", path, {"json": json, **options})

    def _call(self, method: str, path: str, options: dict[str, Any]) -> TestResponse:
        headers = {**options.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        address = path if path.startswith("/") and path.startswith(BASE) else BASE + path
        answer: TestResponse = getattr(self.client, method)(address, headers=headers, **options)
        return answer


Sign = Callable[[User], Caller]


@pytest.fixture
def as_(client: FlaskClient, session: Session) -> Sign:
    """`as_(user)` calls with a token of that person's."""

    def sign(user: User) -> Caller:
        token, _ = accounts.issue_token(session, user)
        session.commit()
        return Caller(client, token)

    return sign


@pytest.fixture
def nobody(client: FlaskClient) -> Caller:
    return Caller(client, None)


@pytest.fixture
def count_statements(app: Flask) -> Callable[[], Any]:
    """`with count_statements() as statements:` gathers what the application asks its database."""
    engine: Engine = app.extensions["engine"]

    @contextmanager
    def gather() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return gather
