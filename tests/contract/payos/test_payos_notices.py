"""Notices that the sandbox sends, read by our verifier."""

import time

import pytest

from gateways.payos.webhook import NoticeForged, read_notice, read_stored, transfer_key
from tests.contract.payos.harness import CHECKSUM_KEY, Webhook, make_order, until


def paid_link(sandbox, gateway, amount=None):
    order = make_order()
    link = gateway.open_link(order)
    return order, link, sandbox.pay(link.payment_link_id, amount)


def test_a_payment_is_told_as_the_link_tells_it(sandbox, gateway, webhook):
    order, link, paid = paid_link(sandbox, gateway, 7000)
    [body] = webhook.wait(1)
    notice = read_notice(body, ["another-key", CHECKSUM_KEY])
    assert notice.is_payment
    assert notice.payment_link_id == link.payment_link_id
    assert (notice.transfer.reference, notice.transfer.amount) == (paid["reference"], 7000)
    assert notice.transfer.order_code == order.order_code
    assert gateway.get_link(order.order_code).transfers == (notice.transfer,)
    assert read_stored(notice.data) == notice.transfer
    assert notice.key == transfer_key(notice.transfer)
    assert notice.data["virtualAccountNumber"] in link.qr_payload
    with pytest.raises(NoticeForged):
        read_notice(body.replace(b'"amount": 7000', b'"amount": 9000'), [CHECKSUM_KEY])


def test_confirming_sends_a_sample_of_an_order_nobody_made(gateway):
    webhook = Webhook()
    gateway.confirm_webhook(webhook.url)
    [body] = webhook.bodies
    assert read_notice(body, [CHECKSUM_KEY]).transfer.order_code == 123
    webhook.close()


def test_only_the_clients_own_address_is_told(sandbox, webhook):
    other = sandbox.gateway(client_id="sandbox-client-2")
    paid_link(sandbox, other)
    time.sleep(0.3)
    assert webhook.bodies == []


def test_every_transfer_has_its_own_key(sandbox, gateway, webhook):
    _, link, _ = paid_link(sandbox, gateway, 1000)
    for _ in range(9):
        sandbox.pay(link.payment_link_id, 1000)
    keys = {read_notice(body, [CHECKSUM_KEY]).key for body in webhook.wait(10)}
    assert len(keys) == 10


def test_a_duplicate_is_the_same_notice_again(sandbox, gateway, webhook):
    sandbox.fault("duplicate_webhook")
    paid_link(sandbox, gateway)
    first, second = webhook.wait(2)
    assert read_notice(first, [CHECKSUM_KEY]).key == read_notice(second, [CHECKSUM_KEY]).key


def test_a_notice_may_come_many_times_and_long_after_each_other(sandbox, gateway, webhook):
    sandbox.fault("duplicate_webhook", times=4, seconds=0.3)
    paid_link(sandbox, gateway)
    time.sleep(0.1)
    assert len(webhook.bodies) == 1
    assert len({read_notice(body, [CHECKSUM_KEY]).key for body in webhook.wait(4)}) == 1


def test_a_late_notice_comes_late(sandbox, gateway, webhook):
    sandbox.fault("late_webhook", seconds=0.6)
    order, _, paid = paid_link(sandbox, gateway)
    assert gateway.get_link(order.order_code).transfers[0].reference == paid["reference"]
    time.sleep(0.2)
    assert webhook.bodies == []
    assert len(webhook.wait(1)) == 1


def test_a_lost_notice_is_known_to_the_link_all_the_same(sandbox, gateway, webhook):
    sandbox.fault("no_webhook")
    order, _, paid = paid_link(sandbox, gateway)
    time.sleep(0.3)
    assert webhook.bodies == []
    assert gateway.get_link(order.order_code).transfers[0].reference == paid["reference"]


def deliveries(sandbox, order):
    return [one for one in sandbox.control("webhooks")["webhooks"] if one["order_code"] == order.order_code]


@pytest.mark.parametrize("status", [200, 503, None])
def test_what_was_sent_and_answered_can_be_read(sandbox, gateway, webhook, status):
    webhook.status = status
    order, _, paid = paid_link(sandbox, gateway)
    assert until(lambda: deliveries(sandbox, order))
    [delivery] = deliveries(sandbox, order)
    assert (delivery["status"], delivery["reference"], delivery["url"]) == (
        status,
        paid["reference"],
        webhook.url,
    )
    assert gateway.get_link(order.order_code).amount_paid == 25000
    time.sleep(0.2)
    assert len(webhook.bodies) == 1  # payOS promises no second try
