"""What an SmsGateway promises, against the sandbox."""

import pytest
from structlog.testing import capture_logs

from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable

PHONE, TEXT = "+84912345678", "Cho Bac Ha: phi 11/2026 quay A12 con 96.000d. Ma F1234567X"


def test_a_message_is_sent_once_a_key(sms):
    gateway = sms.gateway()
    first, again = gateway.send(PHONE, TEXT, "k1"), gateway.send(PHONE, TEXT, "k1")
    assert first == again
    assert gateway.send(PHONE, TEXT, "k2") != first
    assert [(m["key"], m["asked"]) for m in sms.messages()] == [("k2", 1), ("k1", 2)]


@pytest.mark.parametrize("kind", ["drop", "timeout"])
def test_a_lost_answer_is_asked_for_again_without_a_second_message(sms, kind):
    gateway = sms.gateway(timeout_seconds=1.0)
    sms.fault(kind)
    with pytest.raises(GatewayUnavailable):
        gateway.send(PHONE, TEXT, "k1")
    assert gateway.send(PHONE, TEXT, "k1") == sms.messages()[0]["id"]
    assert len(sms.messages()) == 1


def test_faults_name_the_next_move(sms):
    gateway = sms.gateway()
    sms.fault("http_500")
    with pytest.raises(GatewayUnavailable):
        gateway.send(PHONE, TEXT, "k1")
    sms.fault("http_429")
    with pytest.raises(GatewayThrottled) as slow:
        gateway.send(PHONE, TEXT, "k1")
    assert slow.value.retry_after == 2
    sms.fault("no_credit")
    with pytest.raises(GatewayRejected) as refusal:
        gateway.send(PHONE, TEXT, "k1")
    assert refusal.value.problems[0].code == "no_credit"
    assert sms.messages() == []


@pytest.mark.parametrize(
    ("phone", "words", "code"),
    [
        ("0912", TEXT, "bad_phone"),
        (PHONE, "Chợ", "bad_text"),
        (PHONE, "x" * 161, "bad_text"),
        (PHONE, "", "bad_text"),
    ],
)
def test_what_nobody_takes_is_refused(sms, phone, words, code):
    with pytest.raises(GatewayRejected) as refusal:
        sms.gateway().send(phone, words, "k1")
    assert refusal.value.problems[0].code == code


def test_a_key_used_for_another_text_is_refused(sms):
    sms.gateway().send(PHONE, TEXT, "k1")
    with pytest.raises(GatewayRejected) as refusal:
        sms.gateway().send(PHONE, TEXT + "!", "k1")
    assert refusal.value.problems[0].code == "key_reused"


@pytest.mark.parametrize("wrong", [{"secret": "another"}, {"client_id": "another"}])
def test_a_wrong_signature_is_refused(sms, wrong):
    with pytest.raises(GatewayRejected) as refusal:
        sms.gateway(**wrong).send(PHONE, TEXT, "k1")
    assert refusal.value.problems[0].code == "bad_signature"


def test_nobody_there_is_unavailable_and_nothing_personal_is_logged(sms):
    with capture_logs() as lines, pytest.raises(GatewayUnavailable):
        sms.gateway(base_url="http://127.0.0.1:9").send(PHONE, TEXT, "k1")
    assert [(line["event"], line["outcome"]) for line in lines] == [("sms_call", "GatewayUnavailable")]
    assert PHONE not in str(lines)
    assert "quay" not in str(lines)
