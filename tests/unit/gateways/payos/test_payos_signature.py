"""Our signatures against payOS's own vector and against its official library."""

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payos._crypto import CryptoProvider

from gateways.payos.signature import sign_data, sign_order, verify

KEY = "1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675"
SIGNATURE = "412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03"
DATA = {
    "orderCode": 123,
    "amount": 3000,
    "description": "VQRIO123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "transactionDateTime": "2023-02-04 18:25:00",
    "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
    "code": "00",
    "desc": "Thành công",
    "counterAccountBankId": "",
    "counterAccountBankName": "",
    "counterAccountName": "",
    "counterAccountNumber": "",
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}

official = CryptoProvider()
keys = st.text(st.characters(codec="utf-8"), min_size=1)
texts = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["null", "undefined", "", "Thành công", "a=b&c"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=8
)
json_objects = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=12), values, max_size=8)


def test_payos_own_vector():
    assert sign_data(DATA, KEY) == SIGNATURE
    assert verify(DATA, SIGNATURE, KEY)


@settings(deadline=None)
@given(json_objects, keys)
def test_data_is_signed_as_the_official_library_does(data, key):
    try:
        expected = official.create_signature_from_object(data, key)
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8, so nothing can have signed it
        assert not verify(data, SIGNATURE, key)
        return
    assert sign_data(data, key) == expected
    assert verify(data, expected, key)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys(("amount", "orderCode"), st.integers()))
    | st.fixed_dictionaries(dict.fromkeys(("amount", "orderCode"), scalars)),
    texts,
    texts,
    texts,
    keys,
)
def test_orders_are_signed_as_the_official_library_does(numbers, description, return_url, cancel_url, key):
    fields = numbers | {
        "description": description,
        "returnUrl": return_url,
        "cancelUrl": cancel_url,
        "more": 1,
    }
    assert sign_order(fields, key) == official.create_signature_of_payment_request(fields, key)


def test_the_elements_of_an_array_are_sorted_and_compact():
    data = {"items": [{"price": 5, "name": "Mận"}, None, "x"], "gone": None, "word": "null"}
    text = 'gone=&items=[{"name":"Mận","price":5},null,"x"]&word='
    assert sign_data(data, KEY) == hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("field", DATA)
def test_a_change_to_any_field_is_seen(field):
    assert not verify(DATA | {field: "x"}, SIGNATURE, KEY)
    assert not verify({name: value for name, value in DATA.items() if name != field}, SIGNATURE, KEY)


def test_an_empty_key_proves_nothing():
    assert not verify(DATA, sign_data(DATA, ""), "")


@pytest.mark.parametrize(
    "signature", [None, "", 5, b"x", [], {}, SIGNATURE.upper(), "é", "\ud800", SIGNATURE + "0"]
)
def test_a_garbled_signature_is_no_signature(signature):
    assert verify(DATA, signature, KEY) is False


@pytest.mark.parametrize(
    "data", [None, 5, "x", [], {"a": object()}, {1: 2, "a": 3}, {"a": "\ud800"}, {"a": 10**5000}]
)
def test_garbled_data_is_not_verified(data):
    assert verify(data, SIGNATURE, KEY) is False
