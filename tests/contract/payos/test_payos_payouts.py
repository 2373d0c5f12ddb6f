"""Money that goes back, against the sandbox as a process of its own: once, whatever happens to the answers."""

from uuid import uuid4

import pytest
import requests

from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.payos.payouts.client import PayosPayoutGateway
from gateways.payos.signature import sign_header, verify_header
from gateways.payouts import PayoutOrder, PayoutStatus
from sandbox.payos import signing
from tests.contract.faulty_wire import faulty_wire
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, TIMEOUT, make_order, until


def payouts_of(sandbox, order):
    headers = {"x-client-id": CLIENT, "x-api-key": API_KEY}
    url = f"{sandbox.url}/v1/payouts?referenceId={order.reference}"
    return requests.get(url, headers=headers, timeout=5).json()["data"]["payouts"]


def make_payout(**changes):
    """With a reference of its own: the sandbox's books are those of all tests."""
    reference = f"refund-{uuid4()}"
    known = {
        "reference": reference,
        "key": reference,
        "amount": 10_000,
        "description": "TRA LAI",
        "bin": "970415",
        "account_number": "10000000001",
    }
    return PayoutOrder(**known | changes)


def gateway_at(url, **changes):
    known = {
        "client_id": CLIENT,
        "api_key": API_KEY,
        "checksum_key": CHECKSUM_KEY,
        "timeout_seconds": TIMEOUT,
    }
    return PayosPayoutGateway(url, **known | changes)


@pytest.fixture
def payer(sandbox, gateway):
    """Somebody paid, so that the account holds something."""
    sandbox.pay(gateway.open_link(make_order(amount=900_000)).payment_link_id)


@pytest.fixture
def payouts(sandbox, payer):
    return gateway_at(sandbox.url)


def test_signature_of_headers_is_the_providers():
    data = {"b": [{"z": 1, "a": "Đỗ"}], "a": None, "c": {"y": True, "x": "a b&c"}, "d": False, "e": 7}
    signature = signing.sign_header(data, CHECKSUM_KEY)
    assert sign_header(data, CHECKSUM_KEY) == signature
    assert verify_header(data, signature, CHECKSUM_KEY)
    assert not verify_header(data | {"e": 8}, signature, CHECKSUM_KEY)
    for garbage in (None, "", 7):
        assert not verify_header(data, garbage, CHECKSUM_KEY)
    assert not verify_header(None, signature, CHECKSUM_KEY)


def test_a_payout_is_under_way_and_then_done(payouts):
    order = make_payout()
    sent = payouts.pay_out(order)
    assert (sent.reference, sent.amount, sent.status) == (order.reference, 10_000, PayoutStatus.PENDING)
    assert until(lambda: payouts.find_payout(order).status is PayoutStatus.DONE)
    assert payouts.find_payout(order).payout_id == sent.payout_id


def test_asking_again_with_the_same_key_pays_once(sandbox, payouts):
    order = make_payout()
    assert payouts.pay_out(order).payout_id == payouts.pay_out(order).payout_id
    assert len(payouts_of(sandbox, order)) == 1


def test_a_payout_that_nobody_made_is_none(payouts):
    assert payouts.find_payout(make_payout()) is None


@pytest.mark.parametrize("kind", ["timeout", "drop"])
def test_lost_answer_is_looked_up(sandbox, payouts, kind):
    order = make_payout()
    sandbox.fault(kind, call="payout", seconds=TIMEOUT * 2)
    assert payouts.pay_out(order).amount == 10_000
    assert len(payouts_of(sandbox, order)) == 1


def test_lost_answer_is_never_a_second_post(sandbox, payer):
    order = make_payout()
    with faulty_wire(sandbox.url) as wire:
        wire.lose_answer(1)
        gateway_at(wire.url).pay_out(order)
        assert len([body for _, body in wire.requests if body]) == 1
    assert len(payouts_of(sandbox, order)) == 1


def test_what_never_arrived_is_left_in_doubt_and_can_be_sent_later(sandbox, payouts):
    order = make_payout()
    sandbox.fault("http_500", call="payout")
    with pytest.raises(GatewayUnavailable, match="does not know"):
        payouts.pay_out(order)
    assert payouts.pay_out(order).status is PayoutStatus.PENDING
    assert len(payouts_of(sandbox, order)) == 1


def test_throttling_says_how_long(sandbox, payouts):
    sandbox.fault("http_429", call="payout")
    with pytest.raises(GatewayThrottled) as refusal:
        payouts.pay_out(make_payout())
    assert refusal.value.retry_after == 2


def test_more_than_the_account_holds_is_refused_in_words(payouts):
    with pytest.raises(GatewayRejected) as refusal:
        payouts.pay_out(make_payout(amount=9_000_000_000))
    assert "số dư" in refusal.value.problems[0].text


def test_wrong_credentials_are_refused(sandbox, payer):
    with pytest.raises(GatewayRejected):
        gateway_at(sandbox.url, checksum_key="another").pay_out(make_payout())
    with pytest.raises(GatewayRejected):
        gateway_at(sandbox.url, api_key="another").pay_out(make_payout())


def test_answer_signed_by_nobody_is_not_believed(sandbox, payer):
    order = make_payout()
    with faulty_wire(sandbox.url) as wire:
        answer = {"code": "00", "desc": "success", "data": {"payouts": []}}
        wire.answer(200, {"Content-Type": "application/json", "x-signature": "0" * 64}, str(answer).encode())
        with pytest.raises(GatewayUnavailable):
            gateway_at(wire.url).find_payout(order)
        wire.answer(200, {"x-signature": "0" * 64}, b'{"code": "00", "data": {"payouts": []}}')
        with pytest.raises(GatewayUnavailable, match="wrong signature"):
            gateway_at(wire.url).find_payout(order)


def test_account_numbers_are_not_shown_by_the_order():
    assert "10000000001" not in repr(make_payout())
