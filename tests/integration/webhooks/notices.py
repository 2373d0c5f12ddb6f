"""Notices as payOS sends them, signed by the sandbox's own hand."""

import json
from itertools import count
from typing import Any

from sandbox.payos.signing import sign_body

KEY = "a-checksum-key"
PAYER = {
    "counterAccountBankId": "970415",
    "counterAccountBankName": "Ngân hàng thử nghiệm",
    "counterAccountName": "LO THI PAYER",
    "counterAccountNumber": "10000000001",
}

_numbers = count(1)


def make_data(**facts: Any) -> dict[str, Any]:
    """The data of a notice about a transfer that nobody told of yet."""
    number = next(_numbers)
    return {
        "orderCode": 9_000_000 + number,
        "amount": 45_000,
        "description": "C1234567X",
        "accountNumber": "12345678",
        "reference": f"FT26{number:08}",
        "transactionDateTime": "2026-11-22 08:30:00",
        "currency": "VND",
        "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
        "code": "00",
        "desc": "Thành công",
        **PAYER,
        "virtualAccountName": "CHO THU",
        "virtualAccountNumber": "V3CAS0001",
    } | facts


def sign(data: dict[str, Any], key: str = KEY, **envelope: Any) -> bytes:
    """The body of a notice with this data."""
    whole = {
        "code": "00",
        "desc": "success",
        "success": True,
        "data": data,
        "signature": sign_body(data, key),
    }
    return json.dumps(whole | envelope, ensure_ascii=False).encode()
