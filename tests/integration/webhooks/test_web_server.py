"""The same through the real web server: gunicorn's gevent workers, over a socket."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy.orm import Session

from models import CollectionChannel, InboxMessage, OutboxEvent
from services.events import PaymentNoticeReceived
from tests.builders import PASSWORD, make_administrator, make_market, make_payos_channel, make_stall
from tests.integration.webhooks.notices import make_data, sign
from web.webhooks.intake import LARGEST_BODY

ROOT = Path(__file__).resolve().parents[3]
READY_SECONDS = 60


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a web server with these settings."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "PROMETHEUS_MULTIPROC_DIR": str(folder), **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "web/gunicorn.conf.py", "wsgi:app"],
        cwd=ROOT,
        env=env,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(url):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    try:
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)


@pytest.fixture(scope="module")
def server(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("metrics")) as url:
        yield url


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def channel(session: Session) -> CollectionChannel:
    return make_payos_channel(session, make_market(session))


@pytest.fixture
def address(server: str, channel: CollectionChannel) -> str:
    return f"{server}/webhooks/payos/{channel.id}"


def count(session: Session) -> tuple[int, int]:
    """Stored messages, and events about them."""
    session.rollback()
    events = session.query(OutboxEvent).filter_by(type=PaymentNoticeReceived.type).count()
    return session.query(InboxMessage).count(), events


def test_many_notices_at_once_are_each_stored_once(session: Session, address: str) -> None:
    bodies = [sign(make_data()) for _ in range(10)] * 5
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda body: requests.post(address, data=body, timeout=30), bodies))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"success": true}')}
    assert count(session) == (10, 10)


def test_refusals_reach_the_sender(session: Session, address: str) -> None:
    large = sign(make_data(padding="x" * LARGEST_BODY))
    assert requests.post(address, data=large, timeout=30).status_code == 413
    assert requests.post(address, data=iter([large[:9_000], large[9_000:]]), timeout=30).status_code == 413
    assert requests.post(address, data=b"\xff", timeout=30).status_code == 400
    assert requests.post(address, data=sign(make_data(), "another-key"), timeout=30).status_code == 401
    assert requests.get(address, timeout=30).status_code == 405
    assert count(session) == (0, 0)


def test_notice_in_chunks_is_taken(session: Session, address: str) -> None:
    body = sign(make_data())
    assert requests.post(address, data=iter([body[:50], body[50:]]), timeout=30).status_code == 200
    assert count(session) == (1, 1)


def test_sender_that_breaks_off_leaves_nothing(
    session: Session, server: str, channel: CollectionChannel
) -> None:
    port = int(server.rpartition(":")[2])
    body = sign(make_data())
    head = f"POST /webhooks/payos/{channel.id} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(head.encode() + body[:-20])
    time.sleep(0.3)
    assert requests.get(f"{server}/healthz", timeout=5).ok
    assert count(session) == (0, 0)


def test_metrics_count_every_answer(server: str, address: str) -> None:
    def counted() -> float:
        text = requests.get(f"{server}/metrics", timeout=5).text
        found = re.search(
            r'^chophien_webhook_notices_total{outcome="malformed"} ([\d.]+)', text, re.MULTILINE
        )
        return float(found[1]) if found else 0.0

    before = counted()
    for _ in range(3):
        requests.post(address, data=b"no", timeout=5)
    assert counted() == before + 3


def test_web_goes_on_without_redis(session: Session, channel: CollectionChannel, tmp_path: Path) -> None:
    """It is only the road: notices and requests are taken, and readiness says what is missing."""
    user, stall = make_administrator(session), make_stall(session)
    with serving(tmp_path, REDIS_URL="unix:///nowhere/at-all.sock") as url:
        notice = requests.post(f"{url}/webhooks/payos/{channel.id}", data=sign(make_data()), timeout=10)
        who = {"phone": user.phone, "password": PASSWORD}
        token = requests.post(f"{url}/api/v1/tokens", json=who, timeout=10).json()["token"]
        asked = requests.post(
            f"{url}/api/v1/payment-requests",
            json={"stall_id": str(stall.id), "amount": 20_000},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        ready = requests.get(f"{url}/readyz", timeout=10)
    assert (notice.status_code, asked.status_code) == (200, 201)
    assert (ready.status_code, ready.json()["redis"]) == (503, "unreachable")
    assert count(session) == (1, 1)
