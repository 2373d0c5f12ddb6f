"""The market's office on that day: uploads statements of what the accounts took so far, and sends money back. Now and
then the bank takes back a transfer of the provider's, of which only statements tell; they tell of the refunds, too.

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
from drills.bank import Bank, Movement, bend, nonsense, statement_file, taken_back
from drills.customers import STRANGE_CODES, Customers, StallAt
from drills.installation import Installation
from drills.sandbox import Sandbox, Transfer

EVERY_SECONDS = 4.0
LARGEST_FILE = 400
TWICE = 0.35
NONSENSE_SHARE = 0.15
OWN_REFERENCES = "sandbox-client-1"
REFUNDS = 40
REVERSALS = 30
TO_DECIDE = """
    SELECT e.id::text FROM reconciliation_exceptions e JOIN payments p ON p.id = e.payment_id
    JOIN payment_requests r ON r.id = e.payment_request_id
    WHERE e.status = 'open' AND e.kind IN ('late', 'overpaid', 'duplicate') AND e.created_at >= %s
    AND p.order_code IS NOT NULL AND p.channel_id = r.channel_id
    AND (r.amount_paid >= r.amount OR r.status = 'refund_due') ORDER BY random() LIMIT 1
"""

PAID_OUT = """
    SELECT p.channel_id::text, f.id::text, f.amount, coalesce(r.reference, ''), f.created_at
    FROM refunds f JOIN payments p ON p.id = f.payment_id
    LEFT JOIN payment_requests r ON r.id = f.payment_request_id
    WHERE f.created_at >= %s AND f.status = 'done' ORDER BY f.created_at
"""
TO_TAKE_BACK = """
    SELECT p.reference FROM payments p JOIN payment_requests r USING (order_code, channel_id)
    WHERE p.created_at >= %s AND r.status = 'paid' AND r.amount_paid = r.amount AND p.amount = r.amount
    AND r.id::text <> ALL(%s) AND p.reference <> ALL(%s) ORDER BY random() LIMIT 1
"""


class Manager:
    """Works beside the customers until told to stop; what goes wrong in that thread is raised by `stop`."""

    def __init__(
        self,
        installation: Installation,
        api: Api,
        second: Api,
        customers: Customers,
        sandbox: Sandbox,
        bank: Bank,
        began: Any,
        seed: int,
    ) -> None:
        self._installation, self._customers = installation, customers
        self._api, self._second = api, second
        self._sandbox, self._bank, self._began = sandbox, bank, began
        self._chance = random.Random(f"office {seed}")
        self.files = 0
        self.lines = 0
        self.refunds = 0
        self.taken_back: set[str] = set()
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
                if len(self.taken_back) < REVERSALS:
                    self._take_back()
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
        period = with_credits(lines[first : first + size], lines)
        for _ in range(2 if self._chance.random() < TWICE else 1):
            self._upload(about, period)

    def _upload(self, about: dict[str, str], lines: Sequence[Movement]) -> None:
        self._api.upload("/statements", "sao-ke.csv", statement_file(lines), id=str(uuid4()), **about)
        self.files, self.lines = self.files + 1, self.lines + len(lines)

    def _accounts(self) -> list[tuple[dict[str, str], list[Movement]]]:
        """Every account of which something is known so far: how to name it, and what it took."""
        stalls = {asked.order_code: asked.stall for asked in list(self._customers.day.requests.values())}
        transfers = self._sandbox.books().transfers
        channels = channels_of(transfers, stalls)
        by_client: dict[str, list[Movement]] = {}
        for transfer in transfers:
            by_client.setdefault(transfer.client, []).append(line_of(transfer))
        for client, lines in self._bank.taken_from().items():
            by_client.setdefault(client, []).extend(lines)
        paid_out = self._paid_out()
        for client, channel in channels.items():
            by_client.setdefault(client, []).extend(paid_out.get(channel, ()))
        accounts = {stall.id: stall.account for stall in self._customers.direct}
        return [
            *[
                ({"channel_id": channels[client]}, lines)
                for client, lines in by_client.items()
                if client in channels
            ],
            *[({"payout_account_id": accounts[stall]}, lines) for stall, lines in self._bank.books().items()],
        ]

    def _paid_out(self) -> dict[str, list[Movement]]:
        """Our own refunds as the accounts' statements tell of them, by channel."""
        found: dict[str, list[Movement]] = {}
        with self._installation.database() as connection:
            for channel, refund, amount, code, at in connection.execute(PAID_OUT, [self._began]):
                line = Movement(f"PO{refund[-12:]}", -amount, f"HOAN TIEN {code}", at)
                found.setdefault(channel, []).append(line)
        return found

    def _refund(self) -> None:
        """Send back one thing that was too much or came too late. Only where its channel has spoken: who decides
        about a line that nobody else has told of has decided for good."""
        with self._installation.database() as connection:
            found = connection.execute(TO_DECIDE, [self._began]).fetchone()
        if found is None:
            return
        case = f"/reconciliation/exceptions/{found[0]}"
        try:
            made = self._api.post(f"{case}/resolve", {"action": "refund", "reason": "Khách đòi lại"})
            if made["resolution"]["status"] == "proposed":
                self._second.post(f"{case}/approve", {})
        except Refused:
            return
        self.refunds += 1

    def _take_back(self) -> None:
        """One whole payment of a request that was paid once and in time."""
        ours = [self._began, list(self._customers.day.odd), list(self.taken_back)]
        with self._installation.database() as connection:
            found = connection.execute(TO_TAKE_BACK, ours).fetchone()
        known = {transfer.reference: transfer for transfer in self._sandbox.books().transfers}
        if found is None or found[0] not in known:
            return
        transfer = known[found[0]]
        self.taken_back.add(transfer.reference)
        reference = "" if transfer.client == OWN_REFERENCES else transfer.reference
        note = taken_back(reference, transfer.memo, self._chance)
        self._bank.take_back_from(transfer.client, transfer.reference, transfer.amount, note)


def with_credits(period: Sequence[Movement], lines: Sequence[Movement]) -> list[Movement]:
    """A period with money that went off again begins with that money."""
    there = {line.reference for line in period}
    wanted = {line.takes_back for line in period} - there
    return [line for line in lines if line.reference in wanted] + list(period)


def channels_of(transfers: Sequence[Transfer], stalls: dict[int, StallAt]) -> dict[str, str]:
    """The product's channel by the provider's client."""
    return {
        transfer.client: stalls[transfer.order_code].channel
        for transfer in transfers
        if transfer.order_code in stalls
    }


def line_of(transfer: Transfer) -> Movement:
    """The same transfer always as the same line."""
    chance = random.Random(transfer.reference)
    strange = transfer.order_code >= STRANGE_CODES
    if transfer.client == OWN_REFERENCES and not strange:
        reference, note = f"VCB{transfer.reference[2:]}", bend(transfer.memo, chance)
    elif strange or chance.random() < NONSENSE_SHARE:
        reference, note = transfer.reference, nonsense(chance)
    else:
        reference, note = transfer.reference, bend(transfer.memo, chance)
    return Movement(reference, transfer.amount, note, transfer.at)
