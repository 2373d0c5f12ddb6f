"""New keys of a payOS channel: notices signed with the old one are genuine for a while, another's never."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from models import AuditEntry, CollectionChannel, Market, OutboxEvent, PaymentStatus, Role, Seller, Stall
from services.access import actor_of
from services.channel_keys import drop_old_keys, keys_of_order, rotate_channel_keys
from services.channels import prepare_webhook_call
from services.events import ChannelWebhookMoved
from tests import builders
from tests.integration.webhooks.notices import KEY, make_data, sign
from web import create_app

BASE = "http://localhost"
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
    keys = {"base_url": BASE, **NEW, **facts}
    rotate_channel_keys(session, builders.anybody(session), channel.id, **keys)  # type: ignore[arg-type]
    session.commit()


def end(session: Session, channel: CollectionChannel, key: str) -> None:
    """The time of this former key is over."""
    (keys,) = [keys for keys in channel.former_keys if key in keys.credentials]
    keys.retired_at, keys.taken_until = now() - timedelta(days=2), now() - timedelta(seconds=1)
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
    end(session, channel, KEY)
    assert answers(channel, *keys) == [200, 401, 401]
    assert channel.old_keys_until is None
    assert drop_old_keys(session) == 1
    session.commit()
    assert answers(channel, *keys) == [200, 401, 401]
    assert drop_old_keys(session) == 0


def test_two_changes_within_the_grace_lose_no_key(session: Session, channel: CollectionChannel) -> None:
    """Each ends at its own time."""
    rotate(session, channel)
    rotate(session, channel, checksum_key="newest", keep_old_days=30)
    keys = ("newest", NEW["checksum_key"], KEY)
    assert answers(channel, *keys) == [200, 200, 200]
    assert channel.old_keys_until
    assert timedelta(days=29) < channel.old_keys_until - now() <= timedelta(days=30)
    rotate(session, channel, checksum_key="newest", api_key="another")
    assert len(channel.former_keys) == 2
    assert answers(channel, *keys) == [200, 200, 200]
    end(session, channel, KEY)
    drop_old_keys(session)
    session.commit()
    assert answers(channel, *keys) == [200, 200, 401]
    rotate(session, channel, checksum_key="after-the-leak", keep_old_days=0)
    assert answers(channel, "after-the-leak", *keys) == [200, 401, 401, 401]
    stored = json.loads(channel.credentials or "")
    assert (stored["client_id"], stored["checksum_keys"]) == ("new-client", ["after-the-leak"])


def test_key_that_leaked_is_refused_at_once(session: Session, channel: CollectionChannel) -> None:
    rotate(session, channel, keep_old_days=0)
    assert channel.old_keys_until is None
    assert answers(channel, NEW["checksum_key"], KEY) == [200, 401]


def test_another_clients_keys_stay_while_its_requests_are_open(session: Session) -> None:
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    request = builders.make_payment_request(
        session, builders.make_stall(session, market, channel_id=channel.id)
    )
    rotate(session, channel, keep_old_days=0)
    rotate(session, channel, client_id="third-client", keep_old_days=0)
    asked_with = [keys["client_id"] for keys in keys_of_order(session, request)]
    assert asked_with[1:] == ["new-client", "third-client"]
    later = builders.make_payment_request(session, session.get_one(Stall, request.stall_id))
    assert [keys["client_id"] for keys in keys_of_order(session, later)] == ["third-client"]
    assert drop_old_keys(session) == 0
    request.status, request.next_poll_at = PaymentStatus.EXPIRED, None
    session.commit()
    assert drop_old_keys(session) == 2


def test_provider_is_asked_to_try_our_address_with_the_new_keys(
    session: Session, channel: CollectionChannel
) -> None:
    channel.webhook_url, channel.webhook_confirmed_at = "http://localhost/webhooks/payos/x", now()
    session.commit()
    rotate(session, channel)
    assert (channel.webhook_url, channel.webhook_confirmed_at) == (
        f"{BASE}/webhooks/payos/{channel.id}",
        None,
    )
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
    manager = actor_of(builders.make_manager(session, market))
    own = builders.make_payos_channel(session, market)
    with pytest.raises(NotFound):
        rotate_channel_keys(session, manager, channel.id, base_url=BASE, **NEW)
    with pytest.raises(Forbidden):
        rotate_channel_keys(session, manager, own.id, base_url=BASE, **NEW)
    direct = builders.make_stall(session).channel_id
    with pytest.raises(Conflict):
        rotate_channel_keys(session, builders.anybody(session), direct, base_url=BASE, **NEW)


def test_manager_puts_keys_right_that_payos_does_not_take(
    session: Session, channel: CollectionChannel
) -> None:
    assert channel.market_id
    manager = actor_of(builders.make_manager(session, session.get_one(Market, channel.market_id)))
    channel.webhook_problem, channel.webhook_refused_at = "API key không đúng", now()
    session.commit()
    rotate_channel_keys(session, manager, channel.id, base_url=BASE, **NEW)
    assert (channel.webhook_problem, channel.webhook_refused_at) == (None, None)
    with pytest.raises(InvalidInput) as refused:
        rotate(session, channel, api_key="có dấu", checksum_key="two words")
    assert refused.value.errors.keys() == {"api_key", "checksum_key"}


def test_keys_of_a_seller_with_a_stall_elsewhere_are_not_one_markets_to_mend(
    session: Session, channel: CollectionChannel
) -> None:
    """With other keys the money of the other market's stall would go to another account."""
    here, there = builders.make_stall(session), builders.make_market(session)
    channel.market_id, channel.seller_id = None, here.seller_id
    session.commit()
    user = builders.make_manager(session, here.market)
    seller = session.get_one(Seller, here.seller_id)
    builders.make_stall(session, there, seller, channel_id=channel.id)
    channel.webhook_problem, channel.webhook_refused_at = "API key không đúng", now()
    session.commit()
    with pytest.raises(Forbidden):
        rotate_channel_keys(session, actor_of(user), channel.id, base_url=BASE, **NEW)
    builders.grant(session, user, Role.MANAGER, str(there.id))
    session.expire_all()
    rotate_channel_keys(session, actor_of(user), channel.id, base_url=BASE, **NEW)


def test_no_two_channels_share_a_client(session: Session, channel: CollectionChannel) -> None:
    """payOS knows one address for it: the second channel would take the first one's notices."""
    rotate(session, channel)
    other = builders.make_payos_channel(session, builders.make_market(session))
    with pytest.raises(InvalidInput) as refused:
        rotate(session, other)
    assert refused.value.errors.keys() == {"client_id"}
