"""Casso's signatures: against the vector that Casso publishes, and against ones made outside (Node's crypto)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateways.casso.signature import verify
from gateways.casso.webhook import CassoNotices
from gateways.notices import NoticeForged, NoticeStale
from gateways.ports import Ignored, PostedNotice

PUBLISHED = {
    "error": 0,
    "data": {
        "id": 0,
        "reference": "MA_GIAO_DICH_THU_NGHIEM",
        "description": "giao dich thu nghiem",
        "amount": 599000,
        "runningBalance": 25000000,
        "transactionDateTime": "2024-10-03 15:06:37",
        "accountNumber": "88888888",
        "bankName": "VPBank",
        "bankAbbreviation": "VPB",
        "virtualAccountNumber": "",
        "virtualAccountName": "",
        "counterAccountName": "NGUYEN VAN A",
        "counterAccountNumber": "8888888888",
        "counterAccountBankId": "970415",
        "counterAccountBankName": "VietinBank",
    },
}
PUBLISHED_KEY = "mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs"
"""Of the public sample; it opens nothing."""
PUBLISHED_SIGNATURE = (
    "t=1727948258788,v1=ed0a4bd2e826d5cb69988cdb141e6c1a080e21f3b57eb72cd78192220042b9e7"
    "dde0868fc667faea8e224900fa7904e7c88dfa098032fb2d6b6996856e8b7ff3"
)
PUBLISHED_AT = datetime(2024, 10, 3, 9, 37, 38, tzinfo=UTC)

KEY = "a-casso-key"
AT = datetime(2026, 1, 1, tzinfo=UTC)
ACCENTED: dict[str, Any] = {
    "error": 0,
    "data": {
        "id": 218897,
        "reference": "FT24364030863634",
        "description": "Hỏi lại 1/2 bao mùn",
        "amount": 45000,
        "runningBalance": 16775000,
        "transactionDateTime": "2026-01-01 07:00:00",
        "accountNumber": "123456789",
        "bankName": "MBBank",
        "bankAbbreviation": "MBB",
        "virtualAccountNumber": "",
        "counterAccountName": None,
    },
}
MADE = {
    "as JavaScript writes": "4c55637ae6cce05ae458c6a136e8169ffa79eac4677f2fe7c64b158675e63a7d"
    "a6c5c1bdbcd324778a79082bcdfb76cf17c9dec49f97ede3d3b4301b45d1a415",
    "as Python writes": "8140b661a025ad0ccb76f2311093d7ceb24e5292f3edbb36ec42cc9e35c14dde"
    "3b282dcb512bc317ff5a3c069629966b0d8aae9d40b637bfc7e2a18e7cfb1158",
    "as PHP writes": "aeee5306ef8bb177648dc028f1a5030331214877ec5dc1062f5e3fea6bab4928"
    "3b7251cc0bf9d5b2ba66f3cece6d2d1e8a4f0c6d0771d5481aa37402837af5ab",
}


def check(envelope: dict[str, Any], signature: str, *secrets: str, at: datetime = AT) -> None:
    post = PostedNotice(json.dumps(envelope).encode(), {"x-casso-signature": signature}, at)
    verify(post, envelope, secrets)


def test_published_vector_is_right_and_tells_of_no_payment() -> None:
    check(PUBLISHED, PUBLISHED_SIGNATURE, PUBLISHED_KEY, at=PUBLISHED_AT)
    post = PostedNotice(
        json.dumps(PUBLISHED).encode(), {"x-casso-signature": PUBLISHED_SIGNATURE}, PUBLISHED_AT
    )
    assert CassoNotices().read(post, [PUBLISHED_KEY]).ignored is Ignored.NO_PAYMENT


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_accents_and_slashes_are_signed_as_any_of_the_samples_does(made: str) -> None:
    check(ACCENTED, f"t=1767225600000,v1={made}", "newer", KEY)
    with pytest.raises(NoticeForged):
        check(ACCENTED, f"t=1767225600000,v1={made}", "newer")
    changed = {**ACCENTED, "data": {**ACCENTED["data"], "amount": 45001}}
    with pytest.raises(NoticeForged):
        check(changed, f"t=1767225600000,v1={made}", KEY)


def test_order_of_names_does_not_matter() -> None:
    turned = {name: ACCENTED[name] for name in reversed(ACCENTED)}
    turned["data"] = dict(reversed(ACCENTED["data"].items()))
    check(turned, f"t=1767225600000,v1={MADE['as JavaScript writes']}", KEY)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_notice_that_is_played_again_later_is_refused(seconds: int) -> None:
    signature = f"t=1767225600000,v1={MADE['as JavaScript writes']}"
    check(ACCENTED, signature, KEY, at=AT + timedelta(seconds=300 if seconds > 0 else -300))
    with pytest.raises(NoticeStale):
        check(ACCENTED, signature, KEY, at=AT + timedelta(seconds=seconds))


GENUINE = MADE["as JavaScript writes"]


@pytest.mark.parametrize(
    "signature",
    [
        "",
        GENUINE,
        f"v1={GENUINE}",
        f"t=1767225600000,v1={GENUINE[:-1]}",
        f"t=1767225600000,v1={GENUINE.upper()}",
        f"t=1767225600001,v1={GENUINE}",
        f"t=1767225600000,v1={GENUINE},v2=0",
        f"t={'9' * 40},v1={GENUINE}",
        f"t=1767225600000,v1={'0' * 128}",
    ],
)
def test_anything_else_proves_nothing(signature: str) -> None:
    with pytest.raises(NoticeForged):
        check(ACCENTED, signature, KEY)
