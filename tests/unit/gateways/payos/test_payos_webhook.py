"""What is a notice of money, what is forged, what is no notice at all."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import now
from gateways.payos.signature import sign_data
from gateways.payos.webhook import NoticeForged, NoticeMalformed, read_notice, read_stored, transfer_key

KEY, OLD_KEY = "new-key", "old-key"


def make_data(**changes):
    data = {
        "orderCode": 123,
        "amount": 3000,
        "description": "C1234567X",
        "accountNumber": "12345678",
        "reference": "FT230204212323",
        "transactionDateTime": "2023-02-04 18:25:00",
        "currency": "VND",
        "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
        "code": "00",
        "desc": "Thành công",
        "counterAccountName": None,
    } | changes
    return {name: value for name, value in data.items() if value is not ...}


def make_body(key=KEY, envelope=(), **changes):
    data = make_data(**changes)
    notice = {
        "code": "00",
        "desc": "success",
        "success": True,
        "data": data,
        "signature": sign_data(data, key),
    }
    return json.dumps(notice | dict(envelope)).encode()


def test_a_genuine_notice_tells_of_the_transfer():
    notice = read_notice(make_body(), [KEY])
    assert notice.is_payment
    assert notice.payment_link_id == "124c33293c43417ab7879e14c8d9eb18"
    assert notice.data == make_data()
    transfer = notice.transfer
    assert (transfer.order_code, transfer.amount) == (123, 3000)
    assert (transfer.account_number, transfer.reference) == ("12345678", "FT230204212323")
    assert transfer.memo == "C1234567X"
    assert transfer.occurred_at == datetime(2023, 2, 4, 11, 25, tzinfo=UTC)
    assert read_stored(notice.data) == transfer
    assert notice.key == transfer_key(transfer)


def test_any_of_the_channels_keys_will_do():
    assert read_notice(make_body(OLD_KEY), [KEY, OLD_KEY]).is_payment
    with pytest.raises(NoticeForged):
        read_notice(make_body(OLD_KEY), [KEY])
    with pytest.raises(NoticeForged):
        read_notice(make_body(), [])


def test_fields_of_tomorrow_are_taken_along():
    notice = read_notice(make_body(fee=12.5, tags=[{"b": 1, "a": None}], extra={"x": True}), [KEY])
    assert notice.data["tags"] == [{"b": 1, "a": None}]


def test_fields_we_do_not_live_by_may_be_missing():
    gone = dict.fromkeys(
        ("description", "currency", "paymentLinkId", "code", "desc", "transactionDateTime"), ...
    )
    notice = read_notice(make_body(**gone), [KEY])
    assert notice.is_payment
    assert notice.payment_link_id is None
    assert notice.transfer.memo == ""
    assert now() - notice.transfer.occurred_at < timedelta(seconds=5)


def test_a_time_that_cannot_be_read_is_that_of_receiving():
    received_at = datetime(2026, 1, 1, tzinfo=UTC)
    odd = "0001-01-01 00:00:00", "0001-01-02T00:00:00Z", "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"
    for time in (None, "", "04/02/2023", 20230204, {}, *odd):
        assert read_stored(make_data(transactionDateTime=time), received_at).occurred_at == received_at


def test_a_time_may_bring_its_offset():
    for time in ("2023-02-04T18:25:00+07:00", "2023-02-04T11:25:00Z", "2023-02-04T18:25:00.000"):
        assert read_stored(make_data(transactionDateTime=time)).occurred_at == datetime(
            2023, 2, 4, 11, 25, tzinfo=UTC
        )


def test_the_key_is_of_the_transfer_and_nothing_else():
    key = read_notice(make_body(), [KEY]).key
    assert read_notice(make_body(amount=9, description="x", paymentLinkId="y"), [KEY]).key == key
    for change in ({"orderCode": 124}, {"reference": "FT2"}, {"accountNumber": "1"}):
        assert read_notice(make_body(**change), [KEY]).key != key
    one = read_notice(make_body(accountNumber="1:2", reference="3"), [KEY])
    assert one.key != read_notice(make_body(accountNumber="1", reference="2:3"), [KEY]).key


def test_a_failure_is_no_payment_and_hides_none():
    paid = read_notice(make_body(), [KEY])
    for failed in (make_body(code="01"), make_body(envelope={"success": False})):
        notice = read_notice(failed, [KEY])
        assert not notice.is_payment
        assert notice.key != paid.key


@pytest.mark.parametrize(
    "changes",
    [{"amount": amount} for amount in ("3000", 0, -1, 10**13, 3000.0, True, None, [3000], ...)]
    + [{"orderCode": code} for code in ("123", 0, -1, 9007199254740992, 123.0, True, None, ...)]
    + [{"reference": reference} for reference in ("", 5, None, {}, "x" * 65, ...)]
    + [{"accountNumber": account} for account in ("", 5, None, ["1"], "x" * 65, ...)],
)
def test_signed_data_without_what_makes_a_transfer_is_malformed(changes):
    with pytest.raises(NoticeMalformed) as refusal:
        read_notice(make_body(**changes), [KEY])
    assert str(refusal.value) == next(iter(changes))
    with pytest.raises(NoticeForged):  # the signature is looked at first
        read_notice(make_body("wrong", **changes), [KEY])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b"5",
        b"{}",
        b'{"data": null}',
        b'{"data": [], "signature": "x"}',
        b'{"data": {}, "data": {}, "signature": "x"}',
        b'{"data": {"amount": 1, "amount": 2}, "signature": "x"}',
        b'{"data": {"amount": NaN}, "signature": "x"}',
        b'{"data": {"amount": 1' + b"0" * 5000 + b'}, "signature": "x"}',
        b'{"data": ' + b"[" * 60000 + b"]" * 60000 + b"}",
        b'{"data": {"memo": "\\u0000"}, "signature": "x"}',
        make_body().decode().encode("utf-16"),
        make_body(description="Mận").replace(b"\\u1ead", "ậ".encode("cp1258", "replace") + b"\xff"),
        b"\xef\xbb\xbf" + make_body(),
        make_body()[:-1],
    ],
)
def test_what_is_no_notice_is_malformed(body):
    with pytest.raises(NoticeMalformed):
        read_notice(body, [KEY])


@pytest.mark.parametrize("signature", [None, "", "0" * 64, 5, ["x"], {"a": 1}])
def test_a_notice_without_its_signature_is_forged(signature):
    with pytest.raises(NoticeForged):
        read_notice(make_body(envelope={"signature": signature}), [KEY])
    unsigned = json.loads(make_body())
    del unsigned["signature"]
    with pytest.raises(NoticeForged):
        read_notice(json.dumps(unsigned).encode(), [KEY])


@settings(deadline=None)
@given(
    st.binary(max_size=300)
    | st.builds(
        lambda data: json.dumps({"data": data, "signature": "x"}).encode(),
        st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.floats() | st.lists(st.text())),
    )
)
def test_no_body_is_too_strange(body):
    with pytest.raises((NoticeMalformed, NoticeForged)):
        read_notice(body, [KEY])


@settings(deadline=None)
@given(st.data())
def test_no_change_to_a_genuine_body_passes_for_another_transfer(data):
    body = bytearray(make_body())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    try:
        notice = read_notice(bytes(body), [KEY])
    except (NoticeMalformed, NoticeForged):
        return
    assert notice.data == make_data()
