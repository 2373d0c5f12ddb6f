"""VietQR both ways, against a decoder that somebody else wrote (`napas-qr-python`)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from qr_pay import QRPay

from core.errors import Text
from core.money import MAX_DONG
from core.vietqr import VietQr, VietQrError, _crc, decode, encode, note_for

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NOTE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "

transfers = st.builds(
    VietQr,
    bin=st.text("0123456789", min_size=6, max_size=6),
    account_number=st.text(ALPHANUMERIC, min_size=1, max_size=19),
    amount=st.none() | st.integers(1, MAX_DONG),
    note=st.text(NOTE, max_size=25),
    card=st.booleans(),
)


def written(qr: VietQr) -> str:
    return encode(qr.bin, qr.account_number, amount=qr.amount, note=qr.note, card=qr.card)


def crc(payload: str) -> str:
    """CRC-16/CCITT-FALSE bit by bit, as the standard words it."""
    register = 0xFFFF
    for byte in payload.encode():
        register ^= byte << 8
        for _ in range(8):
            register = ((register << 1) ^ (0x1021 if register & 0x8000 else 0)) & 0xFFFF
    return format(register, "04X")


def with_crc(body: str) -> str:
    return f"{body}6304{crc(body + '6304')}"


ACCOUNT = "38540010A00000072701240006970436011000710012340208QRIBFTTA"
STATIC = f"000201010211{ACCOUNT}53037045802VN"
DYNAMIC = f"000201010212{ACCOUNT}530370454061250005802VN62130809C1234567X"


def test_checksum_is_the_published_one() -> None:
    """The check value of CRC-16/CCITT-FALSE in the usual catalogues: 29B1 for `123456789`."""
    assert _crc("123456789") == crc("123456789") == "29B1"


def test_static_and_dynamic_are_written_as_the_standard_says() -> None:
    assert encode("970436", "0071001234") == with_crc(STATIC)
    assert encode("970436", "0071001234", amount=125_000, note="C1234567X") == with_crc(DYNAMIC)


@given(transfers)
def test_what_is_written_reads_back_the_same(qr: VietQr) -> None:
    assert decode(written(qr)) == qr


@given(transfers)
@example(VietQr("970436", "0071001234", MAX_DONG, "C1234567X " + "A" * 15, card=True))
def test_another_decoder_reads_the_same(qr: VietQr) -> None:
    theirs = QRPay.decode(written(qr))
    assert (theirs.bin_id, theirs.consumer_id) == (qr.bin, qr.account_number)
    assert theirs.transaction_amount == (str(qr.amount) if qr.amount else None)
    assert (theirs.purpose_of_transaction or "") == qr.note
    assert theirs.point_of_initiation_method == ("12" if qr.amount else "11")
    assert theirs.service_code == ("QRIBFTTC" if qr.card else "QRIBFTTA")
    assert (theirs.transaction_currency, theirs.country_code) == ("704", "VN")


@given(transfers, st.data())
def test_no_changed_character_passes(qr: VietQr, data: st.DataObject) -> None:
    payload = written(qr)
    place = data.draw(st.integers(0, len(payload) - 1))
    other = data.draw(st.characters(max_codepoint=0x1EF9).filter(lambda c: c != payload[place]))
    with pytest.raises(VietQrError):
        decode(payload[:place] + other + payload[place + 1 :])


@given(st.text(max_size=120) | st.text("0123456789", max_size=120).map(with_crc))
def test_noise_is_refused_without_any_other_error(noise: str) -> None:
    with pytest.raises(VietQrError):
        decode(noise)


@given(transfers, st.data())
def test_whatever_is_read_is_what_would_be_written(qr: VietQr, data: st.DataObject) -> None:
    """Tags left out, doubled or in another order, under a right checksum: read fully or not at all."""
    body = written(qr)[:-8]
    tags = []
    while body:
        end = 4 + int(body[2:4])
        tags.append(body[:end])
        body = body[end:]
    payload = with_crc("".join(data.draw(st.lists(st.sampled_from(tags), max_size=9))))
    try:
        read = decode(payload)
    except VietQrError:
        return
    assert written(read) == payload


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("bin", {"bin": "97043"}),
        ("bin", {"bin": "9704361"}),
        ("bin", {"bin": "97043A"}),
        ("bin", {"bin": "97043٦"}),
        ("account_number", {"account_number": ""}),
        ("account_number", {"account_number": "1" * 20}),
        ("account_number", {"account_number": "0071 001"}),
        ("account_number", {"account_number": "0071001\n"}),
        ("account_number", {"account_number": "Đ123"}),
        ("amount", {"amount": 0}),
        ("amount", {"amount": -5}),
        ("amount", {"amount": MAX_DONG + 1}),
        ("amount", {"amount": 1500.0}),
        ("amount", {"amount": True}),
        ("note", {"note": "A" * 26}),
        ("note", {"note": "c1234567x"}),
        ("note", {"note": "TIỀN RAU"}),
        ("note", {"note": "TIEN-RAU"}),
    ],
)
def test_what_it_cannot_carry_is_refused_by_field(field: str, arguments: dict[str, object]) -> None:
    with pytest.raises(VietQrError) as refused:
        encode(**{"bin": "970436", "account_number": "0071001234", **arguments})  # type: ignore[arg-type]
    assert refused.value.field == field
    assert isinstance(refused.value.detail, Text)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("payload", STATIC.replace("5303704", "53037045303704")),  # a tag twice
        ("payload", STATIC.replace("3854", "3855")),  # a length that eats the next tag
        ("bin", STATIC.replace(ACCOUNT, "")),
        ("38", STATIC.replace("0208QRIBFTTA", "0209QRIBFTTA")),
        ("53", STATIC.replace("5303704", "5303840")),  # dollars
        ("58", STATIC.replace("5802VN", "5802US")),
        ("00", STATIC.replace("000201", "000202", 1)),
        ("01", STATIC.replace("010211", "010212", 1)),  # dynamic without an amount
        ("01", DYNAMIC.replace("010212", "010211", 1)),  # static with one
        ("amount", DYNAMIC.replace("5406125000", "54070125000")),  # leading zero
        ("amount", DYNAMIC.replace("5406125000", "54091250.0000")),
        ("amount", DYNAMIC.replace("5406125000", "54010")),
        ("payload", DYNAMIC.replace("5406125000", "5400")),  # empty
        ("note", DYNAMIC.replace("C1234567X", "c1234567x")),
        ("62", DYNAMIC.replace("62130809C1234567X", "62040800")),
        ("payload", DYNAMIC.replace("62130809C1234567X", "62130709C1234567X")),  # another sub-tag
        ("payload", STATIC + "5910NGUYEN VAN"),  # a tag that we do not carry
        ("payload", STATIC.replace("53037045802VN", "5802VN5303704")),  # another order
        ("payload", STATIC.replace("QRIBFTTA", "QRPUSHXX")),
        ("payload", STATIC.replace("A000000727", "A000000728")),
        ("payload", STATIC + "63"),
    ],
)
def test_malformed_payload_is_refused_by_part(field: str, body: str) -> None:
    with pytest.raises(VietQrError) as refused:
        decode(with_crc(body))
    assert refused.value.field == field


@pytest.mark.parametrize("payload", ["", "6304", with_crc(STATIC)[:-4], with_crc(STATIC) + " "])
def test_missing_or_displaced_checksum_is_refused(payload: str) -> None:
    with pytest.raises(VietQrError) as refused:
        decode(payload)
    assert refused.value.field == "crc"


def test_checksum_in_lower_case_is_refused() -> None:
    payload = next(p for p in (encode("970436", str(n)) for n in range(100)) if p[-4:] != p[-4:].lower())
    with pytest.raises(VietQrError):
        decode(payload[:-4] + payload[-4:].lower())


def test_note_begins_with_the_reference_and_is_plain() -> None:
    assert note_for("S1234567X", "Bà Đặng Thị Hoà – rau (quầy 12)") == "S1234567X BA DANG THI HOA"
    assert note_for("S1234567X", "  ") == "S1234567X"


@given(st.text())
def test_any_words_make_a_note_that_can_be_carried(words: str) -> None:
    note = note_for("S1234567X", words)
    assert note.startswith("S1234567X")
    assert decode(encode("970436", "1", note=note)).note == note
