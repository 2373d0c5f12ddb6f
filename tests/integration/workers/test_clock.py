"""What the clock asks for, and what its jobs find."""

import json
import threading
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from models import ApiToken, OutboxEvent
from services.accounts import issue_token
from services.channel_keys import rotate_channel_keys
from services.events import HouseholdRegistered, PaymentNoticeReceived
from tests.builders import anybody, make_market, make_payos_channel, make_user
from tests.integration.workers.harness import carry, put, work_off
from workers import schedule
from workers.beats import SCHEDULE
from workers.jobs import maintenance
from workers.queues import QueueName, queue


def asked_for() -> list[str]:
    return [job.func_name for job in queue(QueueName.MAINTENANCE).get_jobs()]


def run_clock(seconds: float) -> None:
    stop = threading.Event()
    threading.Timer(seconds, stop.set).start()
    schedule.run(stop)


@pytest.mark.usefixtures("session")
def test_every_beat_is_struck_at_the_start() -> None:
    run_clock(0.2)
    assert asked_for() == [beat.path for beat in SCHEDULE]
    work_off()
    assert asked_for() == []


@pytest.mark.usefixtures("session")
def test_clock_goes_on_without_a_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(queue(QueueName.MAINTENANCE), "connection", Redis.from_url("unix:///nowhere.sock"))
        run_clock(0.2)
    assert asked_for() == []


@pytest.mark.usefixtures("session")
def test_beat_that_nobody_takes_is_dropped() -> None:
    schedule.strike(SCHEDULE[0])
    (job,) = queue(QueueName.MAINTENANCE).get_jobs()
    assert job.get_ttl() == SCHEDULE[0].seconds * 2


def age_events(session: Session, days: int) -> None:
    session.execute(
        text("UPDATE outbox_events SET relayed_at = now() - make_interval(days => :d)"), {"d": days}
    )
    session.commit()


def events_left(session: Session) -> list[int]:
    session.rollback()
    return list(session.scalars(text("SELECT id FROM outbox_events ORDER BY id")))


def test_old_events_are_forgotten_once_delivered(session: Session) -> None:
    put(session, HouseholdRegistered(new_id(), "02839"), PaymentNoticeReceived(new_id()))
    carry()
    age_events(session, 89)
    maintenance.forget_old_traces()
    assert len(events_left(session)) == 2
    age_events(session, 91)
    maintenance.forget_old_traces()
    assert events_left(session) == []


def test_old_event_that_still_owes_something_is_kept(session: Session) -> None:
    ids = put(session, PaymentNoticeReceived(new_id()))
    carry()
    session.execute(text("UPDATE event_deliveries SET status = 'dead'"))
    age_events(session, 91)
    maintenance.forget_old_traces()
    assert events_left(session) == ids
    assert session.get(OutboxEvent, ids[0])


def test_ended_tokens_are_forgotten(session: Session) -> None:
    user = make_user(session)
    for _ in range(2):
        issue_token(session, user)
    ended = session.query(ApiToken).first()
    assert ended
    ended.expires_at = now() - timedelta(seconds=1)
    session.commit()
    maintenance.forget_old_traces()
    session.rollback()
    assert session.query(ApiToken).count() == 1


def test_former_key_of_a_channel_is_forgotten_in_time(session: Session) -> None:
    early, late = (make_payos_channel(session, make_market(session)) for _ in range(2))
    for channel, until in ((early, now() - timedelta(seconds=1)), (late, now() + timedelta(days=1))):
        known = json.loads(channel.credentials or "")
        newest = {"client_id": known["client_id"], "api_key": "a", "checksum_key": "newest"}
        rotate_channel_keys(session, anybody(session), channel.id, base_url="http://localhost", **newest)
        channel.former_keys[0].retired_at = now() - timedelta(days=1)
        channel.former_keys[0].taken_until = until
    session.commit()
    maintenance.drop_old_channel_keys()
    session.expire_all()
    assert (early.former_keys, len(late.former_keys)) == ([], 1)
    assert all("newest" in (channel.credentials or "") for channel in (early, late))
