"""The sandbox itself: its books, its faults, its page."""

import subprocess
import sys

import pytest
import requests

from gateways.ports import LinkStatus
from tests.contract.payos.harness import Sandbox, make_order
from tests.contract.processes import ROOT


def test_the_books_outlive_the_process(tmp_path):
    sandbox = Sandbox(tmp_path)
    orders = [make_order() for _ in range(3)]
    links = [sandbox.gateway().open_link(order) for order in orders]
    sandbox.pay(links[0].payment_link_id)
    sandbox.pay(links[1].payment_link_id, 5000)
    before = sandbox.control("books"), sandbox.control("links")
    sandbox.stop(kill=True)
    sandbox.start()
    try:
        assert (sandbox.control("books"), sandbox.control("links")) == before
        gateway = sandbox.gateway()
        assert gateway.get_link(orders[0].order_code).status is LinkStatus.PAID
        assert gateway.open_link(orders[1]).amount_paid == 5000
        sandbox.pay(links[1].payment_link_id)
        assert gateway.get_link(orders[1].order_code).status is LinkStatus.PAID
    finally:
        assert sandbox.stop() == 0


def test_the_webhook_address_outlives_the_process(tmp_path, webhook):
    sandbox = Sandbox(tmp_path)
    sandbox.gateway().confirm_webhook(webhook.url)
    sandbox.stop()
    sandbox.start()
    webhook.bodies.clear()
    sandbox.pay(sandbox.gateway().open_link(make_order()).payment_link_id)
    assert len(webhook.wait(1)) == 1
    sandbox.stop()


def test_a_taken_port_is_said_plainly(sandbox, tmp_path):
    port = sandbox.url.rpartition(":")[2]
    command = [sys.executable, "-m", "sandbox.payos", "--port", port, "--data", str(tmp_path)]
    tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert tried.returncode == 1
    assert f"127.0.0.1:{port}" in tried.stderr
    assert "Traceback" not in tried.stderr


def test_the_books_hold_every_transfer(sandbox):
    gateway = sandbox.gateway(client_id="sandbox-client-3")
    before = sandbox.control("books?client_id=sandbox-client-3")
    order = make_order()
    link = gateway.open_link(order)
    paid = [sandbox.pay(link.payment_link_id, amount) for amount in (1000, 24000, 500)]
    after = sandbox.control("books?client_id=sandbox-client-3")
    assert after["count"] == before["count"] + 3
    assert after["total"] == before["total"] + 25500
    latest = after["transfers"][-3:]
    assert [one["reference"] for one in latest] == [one["reference"] for one in paid]
    assert {one["order_code"] for one in latest} == {order.order_code}
    assert {one["payment_link_id"] for one in latest} == {link.payment_link_id}
    assert {one["client_id"] for one in after["transfers"]} == {"sandbox-client-3"}


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "drop", "count": 0},
        {"kind": "drop", "count": "1"},
        {"kind": "drop", "call": "all"},
        {"kind": "timeout", "seconds": -1},
        {"kind": "drop", "often": 1},
        [],
        "drop",
    ],
)
def test_a_fault_that_is_none_is_refused(sandbox, wish):
    answer = requests.post(f"{sandbox.url}/sandbox/faults", json=wish, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.control("faults") == {"faults": []}


def test_faults_wait_for_their_call_and_run_out(sandbox, gateway):
    sandbox.fault("http_500", count=2, call="cancel")
    gateway.get_link(1)
    [fault] = sandbox.control("faults")["faults"]
    assert fault == {"kind": "http_500", "count": 2, "call": "cancel", "seconds": 0.0, "times": 2}
    for _ in range(2):
        headers = {"x-client-id": "sandbox-client-1", "x-api-key": "sandbox-key"}
        url = f"{sandbox.url}/v2/payment-requests/1/cancel"
        assert requests.post(url, json={}, headers=headers, timeout=5).status_code == 500
    assert sandbox.control("faults") == {"faults": []}


@pytest.mark.parametrize("amount", [0, -1, "5000", 5000.5, True, 10**13])
def test_nobody_pays_such_an_amount(sandbox, gateway, amount):
    link = gateway.open_link(make_order())
    url = f"{sandbox.url}/sandbox/pay/{link.payment_link_id}"
    assert requests.post(url, json={"amount": amount}, timeout=5).status_code == 400
    assert gateway.get_link(link.order_code).amount_paid == 0


def test_nobody_pays_an_unknown_link(sandbox):
    assert requests.post(f"{sandbox.url}/sandbox/pay/unknown", timeout=5).status_code == 404


def test_a_person_can_play_the_customer(sandbox, gateway):
    order = make_order(description="Mận & đào")
    link = gateway.open_link(order)
    page = requests.get(link.checkout_url, timeout=5).text
    assert "25.000 ₫" in page
    assert "Trả tiền (thử)" in page
    assert "<svg" in page
    assert "Mận &amp; đào" in page
    paid = requests.post(f"{link.checkout_url}/pay", data={"amount": "25000"}, timeout=5)
    assert "Đã thanh toán" in paid.text
    assert f"orderCode={order.order_code}" in paid.text
    assert gateway.get_link(order.order_code).status is LinkStatus.PAID


def test_a_person_can_cancel_on_the_page(sandbox, gateway):
    order = make_order()
    link = gateway.open_link(order)
    page = requests.post(f"{link.checkout_url}/cancel", timeout=5).text
    assert "Đã huỷ" in page
    assert f"{order.cancel_url}?" in page
    assert gateway.get_link(order.order_code).status is LinkStatus.CANCELLED
