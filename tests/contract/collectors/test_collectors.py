"""What every collector must hold to: the words it says of itself, and the ports, each against its own server."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest

from core.clock import now
from core.vietqr import decode
from gateways.errors import AlreadyDone, GatewayRejected, GatewayUnavailable
from gateways.formats import COLLECTORS
from gateways.payouts import PayoutOrder, PayoutStatus
from gateways.ports import Ignored, LinkStatus, PaymentGateway, PaymentLink, PostedNotice, transfer_key
from models import DIRECT
from models.payments import MAX_ORDER_CODE
from tests.contract.collectors.conftest import Counter
from tests.contract.collectors.desks import DESKS
from tests.contract.payos.harness import make_order, until
from workers import providers

NOBODY = "http://127.0.0.1:9"
OUR_FIELDS = {"id", "name", "kind", "market_id", "seller_id", "keep_old_days"}


class Listener:
    """Our address: keeps what is posted to it."""

    def __init__(self) -> None:
        self.posts: list[PostedNotice] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.posts.append(PostedNotice(body, headers, now()))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def payments(counter: Counter) -> PaymentGateway:
    return counter.payments()


def paid(counter: Counter, amount: int = 25_000) -> PaymentLink:
    order = make_order(amount=amount)
    counter.desk.take(counter.payments().open_link(order), amount)
    link = counter.payments().get_link(order.order_code)
    assert link
    return link


def test_every_collector_is_held_to_this() -> None:
    assert len(COLLECTORS) > 1
    assert DESKS.keys() == COLLECTORS.keys()


@pytest.mark.parametrize("collector", COLLECTORS.values(), ids=COLLECTORS)
def test_folder_says_what_the_house_asks(collector) -> None:
    assert re.fullmatch("[a-z]+", collector.name)
    assert collector.name != DIRECT
    assert collector.title
    assert collector.steps
    names = [key.name for key in collector.keys]
    assert len(set(names)) == len(names)
    assert not OUR_FIELDS & set(names)
    assert {collector.client, collector.proof} <= set(names)
    assert collector.client != collector.proof
    client = providers.client_of(collector.name)
    assert callable(client.payment_gateway)
    assert hasattr(client, "payout_gateway") == collector.pays_out


def test_link_is_opened_with_its_qr(payments: PaymentGateway) -> None:
    order = make_order()
    link = payments.open_link(order)
    assert (link.order_code, link.amount, link.amount_paid) == (order.order_code, 25_000, 0)
    assert (link.status, bool(link.payment_link_id)) == (LinkStatus.OPEN, True)
    qr = decode(link.qr_payload or "")
    assert (qr.amount, qr.note) == (25_000, order.description)


def test_largest_order_code_is_taken(payments: PaymentGateway) -> None:
    assert payments.open_link(make_order(order_code=MAX_ORDER_CODE)).order_code == MAX_ORDER_CODE


def test_order_that_nobody_made_is_none(payments: PaymentGateway) -> None:
    assert payments.get_link(make_order().order_code) is None


def test_asking_again_is_the_same_link(payments: PaymentGateway) -> None:
    order = make_order()
    assert payments.open_link(order).payment_link_id == payments.open_link(order).payment_link_id


def test_order_code_of_another_amount_is_refused(payments: PaymentGateway) -> None:
    order = make_order()
    payments.open_link(order)
    with pytest.raises(GatewayRejected) as refusal:
        payments.open_link(make_order(order_code=order.order_code, amount=9_000))
    assert refusal.value.problems[0].text


def test_link_tells_what_came(counter: Counter) -> None:
    link = paid(counter)
    assert (link.status, link.amount_paid) == (LinkStatus.PAID, 25_000)
    assert [transfer.amount for transfer in link.transfers] == [25_000]
    assert link.transfers[0].order_code == link.order_code


def test_part_of_it_leaves_the_link_open(counter: Counter, payments: PaymentGateway) -> None:
    order = make_order()
    counter.desk.take(payments.open_link(order), 5_000)
    link = payments.get_link(order.order_code)
    assert link
    assert (link.status, link.amount_paid, len(link.transfers)) == (LinkStatus.OPEN, 5_000, 1)


def test_closed_link_is_closed_once(payments: PaymentGateway) -> None:
    order = make_order()
    payments.open_link(order)
    assert payments.cancel_link(order.order_code, "x").status is LinkStatus.CANCELLED
    with pytest.raises(AlreadyDone):
        payments.cancel_link(order.order_code, "x")


def test_paid_link_is_past_closing(counter: Counter, payments: PaymentGateway) -> None:
    with pytest.raises(AlreadyDone):
        payments.cancel_link(paid(counter).order_code, "x")


def test_two_merchants_may_use_one_order_code(counter: Counter, payments: PaymentGateway) -> None:
    order = make_order()
    mine = payments.open_link(order)
    client = counter.collector.client
    other = counter.payments(**{client: counter.desk.others[client]})
    assert other.get_link(order.order_code) is None
    assert other.open_link(order).order_code == mine.order_code


def test_address_is_tried_and_the_notice_of_money_is_what_the_link_tells(
    counter: Counter, payments: PaymentGateway, listener: Listener
) -> None:
    """By the key a refund finds who paid, and by both tellers the money is one."""
    payments.confirm_webhook(listener.url)
    assert until(lambda: listener.posts)
    (trial,) = listener.posts
    read, secrets = counter.collector.notices.read, [counter.desk.keys[counter.collector.proof]]
    assert read(trial, secrets).ignored is Ignored.NO_PAYMENT
    link = paid(counter)
    assert until(lambda: len(listener.posts) > 1)
    notice = read(listener.posts[1], secrets)
    assert notice.ignored is None
    told = counter.collector.notices.read_stored(notice.kept, now())
    (transfer,) = link.transfers
    assert (told.amount, told.reference) == (25_000, transfer.reference)
    assert notice.key == transfer_key(transfer) == transfer_key(told)
    names = {
        name: counter.collector.payer.get(name, name) for name in ("bin", "account_number", "holder_name")
    }
    assert {name for name, theirs in names.items() if notice.payer.get(theirs)} == names.keys()


def test_address_that_does_not_answer_may_come_up_yet(payments: PaymentGateway) -> None:
    with pytest.raises(GatewayUnavailable) as failure:
        payments.confirm_webhook(f"{NOBODY}/webhooks")
    assert failure.value.problem


def test_keys_that_are_not_the_merchants_are_refused(counter: Counter) -> None:
    for key in counter.collector.keys:
        if key.name != counter.collector.proof:
            with pytest.raises(GatewayRejected) as refusal:
                counter.payments(**{key.name: "mistyped"}).open_link(make_order())
            assert refusal.value.problems[0].text


def test_nobody_at_home_is_unavailable(counter: Counter) -> None:
    with pytest.raises(GatewayUnavailable):
        counter.payments(url=NOBODY).open_link(make_order())
    with pytest.raises(GatewayUnavailable):
        counter.payments(url=NOBODY).get_link(make_order().order_code)


def test_keys_are_not_shown_by_what_clients_are_made_from(counter: Counter) -> None:
    assert not [key for key in counter.desk.keys.values() if key in repr(counter.account())]


def test_money_goes_back_once_and_is_found(counter: Counter) -> None:
    if not counter.collector.pays_out:
        pytest.skip("it pays nothing out")
    paid(counter, amount=900_000)
    payouts, name = counter.payouts(), f"refund-{uuid4()}"
    order = PayoutOrder(name, name, 10_000, "HOAN TIEN C1234567X", "970415", "10000000001")
    assert payouts.find_payout(order) is None
    sent = payouts.pay_out(order)
    assert (sent.reference, sent.amount) == (name, 10_000)
    assert payouts.pay_out(order).payout_id == sent.payout_id
    assert until(lambda: (payouts.find_payout(order) or sent).status is PayoutStatus.DONE)
    with pytest.raises(GatewayUnavailable):
        counter.payouts(url=NOBODY).pay_out(order)
