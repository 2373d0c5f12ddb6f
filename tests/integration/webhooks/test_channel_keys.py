"""New keys of a payOS channel: notices signed with the old one are genuine for a while, another's never."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden
from models import AuditEntry, CollectionChannel, OutboxEvent
from services.access import actor_of
from services.channel_keys import drop_old_keys, rotate_channel_keys
from services.channels import prepare_webhook_call
from services.events import ChannelWebhookMoved
from tests import builders
from tests.integration.webhooks.notices import KEY, make_data, sign
from web import create_app

NEW = {"client_id": "new-client", "api_key": "new-api-key", "checksum_key": "new-checksum-key"}


@pytest.fixture
def channel(session: Session) -> CollectionChannel:
    return builders.make_payos_channel(session, builders.make_market(session))


@contextmanager
def fresh_process() -> Iterator[FlaskClient]:
    """A web process that has no keys at hand yet."""
    app = create_app()
    yield app.test_client()
    app.extensions["engine"].dispose()


def answers(channel: CollectionChannel, *keys: str) -> list[int]:
    """What notices signed with each of `keys` are answered."""
    with fresh_process() as client:
        return [
            client.post(f"/webhooks/payos/{channel.id}", data=sign(make_data(), key)).status_code
            for key in keys
        ]


def rotate(session: Session, channel: CollectionChannel, **facts: object) -> None:
    rotate_channel_keys(session, builders.anybody(session), channel.id, **{**NEW, **facts})
    session.commit()


def test_old_key_is_taken_until_its_time_is_over(session: Session, channel: CollectionChannel) -> None:
    other = builders.make_payos_channel(
        session,
        builders.make_market(session),
        credentials={"client_id": "b", "api_key": "b", "checksum_keys": ["of-another-channel"]},
    )
    assert answers(channel, KEY, NEW["checksum_key"]) == [200, 401]
    rotate(session, channel)
    keys = (NEW["checksum_key"], KEY, "of-another-channel")
    assert answers(channel, *keys) == [200, 200, 401]
    assert answers(other, NEW["checksum_key"], KEY, "of-another-channel") == [401, 401, 200]
    assert drop_old_keys(session) == 0
    past = now() - timedelta(seconds=1)
    session.execute(
        update(CollectionChannel).values(old_keys_until=past).where(CollectionChannel.id == channel.id)
    )
    assert drop_old_keys(session) == 1
    session.commit()
    assert answers(channel, *keys) == [200, 401, 401]
    assert drop_old_keys(session) == 0


def test_key_that_leaked_is_refused_at_once(session: Session, channel: CollectionChannel) -> None:
    rotate(session, channel, keep_old_days=0)
    assert channel.old_keys_until is None
    assert answers(channel, NEW["checksum_key"], KEY) == [200, 401]


def test_second_change_keeps_only_the_key_before(session: Session, channel: CollectionChannel) -> None:
    rotate(session, channel)
    rotate(session, channel, checksum_key="newest")
    assert answers(channel, "newest", NEW["checksum_key"], KEY) == [200, 200, 401]
    rotate(session, channel, checksum_key="newest", api_key="another")
    stored = json.loads(channel.credentials or "")
    assert stored["checksum_keys"] == ["newest", NEW["checksum_key"]]
    assert (stored["client_id"], stored["api_key"]) == ("new-client", "another")


def test_provider_is_asked_to_try_our_address_with_the_new_keys(
    session: Session, channel: CollectionChannel
) -> None:
    channel.webhook_url, channel.webhook_confirmed_at = "http://localhost/webhooks/payos/x", now()
    session.commit()
    rotate(session, channel)
    (event,) = session.scalars(select(OutboxEvent).where(OutboxEvent.type == ChannelWebhookMoved.type))
    assert event.payload == {"channel_id": str(channel.id)}
    call = prepare_webhook_call(session, channel.id)
    assert call is not None
    assert call.credentials["client_id"] == "new-client"


def test_it_is_written_down_without_the_keys(session: Session, channel: CollectionChannel) -> None:
    rotate(session, channel)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "channel_keys.rotated")).one()
    assert (entry.subject_id, entry.facts) == (channel.id, {"keep_old_days": 14})


def test_only_an_administrator_and_only_where_there_are_keys(
    session: Session, channel: CollectionChannel
) -> None:
    market = builders.make_market(session)
    with pytest.raises(Forbidden):
        rotate_channel_keys(session, actor_of(builders.make_manager(session, market)), channel.id, **NEW)
    direct = builders.make_stall(session).channel_id
    with pytest.raises(Conflict):
        rotate_channel_keys(session, builders.anybody(session), direct, **NEW)
