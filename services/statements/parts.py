"""Lines that bring a part of what a *direct* request asks for, or more than that: shared out as a channel's notices.

They were stored in suspense with an exception, as everything that does not settle to the đồng. Of a collector's request
a line settles no part: the collector itself tells of it, and which of the two told first must not matter.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from gateways.ports import Transfer
from models import PaymentRequest
from models.bulk import among
from services.matching import AskedFor, Came, ChannelTransfer, share_out
from services.payments import lock_asked, settle_shares
from services.statements.recognising import PAYABLE

AT_THEIR_STALLS = """
UPDATE payments p SET stall_id = r.stall_id
FROM decided d
JOIN payment_requests r ON r.id = d.request_id AND r.channel_id = d.channel_id
JOIN collection_channels c ON c.id = r.channel_id AND c.kind = 'direct'
WHERE p.id = d.id AND d.kind IN ('underpaid', 'overpaid', 'duplicate')
"""
"""Also where nothing is asked for any more: it came for that stall, whichever line was told first."""
WAITING = """
SELECT d.id, d.channel_id, d.request_id, d.account_id, d.bank_reference, d.amount, d.memo, d.occurred_at
FROM decided d
JOIN payments p ON p.id = d.id AND p.stall_id IS NOT NULL
JOIN payment_requests r ON r.id = d.request_id
WHERE d.kind IN ('underpaid', 'overpaid', 'duplicate') AND r.status = ANY(:payable) AND r.amount_paid < r.amount
ORDER BY d.number, d.id
"""


def settle_parts(session: Session, cause: str) -> list[UUID]:
    """Share out the batch's lines that name one direct request by its code; the payments that were."""
    session.execute(sql(AT_THEIR_STALLS))
    waiting = session.execute(sql(WAITING), {"payable": list(PAYABLE)}).all()
    if not waiting:
        return []
    wanted = among(PaymentRequest.id, {row.request_id for row in waiting})
    asked = {request.id: request for request in lock_asked(session, wanted)}
    shares = share_out(_came(row, asked[row.request_id]) for row in waiting)
    settle_shares(session, shares, cause=cause)
    return [share.came.id for share in shares]


def _came(row: Row[Any], asked: AskedFor) -> Came:
    """Its exception has the line's id, as its payment has (`settling`)."""
    transfer = Transfer(
        asked.order_code, str(row.account_id), row.bank_reference, row.amount, row.occurred_at, row.memo
    )
    return Came(row.id, ChannelTransfer(row.channel_id, transfer), asked, asked.market_id, row.id)
