"""VietQR, the transfer QR of NAPAS: EMVCo merchant-presented tags, written and read strictly.

`decode` takes exactly what `encode` can write, so nothing that a bank's app might read differently
ever passes through: `encode` of what was decoded is the same payload again.
"""

import binascii
import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from core.errors import Text, text
from core.money import amount_problem
from core.text import fold

NAPAS = "A000000727"
TO_ACCOUNT, TO_CARD = "QRIBFTTA", "QRIBFTTC"
STATIC, DYNAMIC = "11", "12"
DONG, VIETNAM = "704", "VN"
MAX_NOTE = 25

_BIN = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_AMOUNT = re.compile(r"[1-9][0-9]{0,12}")
_NOTE = re.compile(rf"[A-Z0-9 ]{{0,{MAX_NOTE}}}")
_HEADER = re.compile(r"([0-9]{2})([0-9]{2})")

_Tags = dict[str, str]


class VietQrError(ValueError):
    """A VietQR cannot carry this: `field` names the part, `detail` says why."""

    def __init__(self, field: str, detail: Text) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class Payee(NamedTuple):
    """Whose account money goes to."""

    bin: str
    account_number: str


@dataclass(frozen=True)
class VietQr:
    """What a transfer QR says; `amount` in đồng, None where the payer types it."""

    bin: str
    account_number: str
    amount: int | None = None
    note: str = ""
    card: bool = False
    """`account_number` is a card's number."""

    def __post_init__(self) -> None:
        _demand(_BIN, self.bin, "bin", text("Mã ngân hàng (BIN) gồm 6 chữ số"))
        _demand(
            _ACCOUNT,
            self.account_number,
            "account_number",
            text("Số tài khoản gồm 1 đến 19 chữ cái không dấu hoặc chữ số"),
        )
        if self.amount is not None:
            whole = text("Số tiền phải là số đồng nguyên")
            _demand(_AMOUNT, str(self.amount), "amount", amount_problem(self.amount) or whole)
        _demand(
            _NOTE,
            self.note,
            "note",
            text("Nội dung chuyển khoản chỉ gồm chữ in hoa không dấu, chữ số và dấu cách, tối đa 25 ký tự"),
        )

    @property
    def dynamic(self) -> bool:
        """It is for one payment: it names the amount."""
        return self.amount is not None

    @property
    def payee(self) -> Payee:
        return Payee(self.bin, self.account_number)


def encode(
    bin: str,
    account_number: str,
    *,
    amount: int | None = None,
    note: str = "",
    card: bool = False,
) -> str:
    """The QR's text. Raises VietQrError for what it cannot carry."""
    return _write(VietQr(bin, account_number, amount, note, card))


def decode(payload: str) -> VietQr:
    """What `payload` says. Raises VietQrError unless it is exactly as `encode` writes it."""
    if not payload.isascii() or _crc(payload[:-4]) != payload[-4:]:
        raise VietQrError("crc", text("Mã QR sai mã kiểm tra (CRC)"))
    tags = _tags(payload, "payload")
    qr = _read(tags)
    expected = {"00": "01", "01": DYNAMIC if qr.dynamic else STATIC, "53": DONG, "58": VIETNAM}
    for tag, value in expected.items():
        if tags.get(tag) != value:
            raise _malformed(tag)
    if _write(qr) != payload:
        raise _malformed("payload")
    return qr


def payee_of(payload: str) -> Payee | None:
    """Whom a bank's app would pay by a QR that need not be as `encode` writes it: banks print names and more beside
    the account. None where it names no account."""
    try:
        merchant = _tags(_tags(payload, "payload").get("38", ""), "38")
        account = _tags(merchant.get("01", ""), "38.01")
        qr = VietQr(account.get("00", ""), account.get("01", ""))
    except VietQrError:
        return None
    return qr.payee if merchant.get("00") == NAPAS else None


def with_amount(payload: str, amount: int) -> str:
    """The same transfer for another sum; what says more than `encode` writes is left as it is."""
    try:
        return _write(replace(decode(payload), amount=amount))
    except VietQrError:
        return payload


def note_for(reference: str, words: str) -> str:
    """A note that a QR can carry: the reference code first, then as many plain letters of `words` as fit."""
    plain = re.sub(r"[^A-Z0-9]+", " ", fold(f"{reference} {words}").upper())
    return plain.strip()[:MAX_NOTE].rstrip()


def _demand(pattern: re.Pattern[str], value: str, field: str, detail: Text) -> None:
    if not pattern.fullmatch(value):
        raise VietQrError(field, detail)


def _malformed(field: str) -> VietQrError:
    return VietQrError(field, text("Mã QR không đúng chuẩn VietQR"))


def _write(qr: VietQr) -> str:
    account = _field("00", qr.bin) + _field("01", qr.account_number)
    service = TO_CARD if qr.card else TO_ACCOUNT
    body = (
        _field("00", "01")
        + _field("01", DYNAMIC if qr.dynamic else STATIC)
        + _field("38", _field("00", NAPAS) + _field("01", account) + _field("02", service))
        + _field("53", DONG)
        + (_field("54", str(qr.amount)) if qr.amount else "")
        + _field("58", VIETNAM)
        + (_field("62", _field("08", qr.note)) if qr.note else "")
        + "6304"
    )
    return body + _crc(body)


def _read(tags: _Tags) -> VietQr:
    merchant = _tags(tags.get("38", ""), "38")
    account = _tags(merchant.get("01", ""), "38.01")
    extra = _tags(tags.get("62", ""), "62")
    if "54" in tags:
        _demand(_AMOUNT, tags["54"], "amount", text("Số tiền gồm 1 đến 13 chữ số"))
    return VietQr(
        bin=account.get("00", ""),
        account_number=account.get("01", ""),
        amount=int(tags["54"]) if "54" in tags else None,
        note=extra.get("08", ""),
        card=merchant.get("02") == TO_CARD,
    )


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02}{value}"


def _tags(payload: str, field: str) -> _Tags:
    """The tags of one level of `payload`: each once, none empty, none running over its end."""
    tags: _Tags = {}
    position = 0
    while position < len(payload):
        header = _HEADER.match(payload, position)
        start = position + 4
        position = start + int(header[2]) if header else 0
        if not header or start == position or position > len(payload) or header[1] in tags:
            raise _malformed(field)
        tags[header[1]] = payload[start:position]
    return tags


def _crc(payload: str) -> str:
    """CRC-16/CCITT-FALSE as four upper-case hexadecimal digits."""
    return f"{binascii.crc_hqx(payload.encode('ascii'), 0xFFFF):04X}"
