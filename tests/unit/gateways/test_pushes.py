"""Floors' signatures, computed by openssl."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.floor_config import FloorConfig
from gateways.ports import PostedNotice
from gateways.pushes import PUSHES, is_genuine, is_trial

URL = "https://chophien.example/webhooks/floors/shopee"
BODY = b'{"code":3}'
OF_APP = "9d8c3ee59ded67e011d325109730cdee4f4e2c7f1967da1a742d9aa47569d97a"
SIGNED = {
    "shopee": {"authorization": "580ce2c9d79be7cfdb34593557b4f8101ab44c5a16818daf8fd897350f50be19"},
    "lazada": {"authorization": OF_APP},
    "tiktok": {"authorization": OF_APP},
    "woocommerce": {"x-wc-webhook-signature": "UWM+b04jmwcuJIlRGt/Fmpe/x/5S1q6t+cmjpbNzWjI="},
}
FLOOR = FloorConfig(
    url="https://san.example",
    auth_url="",
    app="app1",
    secret="bi-mat",
    shop="",
    access_token="",
    refresh_token="",
    push_secret="khoa",
)


def post(headers: dict[str, str], body: bytes = BODY) -> PostedNotice:
    return PostedNotice(body, headers, datetime.now(UTC))


@pytest.mark.parametrize("name", PUSHES)
def test_only_the_floors_own_signature_of_these_very_bytes_is_taken(name: str) -> None:
    headers = SIGNED[name]
    assert is_genuine(name, post(headers), URL, FLOOR)
    assert not is_genuine(name, post(headers, BODY + b" "), URL, FLOOR)
    assert not is_genuine(name, post(headers), URL, replace(FLOOR, push_secret="bi-mat"))
    assert not is_genuine(name, post({}), URL, FLOOR)
    assert not is_genuine(name, post(dict.fromkeys(headers, "")), URL, replace(FLOOR, push_secret=""))
    assert not is_genuine(name, post(dict.fromkeys(headers, "ký\u20ac")), URL, FLOOR)


def test_shopees_counts_for_the_address_that_was_entered() -> None:
    assert not is_genuine("shopee", post(SIGNED["shopee"]), URL.replace("https", "http"), FLOOR)


def test_a_trial_of_the_address_is_no_push() -> None:
    assert is_trial("woocommerce", post({}, b"webhook_id=12"))
    assert not is_trial("woocommerce", post({}, b"webhook_id=12&x=1"))
    assert not is_trial("shopee", post({}, b"webhook_id=12"))


def test_the_secret_for_pushes_is_the_floors_own_unless_another_is_set() -> None:
    def read(**env: str) -> FloorConfig:
        return FloorConfig.read(env, "shopee", "1", "sandbox", "2")

    assert read().push_secret == "sandbox"
    assert read(SHOPEE_SECRET="a", SHOPEE_PUSH_SECRET="").push_secret == "a"
    assert read(SHOPEE_SECRET="a", SHOPEE_PUSH_SECRET="b").push_secret == "b"
    assert "b'" not in repr(read(SHOPEE_PUSH_SECRET="b"))
