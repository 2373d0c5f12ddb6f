"""Banks beside the provider: the accounts of stalls that are paid directly, statements of all accounts, and what a
bank takes back.

The drill itself keeps the books of the direct accounts, since no sandbox stands for a bank.
"""

import csv
import io
import random
import threading
from collections.abc import Callable, Iterable, Sequence
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
HALF = 0.5
NONSENSE = (
    "chuyen tien mua rau",
    "NGUYEN VAN A chuyen khoan",
    "tra tien hom qua",
    "FT24123456789012 REF 0000000",
)


@dataclass(frozen=True)
class Movement:
    """Money on an account, or off it, as its bank's statement has it. Amount in đồng. `what_for` is known to the payer
    only: a request's id, a stall's, or nothing. `noticed_as` is the reference by which a notice names it, `takes_back`
    that of the transfer that went off again."""

    reference: str
    amount: int
    note: str
    at: datetime
    what_for: str = ""
    noticed_as: str = ""
    takes_back: str = ""


class Bank:
    """Direct accounts, by the stall that they belong to; of the provider's accounts, by its client, what went off
    again. `tell` hears of what moves on a direct one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._direct: dict[str, list[Movement]] = {}
        self._of_clients: dict[str, list[Movement]] = {}
        self._moved = 0
        self.tell: Callable[[str, Movement], None] = lambda stall, movement: None

    def pay(
        self, stall: str, amount: int, note: str, what_for: str = "", *, renamed: bool = False
    ) -> Movement:
        """`renamed`: who sends the notice has a reference of its own for it."""
        with self._lock:
            self._moved += 1
            noticed_as = f"{self._moved:07}-{970_000 + self._moved}" if renamed else ""
            made = self._movement(amount, note, what_for=what_for, noticed_as=noticed_as)
            self._direct.setdefault(stall, []).append(made)
        self.tell(stall, made)
        return made

    def take_back(self, stall: str, credit: Movement, note: str) -> None:
        """The whole of a credit goes off a direct account again."""
        with self._lock:
            self._moved += 1
            made = self._movement(-credit.amount, note, takes_back=credit.reference)
            self._direct[stall].append(made)
        self.tell(stall, made)

    def take_back_from(self, client: str, reference: str, amount: int, note: str) -> None:
        """The same on the provider's account of that client; of this only statements tell."""
        with self._lock:
            self._moved += 1
            made = self._movement(-amount, note, takes_back=reference)
            self._of_clients.setdefault(client, []).append(made)

    def books(self) -> dict[str, list[Movement]]:
        with self._lock:
            return {stall: list(lines) for stall, lines in self._direct.items()}

    def taken_from(self) -> dict[str, list[Movement]]:
        """What went off the provider's accounts, by client."""
        with self._lock:
            return {client: list(lines) for client, lines in self._of_clients.items()}

    def _movement(self, amount: int, note: str, **more: str) -> Movement:
        moment = datetime.now(UTC).replace(microsecond=0)
        return Movement(f"FTB{self._moved:09}", amount, note, moment, **more)


def bend(code: str, chance: random.Random) -> str:
    """A code as a payer's bank passes it on; each of these must be understood."""
    spaced = " ".join(code[at : at + 3] for at in range(0, len(code), 3))
    return chance.choice(BENT).format(code=code, lower=code.lower(), spaced=spaced)


def nonsense(chance: random.Random) -> str:
    return chance.choice(NONSENSE)


def taken_back(reference: str, code: str, chance: random.Random) -> str:
    """The note of money that goes off again: it names the transfer, or what that had been for."""
    names_transfer = not code or (reference and chance.random() < HALF)
    return f"HOAN TRA GD {reference}" if names_transfer else f"HOAN TIEN {bend(code, chance)}"


def statement_file(lines: Iterable[Movement]) -> bytes:
    """A CSV as one of the banks gives it out."""
    words = io.StringIO()
    rows: Sequence[Sequence[str]] = [
        (f"{c.at.astimezone(VIETNAM):%d-%m-%Y %H:%M:%S}", c.reference, f"{c.amount:+d}", c.note)
        for c in lines
    ]
    csv.writer(words, delimiter=";").writerows([HEADER, *rows])
    return ("\ufeff" + words.getvalue()).encode()
