"""`POST /webhooks/payos/{channel}`: what is genuine is stored once; of anything else nothing but a count."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, TestResponse

from core.crypto import unseal
from core.logging import set_up_logging
from models import CollectionChannel, InboxMessage, OutboxEvent
from services.events import PaymentNoticeReceived
from tests.builders import make_market, make_payos_channel
from tests.integration.webhooks.notices import KEY, PAYER, make_data, sign
from web.webhooks import channels
from web.webhooks.channels import MOST_CHANNELS, ChannelKeys
from web.webhooks.forgeries import PER_MINUTE
from web.webhooks.intake import LARGEST_BODY, NOTICES

FORGED = "0" * 64
_hosts = count(1)


@pytest.fixture
def channel(session: Session) -> CollectionChannel:
    return make_payos_channel(session, make_market(session))


@pytest.fixture
def address() -> str:
    """A sender of this test's own: forgeries are counted by address."""
    return f"192.0.2.{next(_hosts)}"


def post(client: FlaskClient, channel_id: object, body: bytes, address: str = "127.0.0.1") -> TestResponse:
    return client.post(f"/webhooks/payos/{channel_id}", data=body, environ_overrides={"REMOTE_ADDR": address})


def stored(session: Session) -> list[InboxMessage]:
    session.rollback()
    session.expire_all()
    return session.query(InboxMessage).order_by(InboxMessage.id).all()


def count_events(session: Session) -> int:
    return session.query(OutboxEvent).filter_by(type=PaymentNoticeReceived.type).count()


def count_outcome(outcome: str) -> float:
    return float(NOTICES.labels(outcome)._value.get())


def test_genuine_notice_is_stored_with_its_event(
    client: FlaskClient, session: Session, channel: CollectionChannel
) -> None:
    data = make_data()
    answer = post(client, channel.id, sign(data))
    assert (answer.status_code, answer.json) == (200, {"success": True})
    (message,) = stored(session)
    assert (message.source, message.channel_id) == ("payos", channel.id)
    assert message.body["reference"] == data["reference"]
    (event,) = session.query(OutboxEvent).filter_by(type=PaymentNoticeReceived.type).all()
    assert event.payload == {"inbox_message_id": str(message.id)}


def test_second_notice_of_the_same_transfer_changes_nothing(
    client: FlaskClient, session: Session, channel: CollectionChannel
) -> None:
    data = make_data()
    bodies = [sign(data), sign(data), sign(data | {"desc": "told once more"})]
    assert [post(client, channel.id, body).status_code for body in bodies] == [200, 200, 200]
    assert len(stored(session)) == 1
    assert count_events(session) == 1


def test_ten_notices_at_once_are_one_row(
    client: FlaskClient, session: Session, channel: CollectionChannel
) -> None:
    body = sign(make_data())

    def send(_: int) -> int:
        return post(client.application.test_client(), channel.id, body).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(send, range(10))) == [200] * 10
    assert len(stored(session)) == 1
    assert count_events(session) == 1


def test_same_transfer_at_two_channels_is_two(client: FlaskClient, session: Session) -> None:
    body = sign(make_data())
    for _ in range(2):
        assert post(client, make_payos_channel(session, make_market(session)).id, body).status_code == 200
    assert len(stored(session)) == 2


def test_payer_is_kept_sealed_only(client: FlaskClient, session: Session, channel: CollectionChannel) -> None:
    post(client, channel.id, sign(make_data()))
    (message,) = stored(session)
    kept = json.dumps(message.body, ensure_ascii=False)
    assert not [value for value in PAYER.values() if value in kept]
    assert not [name for name in PAYER if name in kept]
    assert json.loads(unseal(message.body["payer"].encode())) == PAYER


def test_field_that_payos_adds_tomorrow_is_no_reason_to_refuse(
    client: FlaskClient, session: Session, channel: CollectionChannel
) -> None:
    data = make_data(loyaltyTier="gold", list=[{"b": 1, "a": None}], nothing=None)
    assert post(client, channel.id, sign(data, sentBy="payOS 3")).status_code == 200
    assert stored(session)[0].body["loyaltyTier"] == "gold"


@pytest.mark.parametrize(
    ("data", "envelope"),
    [
        ({"orderCode": 123, "reference": "TF230204212323"}, {}),
        ({"code": "01"}, {}),
        ({}, {"success": False}),
    ],
    ids=["trial of the address", "failure", "no success"],
)
def test_notice_without_money_is_answered_and_not_stored(
    client: FlaskClient,
    session: Session,
    channel: CollectionChannel,
    data: dict[str, Any],
    envelope: dict[str, Any],
) -> None:
    before = count_outcome("no_payment")
    assert post(client, channel.id, sign(make_data(**data), **envelope)).status_code == 200
    assert stored(session) == []
    assert count_outcome("no_payment") == before + 1


