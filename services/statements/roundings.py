"""What a batch's requests count as paid although a little less came (`services.roundings`), for all of them at once."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from models import AccountKind
from models.payment_states import shortfall
from services.holdings import matched_of
from services.journal import Account, Booking, book
from services.matching import short_booking

SHORT = "SELECT EXISTS (SELECT FROM settled WHERE matched < remaining)"
ACCOUNTS = """
INSERT INTO journal_accounts (id, market_id, kind, owner_id)
SELECT gen_random_uuid(), market_id, 'rounding', seller_id FROM (
    SELECT DISTINCT market_id, seller_id FROM settled WHERE matched < remaining) wanted
ORDER BY market_id, seller_id
ON CONFLICT DO NOTHING
"""
JOURNAL = """
INSERT INTO journal_entries (id, key, market_id, stall_id, debit_account_id, credit_account_id, amount, business_day)
SELECT gen_random_uuid(), 'rounding:' || s.line_id, s.market_id, s.stall_id, d.id, c.id, s.remaining - s.matched,
       s.business_day
FROM settled s
JOIN journal_accounts d ON d.market_id = s.market_id AND d.kind = 'rounding' AND d.owner_id = s.seller_id
JOIN journal_accounts c ON c.market_id = s.market_id AND c.kind = 'seller' AND c.owner_id = s.seller_id
WHERE s.matched < s.remaining ORDER BY s.number
"""
TAKEN = """
SELECT t.request_id, sum(t.amount) AS taken, min(u.told_as) AS told_as, r.amount, r.tolerance, r.market_id, r.stall_id,
       st.seller_id, min(u.business_day) AS business_day
FROM taken_back t JOIN undone u USING (payment_id)
JOIN payment_requests r ON r.id = t.request_id AND r.tolerance > 0 JOIN stalls st ON st.id = r.stall_id
WHERE t.moves OR t.status = 'reversed' GROUP BY t.request_id, r.id, st.id ORDER BY t.request_id
"""


def book_short(session: Session) -> None:
    """After the payments of `settled` were booked."""
    if session.scalar(sql(SHORT)):
        session.execute(sql(ACCOUNTS))
        session.execute(sql(JOURNAL))


def undo_short(session: Session) -> None:
    """Of the requests in `taken_back`, once it was booked: what counts as paid is what what is left falls short by."""
    taken = session.execute(sql(TAKEN)).all()
    left = matched_of(session, [row.request_id for row in taken])
    book(session, [booking for row in taken for booking in _no_more(row, left.get(row.request_id, 0))])


def _no_more(row: Row[Any], left: int) -> Iterator[Booking]:
    seller = Account(row.market_id, AccountKind.SELLER, row.seller_id)
    before, after = (shortfall(row.amount, paid, row.tolerance) for paid in (left + int(row.taken), left))
    if short := after - before:
        key = f"reversed:{row.request_id}:{row.told_as}"
        yield short_booking(key, seller, short, row.business_day, row.stall_id)
