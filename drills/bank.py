"""Banks beside the provider: the accounts of stalls that are paid directly, and statements of all accounts.

The drill itself keeps the books of the direct accounts, since no sandbox stands for a bank.
"""

import csv
import io
import random
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

HEADER = ("Ngay GD", "Ma GD", "So tien", "Dien giai")
VIETNAM = timezone(timedelta(hours=7))
BENT = (
    "IBFT {code}",
    "MBVCB.7712345678.{code}.CT tu 0071001234567 toi 1023456789",
    "NGUYEN THI HOA chuyen tien {code}- Ma GD ACSP/ ab123456",
    "MOMO-0912345678-{code}-MOMO12345678901",
    "ck{code}thanh toan tien rau",
    "{lower}",
    "{spaced} tt tien thit",
)
NONSENSE = (
    "chuyen tien mua rau",
    "NGUYEN VAN A chuyen khoan",
    "tra tien hom qua",
    "FT24123456789012 REF 0000000",
)


@dataclass(frozen=True)
class Credit:
    """Money on an account, as its bank's statement has it. Amount in đồng. `what_for` is known to the payer only: a
    request's id, a stall's, or nothing."""

    reference: str
    amount: int
    note: str
    at: datetime
    what_for: str = ""


class Bank:
    """Direct accounts, by the stall that they belong to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._credits: dict[str, list[Credit]] = {}
        self._taken = 0

    def pay(self, stall: str, amount: int, note: str, what_for: str = "") -> None:
        with self._lock:
            self._taken += 1
            moment = datetime.now(UTC).replace(microsecond=0)
            credit = Credit(f"FTB{self._taken:09}", amount, note, moment, what_for)
            self._credits.setdefault(stall, []).append(credit)

    def books(self) -> dict[str, list[Credit]]:
        with self._lock:
            return {stall: list(lines) for stall, lines in self._credits.items()}


def bend(code: str, chance: random.Random) -> str:
    """A code as a payer's bank passes it on; each of these must be understood."""
    spaced = " ".join(code[at : at + 3] for at in range(0, len(code), 3))
    return chance.choice(BENT).format(code=code, lower=code.lower(), spaced=spaced)


def nonsense(chance: random.Random) -> str:
    return chance.choice(NONSENSE)


def statement_file(lines: Iterable[Credit]) -> bytes:
    """A CSV as one of the banks gives it out."""
    words = io.StringIO()
    rows: Sequence[Sequence[str]] = [
        (f"{c.at.astimezone(VIETNAM):%d-%m-%Y %H:%M:%S}", c.reference, f"{c.amount:+d}", c.note)
        for c in lines
    ]
    csv.writer(words, delimiter=";").writerows([HEADER, *rows])
    return ("\ufeff" + words.getvalue()).encode()
