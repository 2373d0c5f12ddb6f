"""A collector of the tests' own. Its folder is put beside those of `gateways/`, so that the whole suite runs with more
than one, and nothing else in the house was told of it."""

import hashlib
import hmac
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import gateways
from tests.bank_notices import SECRET, Signed, local, told, written

_orders = count(1)


def put_on_the_path() -> None:
    gateways.__path__.append(str(Path(__file__).parent))


def paddy_data(**changes: Any) -> dict[str, Any]:
    """A notice of money that nobody told of yet."""
    order = next(_orders)
    data = {
        "order": order,
        "ref": f"PD{order}",
        "sum": 50_000,
        "into": "PADDY01",
        "note": "C1234567X mua rau",
    }
    payer = {"bank": "970415", "number": "10000000002", "name": "SUNG A PAYER"}
    return told({**data, "transactionDate": local(), "from": payer}, changes)


def paddy(data: Mapping[str, Any] | bytes, secret: str = SECRET) -> Signed:
    body = written(data)
    return Signed(body, {"Paddy-Proof": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()})
