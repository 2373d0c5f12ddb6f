"""Calls of the API by people in their roles."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import (
    CollectionChannel,
    Household,
    Listing,
    Market,
    Payment,
    PaymentRequest,
    Product,
    Seller,
    Stall,
    User,
)
from services import accounts
from tests import builders

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

    def send(self, method: str, path: str, json: Any = None) -> TestResponse:
        return self._call(method.lower(), path, {"json": json})

    def _call(self, method: str, path: str, options: dict[str, Any]) -> TestResponse:
        headers = {**options.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        address = path if path.startswith(BASE) else BASE + path
        answer: TestResponse = getattr(self.client, method)(address, headers=headers, **options)
        return answer


Sign = Callable[[User], Caller]


def assert_refused(
    send: Callable[[dict[str, object]], TestResponse],
    good: dict[str, object],
    cases: Sequence[tuple[str, object]],
) -> None:
    """Each case spoils one field of `good` (`field` or `field.part`): the refusal names just that."""
    for field, value in cases:
        answer = send({**good, field.split(".")[0]: value})
        assert answer.content_type == "application/problem+json", (field, value, answer.text)
        assert (answer.status_code, list(answer.json["errors"])) == (422, [field]), (value, answer.text)


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


@dataclass(frozen=True)
class Place:
    """One market with everything in it, and the people who belong to it."""

    clerk: User
    manager: User
    stallholder: User
    seller_account: User
    household: Household
    seller: Seller
    market: Market
    channel: CollectionChannel
    stall: Stall
    request: PaymentRequest
    payment: Payment
    orphan: Payment
    product: Product
    listing: Listing


def _make_place(session: Session, commune: str) -> Place:
    market = builders.make_market(session, commune_code=commune)
    household = builders.make_household(session, commune_code=commune)
    seller = builders.make_seller(session, household_id=household.id, commune_code=None)
    channel = builders.make_payos_channel(session, market)
    stall = builders.make_stall(session, market, seller)
    request = builders.make_payment_request(session, stall)
    product = builders.make_product(session, seller)
    return Place(
        clerk=builders.make_clerk(session, commune),
        manager=builders.make_manager(session, market),
        stallholder=builders.make_stallholder(session, stall),
        seller_account=builders.make_seller_account(session, seller),
        household=household,
        seller=seller,
        market=market,
        channel=channel,
        stall=stall,
        request=request,
        payment=builders.make_payment(session, request),
        orphan=builders.make_orphan(session, channel),
        product=product,
        listing=builders.make_listing(session, product),
    )


@pytest.fixture
def bac_ha(session: Session) -> Place:
    return _make_place(session, builders.BAC_HA)


@pytest.fixture
def sa_pa(session: Session) -> Place:
    """Another commune's market: nothing of it concerns the people of Bắc Hà."""
    return _make_place(session, builders.SA_PA)
