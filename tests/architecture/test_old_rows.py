"""What a migration makes of payments that were there before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg
from alembic import command
from sqlalchemy.orm import Session

from models.base import make_engine
from services.received import received_for
from tests.architecture.databases import ALEMBIC, put, rows

MARKET, CHANNEL, SELLER, DAY = uuid4(), uuid4(), uuid4(), date(2026, 11, 25)
AT = datetime(2026, 11, 25, 8, tzinfo=UTC)
_numbers = count(1)


class Rows:
    """Writes old rows; people and banks are left out."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.execute("set session_replication_role = replica")
        self._put("markets", id=MARKET, code="CH1", name="Chợ", commune_code="02839", weekdays=[])

    def stall(self) -> UUID:
        place = {
            "market_id": MARKET,
            "channel_id": CHANNEL,
            "seller_id": SELLER,
            "payout_account_id": uuid4(),
        }
        name = f"A{next(_numbers)}"
        return self._put("stalls", code=name, number=name, reference=name, **place)

    def ask(self, stall: UUID | None, status: str = "paid", **facts: Any) -> UUID:
        own = {
            "reference": f"C{next(_numbers)}",
            "order_code": next(_numbers),
            "amount": 50_000,
            "amount_paid": 50_000,
        }
        own |= {"created_at": AT, "expires_at": AT + timedelta(hours=1), "created_by": uuid4()}
        at = {"market_id": MARKET, "channel_id": CHANNEL, "stall_id": stall}
        return self._put("payment_requests", status=status, **own | at | facts)

    def pay(self, stall: UUID | None, ties: dict[UUID, int], **facts: Any) -> UUID:
        """What came at `stall`, with what of it is tied to which request."""
        own = {
            "reference": f"FT{next(_numbers)}",
            "account_number": "V1",
            "memo": "",
            "order_code": next(_numbers),
        }
        own |= {"occurred_at": AT, "business_day": DAY, "bank_day": DAY, "created_at": AT}
        at = {"market_id": MARKET, "channel_id": CHANNEL, "stall_id": stall}
        payment = self._put("payments", **own | at | {"amount": sum(ties.values())} | facts)
        for request, amount in ties.items():
            query = "insert into payment_matches (payment_id, payment_request_id, amount) values (%s, %s, %s)"
            self._connection.execute(query, (payment, request, amount))
        return payment

    def take_back(self, payment: UUID, *, undone: bool = False, at: datetime = AT) -> None:
        key = f"reversal:{payment}:{next(_numbers)}"
        for name in (key, f"{key}:undone")[: 1 + undone]:
            self.book(name, uuid4(), uuid4(), payment_id=payment, created_at=at)

    def book(self, key: str, debit: UUID, credit: UUID, amount: int = 50_000, **facts: Any) -> None:
        sides = {"debit_account_id": debit, "credit_account_id": credit}
        own = {"key": key, "market_id": MARKET, "amount": amount, "business_day": DAY}
        self._put("journal_entries", **own | sides | facts)

    def account(self, kind: str, owner: UUID | None) -> UUID:
        return self._put("journal_accounts", market_id=MARKET, kind=kind, owner_id=owner)

    def give_back(self, payment: UUID, status: str, amount: int, **facts: Any) -> UUID:
        own = {"resolution_id": uuid4(), "idempotency_key": f"refund-{next(_numbers)}", "bin": "970415"}
        sealed = {"account_number": b"sealed", "holder_name": b"sealed"}
        facts = {"source": "suspense"} | facts
        return self._put("refunds", payment_id=payment, status=status, amount=amount, **own | sealed | facts)

    def fee(self, stall: UUID, **facts: Any) -> UUID:
        own = {
            "reference": f"F{next(_numbers)}",
            "market_id": MARKET,
            "seller_id": SELLER,
            "issued_by": uuid4(),
        }
        own |= {"period": "2026-12", "amount": 96_000, "amount_paid": 0, "basis": "[]", "due_on": DAY}
        return self._put("fee_invoices", stall_id=stall, **own | facts)

    def _put(self, table: str, **facts: Any) -> UUID:
        return put(self._connection, table, **facts)


