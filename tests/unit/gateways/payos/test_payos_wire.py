"""payOS's JSON and our ports."""

from datetime import UTC, datetime

import pytest

from gateways.payos.signature import sign_order
from gateways.payos.wire import UnreadableData, read_link, write_order
from gateways.ports import LinkOrder, LinkStatus, Transfer

TRANSACTION = {
    "reference": "FT1",
    "amount": 4000,
    "accountNumber": "12345678",
    "description": "C1234567X",
    "transactionDateTime": "2026-01-31T08:30:00+07:00",
    "virtualAccountNumber": "V3CAS1",
}


def make_link(**changes):
    link = {
        "id": "link-1",
        "orderCode": 7,
        "amount": 10000,
        "amountPaid": 4000,
        "amountRemaining": 6000,
        "status": "UNDERPAID",
        "createdAt": "2026-01-31T08:00:00+07:00",
        "transactions": [TRANSACTION],
        "cancellationReason": None,
        "canceledAt": None,
    }
    return link | changes


def test_an_order_is_written_signed():
    order = LinkOrder(
        7, 10000, "C1234567X", "http://r/", "http://c/", datetime(2026, 1, 31, 1, 30, tzinfo=UTC)
    )
    body = write_order(order, "key")
    assert body == {
        "orderCode": 7,
        "amount": 10000,
        "description": "C1234567X",
        "returnUrl": "http://r/",
        "cancelUrl": "http://c/",
        "expiredAt": 1769823000,
        "signature": sign_order(body, "key"),
    }


def test_an_order_without_end_says_nothing_of_it():
    assert "expiredAt" not in write_order(LinkOrder(7, 1, "x", "http://r/", "http://c/", None), "key")


def test_a_link_brings_its_transfers():
    link = read_link(make_link())
    assert (link.order_code, link.payment_link_id, link.amount, link.amount_paid) == (
        7,
        "link-1",
        10000,
        4000,
    )
    assert (link.qr_payload, link.checkout_url) == (None, None)
    moment = datetime(2026, 1, 31, 1, 30, tzinfo=UTC)
    assert link.transfers == (Transfer(7, "12345678", "FT1", 4000, moment, "C1234567X"),)


@pytest.mark.parametrize(("told", "known"), [("V3CAS1", "V3CAS1"), (None, None), (7, None)])
def test_account_of_a_link_is_told_or_not(told, known):
    assert read_link(make_link(accountNumber=told)).account_number == known


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("PENDING", LinkStatus.OPEN),
        ("PROCESSING", LinkStatus.OPEN),
        ("UNDERPAID", LinkStatus.OPEN),
        ("PAID", LinkStatus.PAID),
        ("CANCELLED", LinkStatus.CANCELLED),
        ("EXPIRED", LinkStatus.EXPIRED),
        ("FAILED", LinkStatus.FAILED),
        ("SOMETHING_NEW", LinkStatus.OPEN),
        (None, LinkStatus.OPEN),
    ],
)
def test_only_what_is_known_to_end_a_link_ends_it(theirs, ours):
    assert read_link(make_link(status=theirs)).status is ours


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"orderCode": "7"}, "orderCode"),
        ({"amount": 10000.0}, "amount"),
        ({"id": None}, "id"),
        ({"amountPaid": "4000"}, "amountPaid"),
        ({"amountPaid": -1}, "amountPaid"),
        ({"transactions": {"a": 1}}, "transactions"),
        ({"transactions": ["x"]}, "transactions"),
    ],
)
def test_a_link_that_cannot_be_relied_on_is_refused(changes, field):
    with pytest.raises(UnreadableData, match=field):
        read_link(make_link(**changes))


@pytest.mark.parametrize(
    "changes", [{"reference": None}, {"reference": ""}, {"amount": True}, {"currency": "USD"}]
)
def test_a_transaction_that_cannot_be_read_holds_no_other_back(changes):
    link = read_link(make_link(transactions=[TRANSACTION | changes, TRANSACTION]))
    assert [found.reference for found in link.transfers] == [TRANSACTION["reference"]]
