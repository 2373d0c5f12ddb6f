"""A printed QR is compared with what the market's stalls were issued."""

import binascii

import pytest

from core.vietqr import decode, encode
from tests import builders


@pytest.fixture
def check(bac_ha, as_):
    manager = as_(bac_ha.manager)

    def ask(text):
        answer = manager.post("/qr-checks", {"text": text})
        assert answer.status_code == 200, answer.text
        return answer.json

    return ask


@pytest.fixture
def parts(bac_ha):
    """What the stall's own QR says."""
    return decode(builders.payload_of(bac_ha.stall))


def test_issued_qr_is_known_and_the_account_is_masked(bac_ha, check, parts):
    found = check(builders.payload_of(bac_ha.stall))
    assert (found["verdict"], found["altered"]) == ("issued", [])
    assert (found["stall"]["id"], found["stall"]["number"]) == (str(bac_ha.stall.id), bac_ha.stall.number)
    assert parts.account_number not in str(found)


@pytest.mark.parametrize(
    ("amount", "words", "altered"),
    [
        (5_000, "", ["amount"]),
        (None, " RAU", ["words"]),
        (5_000, " RAU", ["amount", "words"]),
    ],
)
def test_same_account_with_an_amount_or_more_words_is_not_the_issued_one(
    check, parts, amount, words, altered
):
    found = check(encode(parts.bin, parts.account_number, amount=amount, note=parts.note + words))
    assert (found["verdict"], found["altered"]) == ("altered", altered)


def test_another_account_under_the_stalls_reference_is_altered(check, parts):
    found = check(encode(parts.bin, "66668888", note=parts.note))
    assert (found["verdict"], found["altered"]) == ("altered", ["account_number"])
    found = check(encode("970415", parts.account_number, note=parts.note))
    assert (found["verdict"], found["altered"]) == ("altered", ["bank"])
    card = check(encode(parts.bin, parts.account_number, note=parts.note, card=True))
    assert card["altered"] == ["account_number"]


def test_missing_reference_and_broken_text_are_altered(bac_ha, check, parts):
    bare = check(encode(parts.bin, parts.account_number))
    assert (bare["verdict"], bare["altered"]) == ("altered", ["note"])
    broken = check(builders.payload_of(bac_ha.stall)[:-4] + "0000")
    assert (broken["verdict"], broken["altered"]) == ("altered", ["format"])
    assert broken["stall"]["number"] == bac_ha.stall.number


def of_a_bank(payload, name="CHO THI LA"):
    """The same as banks print it, with the holder's name and town beside the account."""
    text = payload[:-8] + f"59{len(name):02}{name}" + "6006HA NOI" + "6304"
    return text + f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def test_what_a_bank_printed_for_somebody_else_is_told_with_its_account(check):
    found = check(of_a_bank(encode("970422", "66668888")))
    assert (found["verdict"], found["stall"]) == ("foreign", None)
    assert found["bank"]
    assert found["account_number"].endswith("888")


def test_what_a_bank_printed_is_never_the_issued_one(check, parts):
    ours = check(of_a_bank(encode(parts.bin, parts.account_number)))
    assert (ours["verdict"], ours["altered"]) == ("altered", ["format"])
    named = check(of_a_bank(encode("970422", "66668888", note=parts.note)))
    assert (named["verdict"], named["altered"]) == ("altered", ["bank", "account_number", "format"])


@pytest.mark.parametrize("text", ["https://vi.du/qr", "0002", of_a_bank(encode("970422", "1"))[:-30]])
def test_what_names_no_account_is_no_vietqr(check, text):
    assert check(text)["verdict"] == "unreadable"


def test_another_account_of_the_same_seller_is_old(session, bac_ha, check, parts):
    second = builders.make_stall(session, bac_ha.market, bac_ha.seller)
    account = decode(builders.payload_of(second)).account_number
    assert check(encode(parts.bin, account, note=parts.note))["verdict"] == "old"
    asking = check(encode(parts.bin, account, amount=5_000, note=parts.note))
    assert (asking["verdict"], asking["altered"]) == ("altered", ["account_number", "amount"])


def test_qr_of_one_payment_is_told_from_a_sticker(session, bac_ha, check):
    stall = builders.make_stall(session, bac_ha.market)
    request = builders.make_payment_request(session, stall)
    assert request.qr_payload
    found = check(request.qr_payload)
    assert (found["verdict"], found["stall"]["id"]) == ("request", str(stall.id))


def test_strangers_and_other_texts_are_no_stalls_of_ours(sa_pa, check):
    found = check(builders.payload_of(sa_pa.stall))
    assert (found["verdict"], found["stall"]) == ("foreign", None)
    assert check("https://example.com/")["verdict"] == "unreadable"


def test_only_managers_compare(bac_ha, as_, nobody):
    text = {"text": builders.payload_of(bac_ha.stall)}
    assert as_(bac_ha.clerk).post("/qr-checks", text).status_code == 403
    assert as_(bac_ha.stallholder).post("/qr-checks", text).status_code == 403
    assert nobody.post("/qr-checks", text).status_code == 401
    for wrong in ({}, {"text": ""}, {"text": "x" * 513}):
        assert as_(bac_ha.manager).post("/qr-checks", wrong).status_code == 422