@contextmanager
def before(url: str, revision: str) -> Iterator[Rows]:
    """As things stood at that revision; at the end they are brought to the head."""
    command.downgrade(ALEMBIC, revision)
    with psycopg.connect(url) as connection:
        yield Rows(connection)
    command.upgrade(ALEMBIC, "head")


def test_payments_stand_where_their_matches_are(migrated: str) -> None:
    due: dict[UUID, tuple[UUID | None, bool]] = {}
    with before(migrated, "202611301330") as old:
        a, b = old.stall(), old.stall()

        def pay(
            stall: UUID | None, *of: UUID | None, stands: UUID | None = None, shared: bool = False
        ) -> None:
            due[old.pay(stall, {old.ask(one): 50_000 for one in of}, amount=50_000 * (len(of) or 1))] = (
                stands,
                shared,
            )

        pay(a, a, stands=a)
        pay(None, a, stands=a)
        pay(b, a, stands=a)
        pay(a, a, a, stands=a)
        pay(a, a, b, shared=True)
        pay(None, a, b, shared=True)
        pay(a, a, b, a, None, shared=True)
        pay(None, a, None, stands=a)
        pay(None, None)
        pay(None)
        pay(a, stands=a)
    found = rows(migrated, "select id, stall_id, shared from payments")
    assert {id_: (stall, shared) for id_, stall, shared in found} == due


def test_what_the_bank_took_back_counts_for_no_request_any_more(migrated: str) -> None:
    """Each is what it would be if its reversal came now."""
    stall, later = uuid4(), AT + timedelta(minutes=10)
    due: dict[UUID, tuple[str, int]] = {}
    with before(migrated, "202611301350") as old:

        def ask(
            status: str, paid: int, becomes: str, counts: int, **facts: Any
        ) -> tuple[UUID, dict[str, int]]:
            code = next(_numbers)
            request = old.ask(stall, status, order_code=code, amount_paid=paid, **facts)
            due[request] = becomes, counts
            return request, {"order_code": code}

        whole, _ = ask("reversed", 50_000, "reversed", 0)
        old.take_back(old.pay(stall, {whole: 50_000}))

        by_code, named = ask("reversed", 50_000, "reversed", 20_000)
        old.take_back(old.pay(stall, {by_code: 30_000}, **named), at=later)
        old.pay(stall, {by_code: 20_000}, **named)

        restored, named = ask("reversed", 50_000, "reversed", 30_000)
        old.take_back(old.pay(stall, {restored: 30_000}, **named), undone=True, at=later)
        old.take_back(old.pay(stall, {restored: 20_000}, **named), at=later)

        two, one = ask("reversed", 50_000, "reversed", 0)[0], ask("reversed", 50_000, "reversed", 10_000)[0]
        old.take_back(old.pay(None, {two: 50_000, one: 40_000}, shared=True))
        old.pay(stall, {one: 10_000})

        twice, named = ask("overpaid", 100_000, "paid", 50_000)
        old.pay(stall, {twice: 50_000}, **named)
        old.take_back(old.pay(stall, {}, amount=50_000, **named), at=later)

        tardy, named = ask("overpaid", 100_000, "paid_late", 50_000, expires_at=AT + timedelta(minutes=1))
        old.pay(stall, {tardy: 50_000}, occurred_at=later, **named)
        old.take_back(old.pay(stall, {}, amount=50_000, **named), at=later)

        thrice, named = ask("overpaid", 150_000, "overpaid", 100_000)
        old.pay(stall, {thrice: 50_000}, **named)
        old.pay(stall, {}, amount=50_000, **named)
        old.take_back(old.pay(stall, {}, amount=50_000, **named), at=later)

        returned, named = ask("refunded", 50_000, "refunded", 0)
        old.take_back(old.pay(stall, {returned: 50_000}, **named), at=later)

        _, named = ask("refund_due", 50_000, "refund_due", 0)
        old.take_back(old.pay(stall, {}, amount=50_000, **named), at=later)

        stays, named = ask("overpaid", 70_000, "overpaid", 70_000)
        old.pay(stall, {stays: 50_000}, amount=70_000, **named)
    found = rows(migrated, "select id, status, amount_paid from payment_requests")
    assert {id_: (status, paid) for id_, status, paid in found} == due
    changed = rows(migrated, "select payment_request_id, from_status, to_status from payment_request_changes")
    assert changed == {(twice, "overpaid", "paid"), (tardy, "overpaid", "paid_late")}
    engine = make_engine(migrated.replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine) as session:
        came = received_for(session, due)
    engine.dispose()
    assert {id_: came[id_].paid if id_ in came else 0 for id_ in due} == {
        id_: paid for id_, (_, paid) in due.items()
    }


