"""The market's office on that day: uploads statements of what the accounts took so far, and sends money back.

A provider's account is a bank account too, so its statements tell of the same transfers as its notices. In one market
the bank gives them references of its own: there a line is known by its code. In the others the bank may bend a note
until it says nothing: there a line is known by its reference.
"""

import random
import threading
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import psycopg
import requests

from drills.api import Api, Refused, Unanswered
from drills.bank import Bank, Credit, bend, nonsense, statement_file
from drills.customers import STRANGE_CODES, Customers, StallAt
from drills.installation import Installation
from drills.sandbox import Sandbox, Transfer

EVERY_SECONDS = 4.0
LARGEST_FILE = 400
TWICE = 0.35
NONSENSE_SHARE = 0.15
OWN_REFERENCES = "sandbox-client-1"
REFUNDS = 40
PAYER = {"bin": "970415", "account_number": "10000000001", "holder_name": "KHACH HANG THU"}
TO_DECIDE = """
    SELECT e.id::text FROM reconciliation_exceptions e JOIN payments p ON p.id = e.payment_id
    JOIN payment_requests r ON r.id = e.payment_request_id
    WHERE e.status = 'open' AND e.kind IN ('late', 'overpaid', 'duplicate') AND e.created_at >= %s
    AND p.order_code IS NOT NULL AND p.channel_id = r.channel_id
    AND (r.amount_paid >= r.amount OR r.status = 'refund_due') ORDER BY random() LIMIT 1
"""


class Manager:
    """Works beside the customers until told to stop; what goes wrong in that thread is raised by `stop`."""

    def __init__(
        self,
        installation: Installation,
        api: Api,
        customers: Customers,
        sandbox: Sandbox,
        bank: Bank,
        began: Any,
        seed: int,
    ) -> None:
        self._installation, self._api, self._customers = installation, api, customers
        self._sandbox, self._bank, self._began = sandbox, bank, began
        self._chance = random.Random(f"office {seed}")
        self.files = 0
        self.lines = 0
        self.refunds = 0
        self._over = threading.Event()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Raises Unanswered."""
        self._over.set()
        self._thread.join()
        if self._problem:
            raise self._problem

    def upload_everything(self) -> None:
        """At the day's end: one statement an account, of all that it took."""
        for about, lines in self._accounts():
            self._upload(about, lines)

    def _work(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            try:
                self._upload_something()
                if self.refunds < REFUNDS:
                    self._refund()
            except (requests.RequestException, psycopg.OperationalError, psycopg.errors.AdminShutdown):
                continue  # the provider's books or the database are away for a moment
            except Unanswered as problem:
                self._problem = problem
                return

    def _upload_something(self) -> None:
        """A period of one account, which may overlap with others; now and then the same file again."""
        accounts = [(about, lines) for about, lines in self._accounts() if lines]
        if not accounts:
            return
        about, lines = self._chance.choice(accounts)
        size = min(self._chance.randrange(1, LARGEST_FILE), len(lines))
        first = self._chance.randrange(len(lines) - size + 1)
        period = lines[first : first + size]
        for _ in range(2 if self._chance.random() < TWICE else 1):
            self._upload(about, period)

    def _upload(self, about: dict[str, str], lines: Sequence[Credit]) -> None:
        self._api.upload("/statements", "sao-ke.csv", statement_file(lines), id=str(uuid4()), **about)
        self.files, self.lines = self.files + 1, self.lines + len(lines)

    def _accounts(self) -> list[tuple[dict[str, str], list[Credit]]]:
        """Every account of which something is known so far: how to name it, and what it took."""
        stalls = {asked.order_code: asked.stall for asked in list(self._customers.day.requests.values())}
        transfers = self._sandbox.books().transfers
        channels = channels_of(transfers, stalls)
        by_client: dict[str, list[Credit]] = {}
        for transfer in transfers:
            by_client.setdefault(transfer.client, []).append(line_of(transfer))
        accounts = {stall.id: stall.account for stall in self._customers.direct}
        return [
            *[
                ({"channel_id": channels[client]}, lines)
                for client, lines in by_client.items()
                if client in channels
            ],
            *[({"payout_account_id": accounts[stall]}, lines) for stall, lines in self._bank.books().items()],
        ]

    def _refund(self) -> None:
        """Send back one thing that was too much or came too late. Only where its channel has spoken: who decides
        about a line that nobody else has told of has decided for good."""
        with self._installation.database() as connection:
            found = connection.execute(TO_DECIDE, [self._began]).fetchone()
        if found is None:
            return
        body = {"action": "refund", "reason": "Khách đòi lại", "payer_account": PAYER}
        try:
            self._api.post(f"/reconciliation/exceptions/{found[0]}/resolve", body)
        except Refused:
            return
        self.refunds += 1


def channels_of(transfers: Sequence[Transfer], stalls: dict[int, StallAt]) -> dict[str, str]:
    """The product's channel by the provider's client."""
    return {
        transfer.client: stalls[transfer.order_code].channel
        for transfer in transfers
        if transfer.order_code in stalls
    }


def line_of(transfer: Transfer) -> Credit:
    """The same transfer always as the same line."""
    chance = random.Random(transfer.reference)
    strange = transfer.order_code >= STRANGE_CODES
    if transfer.client == OWN_REFERENCES and not strange:
        reference, note = f"VCB{transfer.reference[2:]}", bend(transfer.memo, chance)
    elif strange or chance.random() < NONSENSE_SHARE:
        reference, note = transfer.reference, nonsense(chance)
    else:
        reference, note = transfer.reference, bend(transfer.memo, chance)
    return Credit(reference, transfer.amount, note, transfer.at)