def test_forged_notices_are_refused(
    client: FlaskClient, session: Session, channel: CollectionChannel, address: str
) -> None:
    other = make_payos_channel(
        session,
        make_market(session),
        credentials={"client_id": "c", "api_key": "k", "checksum_keys": ["another-key"]},
    )
    genuine = make_data()
    forged = {
        "a made-up signature": (channel.id, sign(genuine, signature=FORGED)),
        "no signature": (channel.id, sign(genuine, signature=None)),
        "another amount": (
            channel.id,
            sign(genuine | {"amount": 1}, signature=json.loads(sign(genuine))["signature"]),
        ),
        "another channel's key": (channel.id, sign(genuine, "another-key")),
        "the key, at another channel": (other.id, sign(genuine)),
        "no key": (channel.id, sign(genuine, "")),
        "a channel that is not ours": (uuid4(), sign(genuine)),
    }
    before = count_outcome("forged")
    answers = {what: post(client, *notice, address).status_code for what, notice in forged.items()}
    assert answers == dict.fromkeys(forged, 401)
    assert stored(session) == []
    assert count_outcome("forged") == before + len(forged)


def test_direct_channel_takes_no_notices(client: FlaskClient, session: Session, address: str) -> None:
    session.execute(
        text(
            "INSERT INTO collection_channels (id, kind, name, market_id, status)"
            " VALUES (:id, 'direct', 'VietQR', :market, 'active')"
        ),
        {"id": (direct := uuid4()), "market": make_market(session).id},
    )
    session.commit()
    assert post(client, direct, sign(make_data()), address).status_code == 401


TWICE = sign(make_data()).replace(b'"amount": 45000', b'"amount": 1, "amount": 45000')
MALFORMED = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "another encoding": sign(make_data()).decode().encode("utf-16"),
    "broken UTF-8": b'{"data": "\xff"}',
    "no data": b'{"signature": ""}',
    "data that is a text": b'{"data": "x", "signature": ""}',
    "a name that stands twice": TWICE,
    "no number": sign(make_data()).replace(b"45000", b"NaN"),
    "a NUL": sign(make_data()).replace(b"C1234567X", b"\\u0000"),
    "too deep": b'{"data":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "amount 0": sign(make_data(amount=0)),
    "negative amount": sign(make_data(amount=-1)),
    "14 digits": sign(make_data(amount=10**13)),
    "a decimal amount": sign(make_data(amount=45_000.5)),
    "amount as text": sign(make_data(amount="45000")),
    "order code as text": sign(make_data(orderCode="7")),
    "order code too large": sign(make_data(orderCode=2**53)),
    "another currency": sign(make_data(currency="USD")),
    "no reference": sign(make_data(reference=None)),
    "endless reference": sign(make_data(reference="F" * 5_000)),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_notice_is_refused(
    client: FlaskClient, session: Session, channel: CollectionChannel, body: bytes
) -> None:
    before = count_outcome("malformed")
    answer = post(client, channel.id, body)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert stored(session) == []
    assert count_outcome("malformed") == before + 1


def test_broken_character_in_a_text_harms_no_other_notice(
    client: FlaskClient, session: Session, channel: CollectionChannel, address: str
) -> None:
    """Half an emoji, as a provider makes when it cuts a text: no key signs that here, and the database takes none."""
    whole = json.loads(sign(make_data()))
    whole["data"]["description"] = "\ud83d"
    answer = post(client, channel.id, json.dumps(whole).encode(), address)
    assert answer.status_code == 401
    assert post(client, channel.id, sign(make_data())).status_code == 200
    assert len(stored(session)) == 1


def raw(client: FlaskClient, channel_id: UUID, body: bytes, **environ: str) -> int:
    """With the headers as they are given and no others."""
    builder = EnvironBuilder(f"/webhooks/payos/{channel_id}", method="POST", input_stream=io.BytesIO(body))
    made = builder.get_environ()
    made.pop("CONTENT_LENGTH", None)
    statuses: list[str] = []
    b"".join(client.application.wsgi_app({**made, **environ}, lambda status, *_: statuses.append(status)))  # type: ignore[arg-type]
    return int(statuses[0].split()[0])


def test_oversized_notices_are_refused(
    client: FlaskClient, session: Session, channel: CollectionChannel
) -> None:
    large = sign(make_data(padding="x" * LARGEST_BODY))
    assert raw(client, channel.id, large, CONTENT_LENGTH=str(len(large))) == 413
    assert raw(client, channel.id, large) == 413, "told in chunks, without a length"
    assert raw(client, channel.id, b"", CONTENT_LENGTH=str(10**12)) == 413
    assert stored(session) == []


