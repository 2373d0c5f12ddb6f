"""`POST /webhooks/sepay/…` and `/webhooks/casso/…`: what is genuine is stored once; of anything else a count."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.clock import now
from core.crypto import blind_index
from core.logging import set_up_logging
from models import CollectionChannel, InboxMessage, OutboxEvent, Payment, Stall, StatementLine
from services.bank_notices import settle_bank_notices
from services.events import BankNoticeReceived
from tests.bank_notices import (
    ACCOUNT,
    OTHER_SIDE,
    SECRET,
    Signed,
    casso,
    casso_data,
    sepay,
    sepay_data,
    sepay_key,
)
from tests.builders import make_payos_channel, make_stall, make_told_channel, payout_account
from tests.integration.webhooks import notices as payos
from web.webhooks import channels
from web.webhooks.forgeries import PER_MINUTE
from web.webhooks.intake import LARGEST_BODY, NOTICES

Make = Callable[..., dict[str, Any]]
Sign = Callable[..., Signed]

WAYS: dict[str, tuple[str, Make, Sign]] = {
    "sepay": ("sepay", sepay_data, sepay),
    "sepay by key": ("sepay", sepay_data, sepay_key),
    "casso": ("casso", casso_data, casso),
}
AMOUNT = {"sepay": "transferAmount", "casso": "amount"}
_hosts = count(1)


@pytest.fixture
def stall(session: Session) -> Stall:
    return make_stall(session, payout_account=payout_account(account_number=ACCOUNT))


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[str, Make, Sign]:
    return WAYS[request.param]


@pytest.fixture
def channel(session: Session, stall: Stall, way: tuple[str, Make, Sign]) -> CollectionChannel:
    return make_told_channel(session, stall, way[0], plain_key=way[2] is sepay_key)


address = pytest.fixture(lambda: f"198.51.100.{next(_hosts)}")


def post(
    client: FlaskClient, provider: str, channel_id: object, signed: Signed, address: str = "127.0.0.1"
) -> TestResponse:
    return client.post(
        f"/webhooks/{provider}/{channel_id}",
        data=signed.body,
        headers=signed.headers,
        content_type="application/json",
        environ_overrides={"REMOTE_ADDR": address},
    )


def stored(session: Session) -> list[InboxMessage]:
    session.rollback()
    return session.query(InboxMessage).order_by(InboxMessage.id).all()


def count_events(session: Session) -> int:
    return session.query(OutboxEvent).filter_by(type=BankNoticeReceived.type).count()


def count_outcome(outcome: str) -> float:
    return float(NOTICES.labels(outcome)._value.get())


def test_genuine_notice_is_stored_with_its_event_and_settled(
    client: FlaskClient,
    session: Session,
    stall: Stall,
    way: tuple[str, Make, Sign],
    channel: CollectionChannel,
) -> None:
    provider, make, sign = way
    note = {"sepay": "content", "casso": "description"}[provider]
    answer = post(client, provider, channel.id, sign(make(**{note: f"{stall.reference} rau"})))
    assert (answer.status_code, answer.json) == (200, {"success": True})
    (message,) = stored(session)
    assert (message.source, message.channel_id, message.ignored) == (provider, channel.id, None)
    (event,) = session.query(OutboxEvent).filter_by(type=BankNoticeReceived.type).all()
    assert event.payload == {"inbox_message_id": str(message.id)}
    settle_bank_notices(session, [message.id])
    session.commit()
    (payment,) = session.query(Payment).all()
    assert (payment.stall_id, payment.amount) == (stall.id, 50_000)


def test_nothing_of_the_account_or_the_other_side_is_kept(
    client: FlaskClient, session: Session, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    post(client, provider, channel.id, sign(make()))
    (message,) = stored(session)
    kept = json.dumps(message.body, ensure_ascii=False)
    assert message.body["accounts"] == [blind_index("account_number", ACCOUNT).hex()]
    assert [value for value in (ACCOUNT, "19077000", "25000000", *OTHER_SIDE.values()) if value in kept] == []


def test_ten_notices_at_once_are_one_row(
    client: FlaskClient, session: Session, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    data = make()

    def send(number: int) -> int:
        signed = sign(data) if number % 2 else sign({**data, "told": number})
        return post(client.application.test_client(), provider, channel.id, signed).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(send, range(10))) == [200] * 10
    assert len(stored(session)) == 1
    assert count_events(session) == 1


def test_money_that_went_out_is_told_as_what_it_is(
    client: FlaskClient, session: Session, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    out = {"sepay": {"transferType": "out"}, "casso": {"amount": -50_000}}[provider]
    assert post(client, provider, channel.id, sign(make(**out))).json == {"success": True}
    (message,) = stored(session)
    assert count_events(session) == 1
    assert settle_bank_notices(session, [message.id]) == 1
    assert session.scalars(select(StatementLine.amount)).all() == [-50_000]
    assert session.scalars(select(Payment)).all() == []


def test_trial_of_the_address_is_answered_and_not_stored(
    client: FlaskClient, session: Session, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    assert post(client, provider, channel.id, sign(make(id=0))).json == {"success": True}
    assert stored(session) == []


def test_fields_may_come_and_go(
    client: FlaskClient, session: Session, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    more = make(tier="gold", nested={"list": [{"b": 1, "a": None}]}, nothing=None)
    needed = {"id", "accountNumber", "transferType", AMOUNT[provider]}
    fewer = {name: value for name, value in make().items() if name in needed}
    assert [post(client, provider, channel.id, sign(data)).status_code for data in (more, fewer)] == [
        200,
        200,
    ]
    assert len(stored(session)) == 2


def forged(way: tuple[str, Make, Sign]) -> dict[str, Signed]:
    _, make, sign = way
    data = make()
    genuine = sign(data)
    return {
        "another channel's key": sign(data, "of-another-channel"),
        "no proof": Signed(genuine.body),
        "no key": sign(data, ""),
        "payOS's proof": Signed(payos.sign(payos.make_data(), SECRET)),
        "proof cut": Signed(genuine.body, {name: value[:-1] for name, value in genuine.headers.items()}),
    }


def test_forged_notices_are_refused(
    client: FlaskClient,
    session: Session,
    way: tuple[str, Make, Sign],
    channel: CollectionChannel,
    address: str,
) -> None:
    before = count_outcome("forged")
    answers = {
        what: post(client, way[0], channel.id, signed, address).status_code
        for what, signed in forged(way).items()
    }
    assert answers == dict.fromkeys(answers, 401)
    assert stored(session) == []
    assert count_outcome("forged") == before + len(answers)


def test_key_counts_at_its_own_channel_and_provider_only(
    client: FlaskClient,
    session: Session,
    way: tuple[str, Make, Sign],
    channel: CollectionChannel,
    address: str,
) -> None:
    provider, make, sign = way
    other = make_told_channel(session, make_stall(session), provider, secret="of-another-channel")
    elsewhere = {"sepay": ("casso", casso(casso_data())), "casso": ("sepay", sepay(sepay_data()))}[provider]
    silent = make_stall(session).channel_id
    payos_channel = make_payos_channel(
        session,
        other_market := make_stall(session).market,
        credentials={"client_id": "c", "api_key": "k", "checksum_keys": [SECRET]},
    )
    assert other_market
    tried = [
        post(client, provider, other.id, sign(make()), address),
        post(client, elsewhere[0], channel.id, elsewhere[1], address),
        post(client, provider, silent, sign(make()), address),
        post(client, provider, payos_channel.id, sign(make()), address),
        post(client, "payos", channel.id, Signed(payos.sign(payos.make_data(), SECRET)), address),
        post(client, provider, uuid4(), sign(make()), address),
    ]
    assert [answer.status_code for answer in tried] == [401] * len(tried)
    assert stored(session) == []


@pytest.mark.parametrize("signing", [sepay, casso])
@pytest.mark.parametrize("minutes", [-6, 6, -24 * 60])
def test_notice_that_is_played_again_is_refused(
    client: FlaskClient, session: Session, stall: Stall, address: str, signing: Sign, minutes: int
) -> None:
    provider, make = ("sepay", sepay_data) if signing is sepay else ("casso", casso_data)
    channel = make_told_channel(session, stall, provider)
    before = count_outcome("stale")
    signed = signing(make(), at=now() + timedelta(minutes=minutes))
    answer = post(client, provider, channel.id, signed, address)
    assert (answer.status_code, stored(session)) == (401, [])
    assert count_outcome("stale") == before + 1


MALFORMED: dict[str, Callable[[bytes, bytes], bytes]] = {
    "nothing": lambda body, name: b"",
    "truncated": lambda body, name: body[:-20],
    "a list": lambda body, name: b"[" + body + b"]",
    "another encoding": lambda body, name: body.decode().encode("utf-16"),
    "broken UTF-8": lambda body, name: body.replace(b"C1234567X", b"C\xff"),
    "a name that stands twice": lambda body, name: body.replace(name, name + b"1, " + name),
    "no number": lambda body, name: body.replace(name + b"50000", name + b"NaN"),
    "a NUL": lambda body, name: body.replace(b"C1234567X", b"\\u0000"),
    "half an emoji": lambda body, name: body.replace(b"C1234567X", b"\\ud83d"),
    "amount as text": lambda body, name: body.replace(name + b"50000", name + b'"50000"'),
    "amount 0": lambda body, name: body.replace(name + b"50000", name + b"0"),
    "a fraction": lambda body, name: body.replace(name + b"50000", name + b"50000.5"),
    "14 digits": lambda body, name: body.replace(name + b"50000", name + b"1" + b"0" * 13),
    "endless amount": lambda body, name: body.replace(name + b"50000", name + b"1" * 5_000),
}


@pytest.mark.parametrize("bend", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_notice_is_refused_though_the_key_made_it(
    client: FlaskClient,
    session: Session,
    way: tuple[str, Make, Sign],
    channel: CollectionChannel,
    address: str,
    bend: Callable[[bytes, bytes], bytes],
) -> None:
    provider, make, sign = way
    name = f'"{AMOUNT[provider]}": '.encode()
    body = bend(sign(make()).body, name)
    answer = post(client, provider, channel.id, sign(body), address)
    assert answer.status_code in {400, 401}
    assert answer.content_type == "application/problem+json"
    assert stored(session) == []


@pytest.mark.parametrize(
    "change",
    [
        {"transferAmount": "50000"},
        {"transferAmount": -5},
        {"transferType": "sideways"},
        {"id": "7"},
        {"id": -1},
        {"accountNumber": None},
        {"accountNumber": 19},
        {"referenceCode": "F" * 65},
        {"content": 5},
    ],
)
def test_wrong_fields_are_told_without_their_values(
    client: FlaskClient, session: Session, stall: Stall, change: dict[str, Any]
) -> None:
    channel = make_told_channel(session, stall)
    answer = post(client, "sepay", channel.id, sepay(sepay_data(**change)))
    assert answer.status_code == 400
    assert answer.json["title"] == f"Not a notice: {next(iter(change))}"


def test_oversized_notice_is_refused(
    client: FlaskClient, session: Session, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    assert post(client, provider, channel.id, sign(make(padding="x" * LARGEST_BODY))).status_code == 413
    assert stored(session) == []


def test_other_methods_and_addresses_are_refused(
    client: FlaskClient, way: tuple[str, Make, Sign], channel: CollectionChannel
) -> None:
    provider, make, sign = way
    assert client.get(f"/webhooks/{provider}/{channel.id}").status_code == 405
    assert post(client, provider, "not-a-channel", sign(make())).status_code == 404
    assert post(client, "momo", channel.id, sign(make())).status_code == 404
    assert post(client, "", channel.id, sign(make())).status_code == 404


def test_old_key_is_taken_while_it_is_being_changed(
    client: FlaskClient,
    session: Session,
    stall: Stall,
    way: tuple[str, Make, Sign],
    channel: CollectionChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "AT_MOST_EVERY_SECONDS", 0.0)
    provider, make, sign = way
    make_told_channel(session, stall, provider, secret="the-newest-secret", plain_key=sign is sepay_key)
    for secret in ("the-newest-secret", SECRET):
        assert post(client, provider, channel.id, sign(make(), secret)).status_code == 200


def test_key_without_a_signature_is_taken_only_where_it_was_chosen(
    client: FlaskClient, session: Session, stall: Stall, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FRESH_SECONDS", "AT_MOST_EVERY_SECONDS"):
        monkeypatch.setattr(channels, name, 0.0)

    def answers(channel: CollectionChannel) -> list[int]:
        ways = [sign(sepay_data(), SECRET) for sign in (sepay, sepay_key)]
        return [post(client, "sepay", channel.id, way, address).status_code for way in ways]

    for plain, answered in ((False, [200, 401]), (True, [401, 200])):
        assert answers(make_told_channel(session, stall, plain_key=plain, keep_old_days=0)) == answered


def test_forger_is_slowed_down_and_genuine_notices_never_are(
    client: FlaskClient, session: Session, stall: Stall, address: str
) -> None:
    channel = make_told_channel(session, stall)
    bad = sepay(sepay_data(), "of-another-channel")
    statuses = [post(client, "sepay", channel.id, bad, address).status_code for _ in range(PER_MINUTE + 2)]
    assert statuses == [401] * PER_MINUTE + [429] * 2
    assert post(client, "sepay", channel.id, sepay(sepay_data()), address).status_code == 200


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handlers = logging.root.handlers[:]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        set_up_logging("web")
    yield stream
    logging.root.handlers[:] = handlers


def test_log_names_the_channel_and_no_secrets(
    client: FlaskClient,
    way: tuple[str, Make, Sign],
    channel: CollectionChannel,
    address: str,
    log: io.StringIO,
) -> None:
    provider, make, sign = way
    data = make()
    post(client, provider, channel.id, sign(data))
    post(client, provider, channel.id, sign(data, "of-another-channel"), address)
    post(client, provider, channel.id, sign({**data, AMOUNT[provider]: 0}))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    refused = [line for line in lines if line["event"] == "webhook_refused"]
    assert [line["outcome"] for line in refused] == ["forged", "malformed"]
    assert {line["channel_id"] for line in refused} == {str(channel.id)}
    reference = data.get("referenceCode") or data["reference"]
    for secret in (SECRET, "of-another-channel", ACCOUNT, reference, *OTHER_SIDE.values()):
        assert secret not in log.getvalue()
