"""A stall's events, as they happen."""

import json
import threading
import time
from collections.abc import Iterator

import redis
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import OutboxEvent, User
from services.queries.stall_events import STALL_TOPIC
from tests import builders
from tests.integration.api.conftest import BASE, Caller, Place, Sign


def _stream(caller: Caller, place: Place, **options: object) -> TestResponse:
    return caller.get(f"/stalls/{place.stall.id}/events", buffered=False, **options)


def _events(answer: TestResponse) -> Iterator[dict[str, object]]:
    """The events of a stream as they come."""
    for chunk in answer.iter_encoded():
        for block in chunk.decode().strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            if "event" in fields:
                yield {"id": int(fields["id"]), "name": fields["event"], **json.loads(fields["data"])}


def _last_event(session: Session) -> int:
    return session.scalars(select(func.max(OutboxEvent.id))).one()


def test_what_was_missed_comes_first(as_: Sign, bac_ha: Place) -> None:
    for options in ({"headers": {"Last-Event-ID": "0"}}, {"query_string": {"last_event_id": "0"}}):
        answer = _stream(as_(bac_ha.stallholder), bac_ha, **options)
        assert answer.status_code == 200
        assert answer.content_type == "text/event-stream"
        assert answer.headers["X-Accel-Buffering"] == "no"
        events = _events(answer)
        names = [next(events)["name"] for _ in range(3)]
        assert names == ["stall.opened", "payment_request.created", "payment.settled"]
        answer.close()


def test_resumes_after_the_last_that_was_seen_header_before_address(
    as_: Sign, bac_ha: Place, session: Session
) -> None:
    settled = session.scalars(select(OutboxEvent).where(OutboxEvent.type == "payment.settled.v1")).one()
    answer = _stream(
        as_(bac_ha.manager),
        bac_ha,
        headers={"Last-Event-ID": str(settled.id - 1)},
        query_string={"last_event_id": "0"},
    )
    first = next(_events(answer))
    assert (first["id"], first["amount"], first["amount_paid"]) == (settled.id, 50_000, 50_000)
    answer.close()


def test_new_events_are_told_as_they_happen(
    as_: Sign, bac_ha: Place, session: Session, redis_url: str
) -> None:
    answer = _stream(as_(bac_ha.stallholder), bac_ha, headers={"Last-Event-ID": str(_last_event(session))})
    teller = threading.Thread(target=_ask_and_wake, args=(session, bac_ha, redis_url))
    teller.start()
    assert next(_events(answer))["name"] == "payment_request.created"
    teller.join()
    answer.close()


def _ask_and_wake(session: Session, place: Place, redis_url: str) -> None:
    """As the relay's job does: wake who listens, once somebody does."""
    with redis.Redis.from_url(redis_url) as client:
        while not client.pubsub_numsub(STALL_TOPIC)[0][1]:
            time.sleep(0.01)
        builders.make_payment_request(session, place.stall)
        client.publish(STALL_TOPIC, str(place.stall.id))


def test_browsers_session_may_listen_but_not_ask(bac_ha: Place, client: FlaskClient) -> None:
    _sign_in_browser(client, bac_ha.stallholder)
    answer = _stream(Caller(client, None), bac_ha)
    assert answer.status_code == 200
    answer.close()
    request = {"stall_id": str(bac_ha.stall.id), "amount": 1_000}
    assert client.post(f"{BASE}/payment-requests", json=request).status_code == 401
    assert client.get(f"{BASE}/stalls").status_code == 401


def _sign_in_browser(client: FlaskClient, user: User) -> None:
    with client.session_transaction() as browser:
        browser["user_id"] = user.id
        browser["version"] = user.password_version


def test_nobody_listens_at_anothers_stall(as_: Sign, bac_ha: Place, sa_pa: Place, session: Session) -> None:
    assert _stream(as_(sa_pa.stallholder), bac_ha).status_code == 404
    assert _stream(as_(sa_pa.manager), bac_ha).status_code == 404
    assert _stream(as_(bac_ha.clerk), bac_ha).status_code == 403
    both = builders.make_stallholder(session, sa_pa.stall)
    builders.grant(session, both, builders.Role.CLERK, builders.BAC_HA)
    assert _stream(as_(both), bac_ha).status_code == 403


def test_number_that_is_none_is_refused(as_: Sign, bac_ha: Place) -> None:
    caller = as_(bac_ha.stallholder)
    for value in ("-1", "x", "9" * 30, "1.5"):
        answer = _stream(caller, bac_ha, query_string={"last_event_id": value})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["last_event_id"])
        answer = _stream(caller, bac_ha, headers={"Last-Event-ID": value})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["Last-Event-ID"])


def test_stream_holds_no_database_connection(as_: Sign, bac_ha: Place, client: FlaskClient) -> None:
    pool = client.application.extensions["engine"].pool
    answers = [_stream(as_(bac_ha.stallholder), bac_ha) for _ in range(12)]
    for answer in answers:
        assert next(answer.iter_encoded()).startswith(b"retry")
    assert pool.checkedout() == 0
    for answer in answers:
        answer.close()
