"""`POST /webhooks/floors/{floor}`: a genuine push makes the floor be asked once; anything else does nothing."""

import hashlib
import hmac
import io
import logging
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.test import Client, TestResponse

from core.clock import now
from core.config import Config
from core.logging import set_up_logging
from models import FloorCursor, OutboxEvent, PollSubject
from services import floor_polls
from services.events import FloorPollDue
from web.webhooks.floor_pushes import FloorPushes
from web.webhooks.forgeries import PER_MINUTE
from web.webhooks.intake import LARGEST_BODY

BODY = b'{"code":3,"data":{"ordersn":"2611ABC","buyer":"Do Thi Khach"}}'
PATH = "/webhooks/floors/shopee"
_hosts = count(1)


def elsewhere(environ: object, start_response: object) -> Iterator[bytes]:
    start_response("418 elsewhere", [])  # type: ignore[operator]
    return iter([b""])


@pytest.fixture
def client(engine: Engine, session: Session) -> Client:
    """Shopee and Lazada are connected, and known by the sandbox's keys."""
    env = {
        **os.environ,
        "BASE_URL": "https://chophien.example",
        "SHOPEE_URL": "https://shopee.example",
        "LAZADA_URL": "https://lazada.example",
    }
    for name in ("TIKTOK_URL", "WOOCOMMERCE_URL"):
        env.pop(name, None)
    return Client(FloorPushes(elsewhere, engine, Config.read(env)))


@pytest.fixture
def address() -> str:
    """A sender of this test's own: forgeries are counted by address."""
    return f"192.0.2.{next(_hosts)}"


def signed(body: bytes = BODY, path: str = PATH) -> str:
    words = f"https://chophien.example{path}|".encode() + body
    return hmac.new(b"sandbox-shopee-partner-key", words, hashlib.sha256).hexdigest()


def push(
    client: Client, signature: str | None = None, body: bytes = BODY, address: str = "127.0.0.1"
) -> TestResponse:
    headers = {"Authorization": signed(body) if signature is None else signature}
    return client.post(PATH, data=body, headers=headers, environ_overrides={"REMOTE_ADDR": address})


def polls_due(session: Session) -> list[str]:
    session.rollback()
    session.expire_all()
    found = session.query(OutboxEvent).filter_by(type=FloorPollDue.type).all()
    return [event.payload["marketplace"] for event in found]


def cursor(session: Session) -> FloorCursor | None:
    session.rollback()
    session.expire_all()
    return session.get(FloorCursor, ("shopee", PollSubject.ORDERS))


def begin(session: Session) -> None:
    floor_polls.record_begun(session, PollSubject.ORDERS, "shopee")
    session.commit()


def test_a_genuine_push_makes_the_floor_be_asked(client: Client, session: Session) -> None:
    answer = push(client)
    assert (answer.status_code, answer.data) == (200, b"")
    assert polls_due(session) == ["shopee"]
    row = cursor(session)
    assert row
    assert row.hinted_at
    assert row.next_poll_at > now() + timedelta(seconds=60), "the clock leaves it to this poll"


def test_many_hints_ask_once_until_somebody_begins_to_read(client: Client, session: Session) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(lambda _: push(client).status_code, range(24)))
    assert answers == [200] * 24
    assert polls_due(session) == ["shopee"]
    begin(session)
    session.execute(text("UPDATE floor_cursors SET begun_at = begun_at - interval '5 seconds'"))
    session.commit()
    push(client)
    assert polls_due(session) == ["shopee", "shopee"]


def test_a_floor_that_pushes_all_the_time_is_asked_soon_and_not_all_the_time(
    client: Client, session: Session
) -> None:
    push(client)
    begin(session)
    push(client)
    assert polls_due(session) == ["shopee"]
    row = cursor(session)
    assert row
    assert row.next_poll_at <= now() + floor_polls.SOON
    floor_polls.record_read(session, PollSubject.ORDERS, "shopee")
    session.commit()
    row = cursor(session)
    assert row
    assert row.next_poll_at <= now() + floor_polls.SOON, "what came while it was read is not left for later"
    begin(session)
    floor_polls.record_read(session, PollSubject.ORDERS, "shopee")
    session.commit()
    row = cursor(session)
    assert row
    assert row.next_poll_at > now() + timedelta(seconds=20)


def test_what_is_pushed_beyond_all_measure_is_answered_and_not_looked_at(
    client: Client, session: Session
) -> None:
    assert {push(client).status_code for _ in range(PER_MINUTE)} == {200}
    begin(session)
    assert push(client).status_code == 200
    row = cursor(session)
    assert row
    assert row.hinted_at is None


@pytest.mark.parametrize("signature", ["", "0" * 64, "Bearer x", "ký"])
def test_what_is_not_signed_or_wrongly_does_nothing(
    client: Client, session: Session, address: str, signature: str
) -> None:
    answer = push(client, signature, address=address)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert (polls_due(session), cursor(session)) == ([], None)


def test_a_signature_counts_for_its_own_floor_and_address(
    client: Client, session: Session, address: str
) -> None:
    other = signed(path="/webhooks/floors/lazada")
    assert push(client, other, address=address).status_code == 401
    answer = client.post(
        "/webhooks/floors/lazada",
        data=BODY,
        headers={"Authorization": other},
        environ_overrides={"REMOTE_ADDR": address},
    )
    assert answer.status_code == 401
    seal = hmac.new(b"sandbox-lazada-secret", b"100001" + BODY, hashlib.sha256).hexdigest()
    answer = client.post("/webhooks/floors/lazada", data=BODY, headers={"Authorization": seal})
    assert (answer.status_code, polls_due(session)) == (200, ["lazada"])


def test_forgeries_are_slowed_down(client: Client, session: Session, address: str) -> None:
    for _ in range(PER_MINUTE):
        assert push(client, "0" * 64, address=address).status_code == 401
    answer = push(client, "0" * 64, address=address)
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    assert push(client, address=address).status_code == 200


@pytest.mark.parametrize(
    "path", ["/webhooks/floors/tiktok", "/webhooks/floors/vendure", "/webhooks/floors/", f"{PATH}/x"]
)
def test_floors_that_are_not_connected_are_not_there(client: Client, session: Session, path: str) -> None:
    assert client.post(path, data=BODY).status_code == 404
    assert polls_due(session) == []


def test_the_web_takes_them_before_anything_else(app: Flask, session: Session) -> None:
    answer = app.test_client().post(PATH, data=BODY)
    assert (answer.status_code, answer.json) == (
        404,
        {"type": "about:blank", "title": "No such floor", "status": 404},
    )


def test_only_small_posts_are_taken_and_everything_else_goes_on(client: Client) -> None:
    assert client.get(PATH).status_code == 405
    assert push(client, body=b"x" * (LARGEST_BODY + 1)).status_code == 413
    assert client.post("/webhooks/payos/x").status_code == 418


def test_nothing_of_a_push_is_logged(
    client: Client, session: Session, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    root = logging.getLogger()
    handlers = root.handlers[:]
    monkeypatch.setattr(sys, "stderr", written)
    set_up_logging("test")
    try:
        push(client, "0" * 64, address=address)
        push(client)
    finally:
        root.handlers[:] = handlers
    assert "webhook_refused" in written.getvalue()
    for secret in ("2611ABC", "Khach", "0" * 64, signed()):
        assert secret not in written.getvalue()
