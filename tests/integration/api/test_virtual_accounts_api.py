"""Stalls' virtual accounts: noted once, told masked, ended; and what that makes of printed QRs."""

import pytest
from sqlalchemy.orm import Session

from core.vietqr import decode, encode
from models import Stall
from tests import builders
from tests.integration.api.conftest import Caller, Place, Sign, assert_refused
from tests.integration.services.told import make_virtual_account

NUMBER = "VA00112233"


@pytest.fixture
def manager(as_: Sign, bac_ha: Place) -> Caller:
    return as_(bac_ha.manager)


def path_of(stall: Stall) -> str:
    return f"/channels/{stall.channel_id}/virtual-accounts/{stall.id}"


def test_number_is_noted_once_told_masked_and_ended(manager: Caller, bac_ha: Place, session: Session) -> None:
    stall = bac_ha.stall
    path, listed = path_of(stall), f"/channels/{stall.channel_id}/virtual-accounts"
    assert_refused(
        lambda body: manager.send("put", path, body),
        {"number": NUMBER},
        [("number", ""), ("number", "VA-1"), ("number", "V" * 20), ("number", 5)],
    )
    assert manager.send("put", path, {"number": stall.payout_account.account_number}).status_code == 422
    for typed in (NUMBER.lower(), NUMBER):
        answer = manager.send("put", path, {"number": typed})
        assert (answer.status_code, answer.json["number"]) == (200, "•••••••233")
        assert (answer.json["stall_id"], answer.json["ended_at"]) == (str(stall.id), None)
    assert NUMBER not in manager.get(listed).text
    assert [one["stall_id"] for one in manager.get(listed).json] == [str(stall.id)]
    for _ in range(2):
        assert manager.send("delete", path).status_code == 204
    assert [bool(one["ended_at"]) for one in manager.get(listed).json] == [True]
    payos = f"/channels/{bac_ha.channel.id}/virtual-accounts/{stall.id}"
    assert manager.send("put", payos, {"number": NUMBER}).status_code == 409
    elsewhere = builders.make_stall(session, bac_ha.market)
    stranger = f"/channels/{stall.channel_id}/virtual-accounts/{elsewhere.id}"
    assert manager.send("put", stranger, {"number": "VA2"}).status_code == 404


def check(manager: Caller, text: str) -> tuple[str, list[str]]:
    found = manager.post("/qr-checks", {"text": text}).json
    return found["verdict"], found["altered"]


def test_static_qr_pays_into_the_number_and_what_was_printed_before_is_old(
    manager: Caller, bac_ha: Place
) -> None:
    stall = f"/stalls/{bac_ha.stall.id}"
    before = manager.get(stall).json["qr"]["payload"]
    manager.send("put", path_of(bac_ha.stall), {"number": NUMBER})
    payload = manager.get(stall).json["qr"]["payload"]
    qr, former = decode(payload), decode(before)
    assert (qr.bin, qr.account_number, qr.note) == (former.bin, NUMBER, bac_ha.stall.reference)
    assert payload in {one["qr"]["payload"] for one in manager.get("/stalls").json["items"]}
    assert check(manager, payload) == ("issued", [])
    assert check(manager, before) == ("old", ["account_number"])
    assert check(manager, encode(qr.bin, NUMBER)) == ("altered", ["note"])
    assert check(manager, encode("970415", NUMBER, note=qr.note)) == ("altered", ["bank"])
    manager.send("delete", path_of(bac_ha.stall))
    assert manager.get(stall).json["qr"]["payload"] == before
    assert check(manager, payload) == ("old", ["account_number"])
    assert check(manager, before) == ("issued", [])


def test_neighbours_number_under_the_stalls_reference_is_altered(
    manager: Caller, bac_ha: Place, session: Session
) -> None:
    neighbour = builders.make_stall(session, bac_ha.market, bac_ha.seller)
    make_virtual_account(session, neighbour, "VA9")
    qr = decode(builders.payload_of(bac_ha.stall))
    assert check(manager, encode(qr.bin, "VA9", note=qr.note)) == ("altered", ["account_number"])


def test_request_of_a_direct_stall_still_asks_for_the_main_account(bac_ha: Place, session: Session) -> None:
    """Money that lost its code must be found at the desk, not pass for money of the static QR."""
    account = bac_ha.stall.payout_account.account_number
    make_virtual_account(session, bac_ha.stall, NUMBER)
    request = builders.make_payment_request(session, bac_ha.stall)
    assert decode(request.qr_payload or "").account_number == account
