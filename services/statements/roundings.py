"""What a batch's requests count as paid although a little less came (`services.roundings`), for all of them at once."""

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.clock import VIETNAM

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
UNDONE = """
INSERT INTO journal_entries (id, key, market_id, stall_id, debit_account_id, credit_account_id, amount, business_day)
SELECT gen_random_uuid(), 'rounding:reversed:' || t.request_id || ':' || t.line_id, r.market_id, r.stall_id, c.id, d.id,
       r.amount - t.matched, t.business_day
FROM (SELECT t.request_id, min(CAST(u.line_id AS text)) AS line_id,
             min(coalesce((l.booked_at AT TIME ZONE :zone)::date, l.bank_day)) AS business_day,
             (SELECT sum(m.amount) FROM payment_matches m WHERE m.payment_request_id = t.request_id) AS matched
      FROM taken_back t JOIN undone u USING (payment_id) JOIN statement_lines l ON l.id = u.line_id
      WHERE t.moves GROUP BY t.request_id) t
JOIN payment_requests r ON r.id = t.request_id AND r.amount - t.matched BETWEEN 1 AND r.tolerance
JOIN stalls st ON st.id = r.stall_id
JOIN journal_accounts d ON d.market_id = r.market_id AND d.kind = 'rounding' AND d.owner_id = st.seller_id
JOIN journal_accounts c ON c.market_id = r.market_id AND c.kind = 'seller' AND c.owner_id = st.seller_id
ON CONFLICT (key) DO NOTHING
"""


def book_short(session: Session) -> None:
    """After the payments of `settled` were booked."""
    if session.scalar(sql(SHORT)):
        session.execute(sql(ACCOUNTS))
        session.execute(sql(JOURNAL))


def undo_short(session: Session) -> None:
    """Of the requests in `taken_back`, which are paid no more."""
    session.execute(sql(UNDONE), {"zone": str(VIETNAM)})
