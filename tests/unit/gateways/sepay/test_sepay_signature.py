"""SePay's proofs, against a signature that was made outside (openssl dgst -sha256 -hmac)."""

from datetime import UTC, datetime, timedelta

import pytest

from gateways.notices import NoticeForged, NoticeStale
from gateways.ports import PostedNotice
from gateways.sepay.signature import verify

SECRET = "a-sepay-secret"
AT = datetime(2026, 1, 1, tzinfo=UTC)
TIMESTAMP = "1767225600"
BODY = (
    b'{"id":92704,"gateway":"Vietcombank","transactionDate":"2026-01-01 07:00:00","accountNumber":"0123499999",'
    b'"code":null,"content":"C1234567X mua rau","transferType":"in","transferAmount":45000,"accumulated":19077000,'
    b'"subAccount":null,"referenceCode":"MBVCB.3278907687","description":""}'
)
MADE = "sha256=a702e9ec20f515ebbafcb9b9b8aba11831becbf67330a496548282e409b267c3"
SIGNED = {"x-sepay-signature": MADE, "x-sepay-timestamp": TIMESTAMP}


def check(headers: dict[str, str], *secrets: str, body: bytes = BODY, at: datetime = AT) -> None:
    verify(PostedNotice(body, headers, at), secrets)


def test_signature_made_outside_is_right() -> None:
    check(SIGNED, SECRET)
    check(SIGNED, "newer", SECRET)


@pytest.mark.parametrize("minutes", [-5, -1, 0, 1, 5])
def test_clocks_may_differ_by_five_minutes(minutes: int) -> None:
    check(SIGNED, SECRET, at=AT + timedelta(minutes=minutes))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_notice_that_is_played_again_later_is_refused(seconds: int) -> None:
    with pytest.raises(NoticeStale):
        check(SIGNED, SECRET, at=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        SIGNED | {"x-sepay-signature": MADE.removeprefix("sha256=")},
        SIGNED | {"x-sepay-signature": MADE.upper()},
        SIGNED | {"x-sepay-signature": ""},
        SIGNED | {"x-sepay-signature": "sha256=ñ"},
        SIGNED | {"x-sepay-timestamp": "1767225601"},
        SIGNED | {"x-sepay-timestamp": "١٧٦٧٢٢٥٦٠٠"},
        SIGNED | {"x-sepay-timestamp": "-1"},
        SIGNED | {"x-sepay-timestamp": "9" * 16},
        SIGNED | {"x-sepay-timestamp": "9" * 400},
        {"x-sepay-signature": MADE},
        {"authorization": SECRET},
        {"authorization": f"Bearer {SECRET}"},
        {"authorization": "Apikey "},
        {"authorization": f"Apikey {SECRET}x"},
        SIGNED | {"x-sepay-signature": "sha256=0", "authorization": f"Apikey {SECRET}"},
    ],
)
def test_anything_else_proves_nothing(headers: dict[str, str]) -> None:
    with pytest.raises(NoticeForged):
        check(headers, SECRET)


def test_body_that_was_changed_is_refused() -> None:
    for body in (BODY.replace(b"45000", b"95000"), BODY + b" ", BODY[:-1]):
        with pytest.raises(NoticeForged):
            check(SIGNED, SECRET, body=body)


def test_key_that_is_sent_along_counts_only_where_that_way_was_chosen() -> None:
    check({"authorization": f"Apikey {SECRET}"}, "newer", f"Apikey {SECRET}")
    for secrets in ((), ("",), ("another",), ("Apikey ",), ("Apikey another",), (SECRET,)):
        with pytest.raises(NoticeForged):
            check({"authorization": "Apikey "}, *secrets)
        with pytest.raises(NoticeForged):
            check({"authorization": f"Apikey {SECRET}"}, *secrets)


def test_secret_that_is_sent_along_signs_nothing() -> None:
    """Whoever saw it on the way could sign with it."""
    with pytest.raises(NoticeForged):
        check(SIGNED, f"Apikey {SECRET}")
