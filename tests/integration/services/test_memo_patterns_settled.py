"""Every way in which banks bend a note, through a real file: what is matched is right, hardly anything is missed."""

import csv
import random
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.reference_codes import ReferenceKind, new_reference
from models import Payment, PaymentMatch, PaymentRequest, PaymentStatus, StatementLine
from services.queries.journal import journal_balance
from tests.builders import anybody, make_payment_request, make_stall
from tests.integration.services.statement_files import import_rows, row
from tests.unit.core.test_memo_patterns import BENDS, PATTERNS

PER_PATTERN = 25
BOTH = 30_000
"""What the second request of a pair asks for."""
chance = random.Random(20_261_125)


@dataclass(frozen=True)
class Sent:
    """A transfer of a bent note, and the requests that it must settle."""

    reference: str
    outcome: str
    due: frozenset[str]


def patterns() -> list[tuple[str, str]]:
    with PATTERNS.open(encoding="utf-8") as file:
        return [(found["pattern"], found["outcome"]) for found in csv.DictReader(file)]


def bent(pattern: str, code: str, other: str) -> str:
    known = {"code2": other, "unknown_code": new_reference(ReferenceKind.PAYMENT_REQUEST)}
    names = re.findall(r"{(\w+)}", pattern)
    return pattern.format(**{name: known.get(name) or BENDS[name](code) for name in names})


@pytest.fixture
def sent(session: Session) -> list[Sent]:
    """Each pattern some times, shuffled, in one file. Reversals undo payments that came before them."""
    stall = make_stall(session)
    rows, found = [], []
    for pattern, outcome in patterns():
        for _ in range(PER_PATTERN):
            request = make_payment_request(session, stall)
            other = make_payment_request(session, stall, amount=BOTH)
            code = request.reference
            if outcome == "reversal":
                rows.append(row(code))
            amount = {"match_both": 50_000 + BOTH, "reversal": -50_000}.get(outcome, 50_000)
            line = row(bent(pattern, code, other.reference), amount)
            rows.append(line)
            due = {"match": {code}, "match_both": {code, other.reference}, "reversal": {code}}
            found.append(Sent(line[1], outcome, frozenset(due.get(outcome, ()))))
    chance.shuffle(rows)
    statement = import_rows(session, stall, *rows)
    assert statement.lines == len(rows)
    return found


def test_nothing_is_matched_wrongly_and_nearly_all_is_matched(session: Session, sent: list[Sent]) -> None:
    lines = {line.bank_reference: line for line in session.scalars(select(StatementLine))}
    settled = _settled(session)
    expected = {"match": "matched", "match_both": "matched", "review": "review", "reversal": "reversal"}
    wrong = [s for s in sent if not settled.get(s.reference, set()) <= s.due]
    assert wrong == []
    for kind, outcome in expected.items():
        of_kind = [s for s in sent if s.outcome == kind]
        right = [s for s in of_kind if lines[s.reference].outcome == outcome]
        assert len(right) >= 0.99 * len(of_kind), kind
    reviewed = {s.reference for s in sent if s.outcome == "review"}
    assert {lines[reference].outcome for reference in reviewed} == {"review"}


def test_books_hold_every_dong(session: Session, sent: list[Sent]) -> None:
    balance = journal_balance(session, anybody(session), None)
    assert balance.total == 0
    reversed_ = sum(s.outcome == "reversal" for s in sent)
    came = sum(payment.amount for payment in session.scalars(select(Payment)))
    channel = sum(account.balance for account in balance.accounts if account.kind == "channel")
    assert channel == came - 50_000 * reversed_
    statuses = list(session.scalars(select(PaymentRequest.status)))
    assert statuses.count(PaymentStatus.REVERSED) == reversed_


def _settled(session: Session) -> dict[str, set[str]]:
    """By the bank's reference, the codes of the requests that its line settled."""
    query = (
        select(Payment.reference, PaymentRequest.reference)
        .join(PaymentMatch, PaymentMatch.payment_id == Payment.id)
        .join(PaymentRequest, PaymentRequest.id == PaymentMatch.payment_request_id)
    )
    found: dict[str, set[str]] = {}
    for payment, request in session.execute(query):
        found.setdefault(payment, set()).add(request)
    return found