def test_what_came_after_a_reversal_waits_for_its_person(migrated: str) -> None:
    """It was kept in suspense; the next money pays the request."""
    with before(migrated, "202611301350") as old:
        code = next(_numbers)
        request = old.ask(uuid4(), "reversed", order_code=code, amount_paid=100_000)
        old.take_back(old.pay(None, {request: 50_000}, order_code=code))
        old.pay(None, {}, amount=50_000, order_code=code, created_at=AT + timedelta(hours=1))
    assert rows(migrated, "select status, amount_paid from payment_requests") == {("reversed", 0)}


BALANCES = """
    select a.kind, a.owner_id, sum(m.amount) from journal_accounts a join (
        select debit_account_id as id, amount from journal_entries
        union all select credit_account_id, -amount from journal_entries) m using (id)
    group by a.id having sum(m.amount) <> 0
"""


def test_refunds_under_way_are_put_aside(migrated: str) -> None:
    with before(migrated, "202611301620") as old:
        stall, other = old.stall(), old.stall()
        channel, suspense = old.account("channel", CHANNEL), old.account("suspense", None)
        seller = old.account("seller", SELLER)

        def came(credit: UUID, **facts: Any) -> UUID:
            payment = old.pay(stall, {}, amount=50_000, **facts)
            old.book(f"came:{payment}", channel, credit, payment_id=payment)
            return payment

        waits = old.give_back(came(suspense), "waiting", 50_000)
        whose = {"source": "seller", "seller_id": SELLER, "payment_request_id": old.ask(other)}
        sent = old.give_back(came(seller, stall_id=None, shared=True), "sent", 20_000, **whose)
        for status in ("proposed", "done", "rejected"):
            old.give_back(came(suspense), status, 50_000, payout_id="P1")
        taken = came(suspense)
        old.take_back(taken)
        old.give_back(taken, "sent", 50_000)
    assert rows(migrated, BALANCES) == {
        ("channel", CHANNEL, 300_000),
        ("suspense", None, -200_000),
        ("refunds", MARKET, -50_000),
        ("seller", SELLER, -30_000),
        ("refunds", SELLER, -20_000),
    }
    entries = rows(migrated, "select key, stall_id from journal_entries where key like 'refund:%'")
    assert entries == {(f"refund:{waits}:ordered", stall), (f"refund:{sent}:ordered", other)}
    aside = rows(migrated, BALANCES)
    for _ in range(2):
        command.downgrade(ALEMBIC, "202611301620")
        assert rows(migrated, BALANCES) == {
            ("channel", CHANNEL, 300_000),
            ("suspense", None, -250_000),
            ("seller", SELLER, -50_000),
        }
        command.upgrade(ALEMBIC, "head")
        assert rows(migrated, BALANCES) == aside


def test_fees_that_closing_called_off_are_known(migrated: str) -> None:
    with before(migrated, "202611301700") as old:
        gone, given_up, owed = (
            old.fee(uuid4(), **facts)
            for facts in (
                {"status": "cancelled", "cancel_reason": "Quầy đã đóng"},
                {"status": "cancelled", "cancel_reason": "Miễn phí"},
                {"status": "issued"},
            )
        )
    assert rows(migrated, "select id, called_off from fee_invoices") == {
        (gone, True),
        (given_up, False),
        (owed, False),
    }
