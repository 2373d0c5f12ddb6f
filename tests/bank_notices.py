"""Notices of movements as SePay and Casso send them, signed by a hand of their own; invented accounts and people."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from core.clock import VIETNAM, now

SECRET = "an-invented-secret"
ACCOUNT = "190012345678"
OTHER_SIDE = {
    "counterAccountName": "LO THI PAYER",
    "counterAccountNumber": "10000000001",
    "counterAccountBankId": "970415",
    "counterAccountBankName": "Ngân hàng thử nghiệm",
}

_numbers = count(92_001)


@dataclass(frozen=True)
class Signed:
    """What is posted."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def local(moment: datetime | None = None) -> str:
    return (moment or now()).astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M:%S")


def told(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """With `...` for a field that is not there."""
    return {name: value for name, value in {**data, **changes}.items() if value is not ...}


def sepay_data(**changes: Any) -> dict[str, Any]:
    """A movement that nobody told of yet."""
    number = next(_numbers)
    return told(
        {
            "id": number,
            "gateway": "Vietcombank",
            "transactionDate": local(),
            "accountNumber": ACCOUNT,
            "code": None,
            "content": "C1234567X mua rau",
            "transferType": "in",
            "transferAmount": 50_000,
            "accumulated": 19_077_000,
            "subAccount": None,
            "referenceCode": f"FT26{number:010}",
            "description": f"BankAPINotify {ACCOUNT} SD 19077000",
        },
        changes,
    )


def sepay_key(data: Mapping[str, Any] | bytes, secret: str = SECRET) -> Signed:
    """By API key."""
    return Signed(written(data), {"Authorization": f"Apikey {secret}"})


def sepay(data: Mapping[str, Any] | bytes, secret: str = SECRET, at: datetime | None = None) -> Signed:
    """By signature."""
    body, timestamp = written(data), str(int((at or now()).timestamp()))
    made = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Signed(body, {"X-SePay-Signature": f"sha256={made}", "X-SePay-Timestamp": timestamp})


def casso_data(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    return told(
        {
            "id": number,
            "reference": f"FT26{number:010}",
            "description": "C1234567X mua rau",
            "amount": 50_000,
            "runningBalance": 25_000_000,
            "transactionDateTime": local(),
            "accountNumber": ACCOUNT,
            "bankName": "VPBank",
            "bankAbbreviation": "VPB",
            "virtualAccountNumber": "",
            "virtualAccountName": "",
            **OTHER_SIDE,
        },
        changes,
    )


def casso(
    data: Mapping[str, Any] | bytes, secret: str = SECRET, at: datetime | None = None, **envelope: Any
) -> Signed:
    """Bytes are a whole body, signed as they are."""
    whole = data if isinstance(data, bytes) else {"error": 0, "data": dict(data), **envelope}
    timestamp = str(int((at or now()).timestamp() * 1000))
    words = whole if isinstance(whole, bytes) else sorted_json(whole)
    made = hmac.new(secret.encode(), timestamp.encode() + b"." + words, hashlib.sha512).hexdigest()
    return Signed(written(whole), {"X-Casso-Signature": f"t={timestamp},v1={made}"})


def sorted_json(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def written(data: Mapping[str, Any] | bytes) -> bytes:
    return data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
