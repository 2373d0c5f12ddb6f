"""payOS's official library can live with the sandbox, and signs as the sandbox and we do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payos import APIError, PayOS
from payos._crypto import CryptoProvider
from payos.types import CreatePaymentLinkRequest, GetPayoutListParams, ItemData, PayoutRequest

from gateways.payos.signature import sign_data
from sandbox.payos.signing import sign_body, sign_header, sign_link_request
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, make_order

official = CryptoProvider()
texts = st.text(st.characters(codec="utf-8"), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | texts | st.sampled_from(["null", "undefined"])
flat = st.dictionaries(texts, scalars, max_size=6)
objects = st.dictionaries(texts, scalars | st.lists(scalars | flat, max_size=4), max_size=6)


@pytest.fixture
def sdk(sandbox):
    with PayOS(
        client_id=CLIENT, api_key=API_KEY, checksum_key=CHECKSUM_KEY, base_url=sandbox.url, max_retries=0
    ) as client:
        yield client


def make_request(**changes):
    order = make_order()
    fields = {
        "order_code": order.order_code,
        "amount": 30000,
        "description": "Mận hậu 2kg",
        "cancel_url": order.cancel_url,
        "return_url": order.return_url,
        "items": [ItemData(name="Mận hậu", quantity=2, price=15000)],
    }
    return CreatePaymentLinkRequest(**(fields | changes))


def test_it_creates_gets_and_cancels(sandbox, sdk):
    request = make_request()
    created = sdk.payment_requests.create(request)
    assert (created.status, created.amount, created.bin) == ("PENDING", 30000, "970422")
    assert sdk.payment_requests.get(request.order_code).id == created.payment_link_id
    sandbox.pay(created.payment_link_id, 10000)
    link = sdk.payment_requests.get(created.payment_link_id)
    assert (link.status, link.amount_paid, link.amount_remaining) == ("UNDERPAID", 10000, 20000)
    assert link.transactions[0].virtual_account_number == created.account_number
    cancelled = sdk.payment_requests.cancel(request.order_code, "Khách đổi ý")
    assert (cancelled.status, cancelled.cancellation_reason) == ("CANCELLED", "Khách đổi ý")


def test_it_cancels_without_a_reason(sdk):
    created = sdk.payment_requests.create(make_request())
    assert sdk.payment_requests.cancel(created.payment_link_id).status == "CANCELLED"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"amount": 0}, "20"), ({"description": "x" * 26}, "20"), ({"order_code": 9007199254740992}, "20")],
)
def test_it_is_refused_what_payos_refuses(sdk, changes, code):
    with pytest.raises(APIError) as refusal:
        sdk.payment_requests.create(make_request(**changes))
    assert refusal.value.error_code == code


def test_it_is_told_of_an_order_code_used_twice(sdk):
    request = make_request()
    sdk.payment_requests.create(request)
    with pytest.raises(APIError) as refusal:
        sdk.payment_requests.create(request)
    assert refusal.value.error_code == "231"


def test_it_verifies_the_notices(sandbox, sdk, webhook):
    assert sdk.webhooks.confirm(webhook.url).webhook_url == webhook.url
    (sample,) = webhook.wait(1)
    assert sdk.webhooks.verify(sample).reference == "TF230204212323"
    created = sdk.payment_requests.create(make_request())
    paid = sandbox.pay(created.payment_link_id)
    notice = sdk.webhooks.verify(webhook.wait(2)[1])
    assert (notice.reference, notice.amount) == (paid["reference"], 30000)
    assert notice.virtual_account_number == created.account_number


def test_it_pays_out_once_per_key(sandbox, sdk):
    sandbox.pay(sdk.payment_requests.create(make_request()).payment_link_id, 30000)
    before = int(sdk.payouts_account.balance().balance)
    wish = PayoutRequest(
        reference_id="refund-1",
        amount=12000,
        description="Trả lại tiền",
        to_bin="970415",
        to_account_number="10000000001",
        category=["hoàn tiền"],
    )
    first = sdk.payouts.create(wish, idempotency_key=f"key-{before}-{make_order().order_code}")
    key = f"once-{make_order().order_code}"
    second, third = (sdk.payouts.create(wish, idempotency_key=key) for _ in range(2))
    assert second.id == third.id != first.id
    assert int(sdk.payouts_account.balance().balance) == before - 24000
    assert sdk.payouts.get(second.id).transactions[0].amount == 12000
    assert sdk.payouts.list(GetPayoutListParams(reference_id="refund-1", limit=1)).pagination.has_more
    with pytest.raises(APIError):
        sdk.payouts.create(wish.model_copy(update={"amount": 1}), idempotency_key=key)
    with pytest.raises(APIError):
        sdk.payouts.create(wish.model_copy(update={"amount": before * 2}))


@settings(max_examples=200, deadline=None)
@given(objects)
def test_the_sandbox_signs_data_as_the_library_and_we_do(data):
    expected = official.create_signature_from_object(data, CHECKSUM_KEY)
    assert sign_body(data, CHECKSUM_KEY) == expected == sign_data(data, CHECKSUM_KEY)


@settings(deadline=None)
@given(objects)
def test_the_sandbox_signs_payouts_as_the_library_does(data):
    assert sign_header(data, CHECKSUM_KEY) == official.create_signature(CHECKSUM_KEY, data)


@settings(deadline=None)
@given(st.integers(), st.integers(), texts, texts, texts)
def test_the_sandbox_signs_orders_as_the_library_does(
    amount, order_code, description, cancel_url, return_url
):
    body = {"amount": amount, "orderCode": order_code, "description": description}
    body |= {"cancelUrl": cancel_url, "returnUrl": return_url}
    expected = official.create_signature_of_payment_request(body, CHECKSUM_KEY)
    assert sign_link_request(body, CHECKSUM_KEY) == expected