def test_largest_notice_that_is_allowed_is_taken(
    client: FlaskClient, session: Session, channel: CollectionChannel
) -> None:
    data = make_data(padding="")
    data["padding"] = "x" * (LARGEST_BODY - len(sign(data)))
    body = sign(data)
    assert len(body) == LARGEST_BODY
    assert raw(client, channel.id, body, CONTENT_LENGTH=str(len(body))) == 200
    assert raw(client, channel.id, body) == 200
    assert len(stored(session)) == 1


@pytest.mark.parametrize("length", ["-5", "many", "0x10"])
def test_length_that_is_no_length_is_refused(
    client: FlaskClient, channel: CollectionChannel, length: str
) -> None:
    assert raw(client, channel.id, sign(make_data()), CONTENT_LENGTH=length) == 400


def test_other_methods_and_addresses_are_refused(client: FlaskClient, channel: CollectionChannel) -> None:
    assert client.get(f"/webhooks/payos/{channel.id}").status_code == 405
    assert post(client, "not-a-channel", sign(make_data())).status_code == 404
    assert post(client, f"{channel.id}/more", sign(make_data())).status_code == 404


def change_keys(session: Session, channel: CollectionChannel, *keys: str) -> None:
    channel.credentials = json.dumps({"client_id": "c", "api_key": "k", "checksum_keys": keys})
    session.commit()


def test_both_keys_count_while_a_key_is_being_changed(
    client: FlaskClient, session: Session, channel: CollectionChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "AT_MOST_EVERY_SECONDS", 0.0)
    assert post(client, channel.id, sign(make_data())).status_code == 200
    change_keys(session, channel, "the-new-key", KEY)
    assert post(client, channel.id, sign(make_data(), "the-new-key")).status_code == 200
    assert post(client, channel.id, sign(make_data())).status_code == 200
    assert len(stored(session)) == 3


def test_key_that_was_taken_away_counts_no_more(
    client: FlaskClient,
    session: Session,
    channel: CollectionChannel,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    assert post(client, channel.id, sign(make_data())).status_code == 200
    change_keys(session, channel, "the-new-key")
    monkeypatch.setattr(channels, "FRESH_SECONDS", 0.0)
    assert post(client, channel.id, sign(make_data()), address).status_code == 401


def test_made_up_channels_do_not_fill_the_memory(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MOST_CHANNELS", 5)
    keys = ChannelKeys(session.get_bind())  # type: ignore[arg-type]
    for _ in range(50):
        assert keys.of("payos", uuid4()) == ()
    assert len(keys._known) <= 5 < MOST_CHANNELS


def test_forger_is_slowed_down_and_genuine_notices_never_are(
    client: FlaskClient, session: Session, channel: CollectionChannel, address: str
) -> None:
    forged = sign(make_data(), signature=FORGED)
    answers = [post(client, channel.id, forged, address) for _ in range(PER_MINUTE + 5)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [401] * PER_MINUTE + [429] * 5
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 61
    assert post(client, channel.id, sign(make_data()), address).status_code == 200


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the web process writes to its log."""
    stream = io.StringIO()
    handlers = logging.root.handlers[:]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        set_up_logging("web")
    yield stream
    logging.root.handlers[:] = handlers


def test_log_names_the_channel_and_no_secrets(
    client: FlaskClient, channel: CollectionChannel, address: str, log: io.StringIO
) -> None:
    data = make_data()
    signature = json.loads(sign(data))["signature"]
    post(client, channel.id, sign(data))
    post(client, channel.id, sign(data, "another-key"), address)
    post(client, channel.id, sign(data | {"amount": 0}))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    refused = [line for line in lines if line["event"] == "webhook_refused"]
    assert [line["outcome"] for line in refused] == ["forged", "malformed"]
    assert {line["channel_id"] for line in refused} == {str(channel.id)}
    for secret in (KEY, "another-key", signature, data["reference"], *PAYER.values()):
        assert secret not in log.getvalue()


@pytest.fixture
def refusing_database(session: Session) -> Iterator[None]:
    """It tells of every row that it refuses what stood in it."""
    session.execute(text("ALTER TABLE inbox_messages ADD CONSTRAINT no_room CHECK (false) NOT VALID"))
    session.commit()
    yield
    session.rollback()
    session.execute(text("ALTER TABLE inbox_messages DROP CONSTRAINT no_room"))
    session.commit()


@pytest.mark.usefixtures("refusing_database")
def test_notice_that_cannot_be_stored_is_asked_for_again_and_not_logged(
    client: FlaskClient, session: Session, channel: CollectionChannel, log: io.StringIO
) -> None:
    data = make_data()
    answer = post(client, channel.id, sign(data))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert stored(session) == []
    assert "webhook_not_stored" in log.getvalue()
    for value in (data["reference"], data["description"], data["virtualAccountNumber"], "Failing row"):
        assert value not in log.getvalue()
