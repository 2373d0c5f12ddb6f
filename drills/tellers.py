"""Who tells of what moves on direct accounts, as SePay and Casso do: again until it is answered with success, now and
then many times at once, late, out of order or never. One account is told of by statements alone."""

import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import requests

from drills.api import Api, Unanswered
from drills.bank import VIETNAM, Movement
from drills.customers import StallAt
from drills.sandbox import Notices

SECRET = "drill-secret-of-the-bank"
AT_ONCE = 12
SECONDS = 15.0
PAUSE_SECONDS = 0.3
PATIENCE_SECONDS = 150.0
FATES: dict[str, int] = {"once": 30, "again": 45, "late": 15, "never": 10}

Signed = tuple[bytes, dict[str, str]]


class Tellers:
    """Each direct stall's channel is told of by the next provider."""

    def __init__(self, url: str, api: Api, stalls: Sequence[StallAt], seed: int) -> None:
        self._url = url
        self._chance = random.Random(f"tellers {seed}")
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._lock = threading.Lock()
        self._sent: list[Future[int]] = []
        self._number = 0
        self._again = self._silent = 0
        self._told: dict[str, tuple[str, StallAt]] = {}
        for place, stall in enumerate(stalls):
            provider = [*WRITERS, None][place % (len(WRITERS) + 1)]
            if provider:
                self._told[stall.id] = provider, stall
                api.put(f"/channels/{stall.channel}/notices", {"provider": provider, "secret": SECRET})

    def tell(self, stall: str, movement: Movement) -> None:
        if stall not in self._told:
            return
        provider, place = self._told[stall]
        with self._lock:
            self._number += 1
            (fate,) = self._chance.choices(list(FATES), list(FATES.values()))
            times = {"never": 0, "again": self._chance.randrange(2, 10)}.get(fate, 1)
            wait = self._chance.randrange(1, 15) if fate == "late" else 0
            self._again += max(times - 1, 0)
            self._silent += not times
            told = (provider, place, self._number, movement, wait)
            self._sent += [self._pool.submit(self._send, *told) for _ in range(times)]

    def finish(self) -> Notices:
        """Until all are answered; `unanswered` counts each try. Raises Unanswered."""
        self._pool.shutdown()
        tries = [sent.result() for sent in self._sent]
        return Notices(len(tries), self._again, sum(tries) - len(tries), self._silent)

    def _send(self, provider: str, stall: StallAt, number: int, movement: Movement, wait: int) -> int:
        """How often it was tried."""
        time.sleep(wait)
        deadline, tries = time.monotonic() + PATIENCE_SECONDS, 0
        while time.monotonic() < deadline:
            tries += 1
            body, headers = WRITERS[provider](number, stall.account_number, movement)
            try:
                answer = requests.post(
                    f"{self._url}/webhooks/{provider}/{stall.channel}", body, headers=headers, timeout=SECONDS
                )
            except requests.RequestException:
                time.sleep(PAUSE_SECONDS)
                continue
            if answer.ok:
                return tries
            if answer.status_code < 500:
                raise Unanswered(f"a notice of {provider}: {answer.status_code} {answer.text}")
            time.sleep(PAUSE_SECONDS)
        raise Unanswered(f"a notice of {provider}: not within {PATIENCE_SECONDS:.0f} s")


def _sepay(number: int, account: str, movement: Movement) -> Signed:
    data: dict[str, Any] = {
        "id": number,
        "gateway": "Vietcombank",
        "transactionDate": _local(movement),
        "accountNumber": account,
        "content": movement.note,
        "transferType": "in" if movement.amount > 0 else "out",
        "transferAmount": abs(movement.amount),
        "referenceCode": movement.noticed_as or movement.reference,
    }
    body, stamp = json.dumps(data).encode(), str(int(time.time()))
    made = hmac.digest(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hex()
    return body, {"X-SePay-Signature": f"sha256={made}", "X-SePay-Timestamp": stamp}


def _casso(number: int, account: str, movement: Movement) -> Signed:
    data = {
        "id": number,
        "reference": movement.noticed_as or movement.reference,
        "description": movement.note,
        "amount": movement.amount,
        "transactionDateTime": _local(movement),
        "accountNumber": account,
    }
    words = json.dumps({"error": 0, "data": data}, sort_keys=True, separators=(",", ":")).encode()
    stamp = str(int(time.time() * 1000))
    made = hmac.digest(SECRET.encode(), stamp.encode() + b"." + words, hashlib.sha512).hex()
    return words, {"X-Casso-Signature": f"t={stamp},v1={made}"}


def _local(movement: Movement) -> str:
    return f"{movement.at.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}"


WRITERS: dict[str, Callable[[int, str, Movement], Signed]] = {"sepay": _sepay, "casso": _casso}
"""By provider: a notice with its proof, as of now."""
