"""Notices as the intake has stored them, and settled as the worker does."""

from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.crypto import blind_index
from core.ids import new_id
from models import InboxMessage, Stall, VirtualAccount
from services.bank_notices import settle_bank_notices
from services.virtual_accounts import note_virtual_account
from tests.bank_notices import ACCOUNT, local
from tests.builders import anybody

_numbers = count(1)


def message(
    session: Session,
    channel_id: UUID,
    memo: str,
    amount: int = 50_000,
    reference: str | None = None,
    at: datetime | None = None,
    account: str = ACCOUNT,
    source: str = "sepay",
    virtual: str = "",
) -> UUID:
    """A stored notice, as the intake stores it; `amount` below zero for money that went out."""
    number = next(_numbers)
    reference = f"FT{number:010}" if reference is None else reference
    body: dict[str, Any] = {"id": number, "accounts": [blind_index("account_number", account).hex()]}
    if source == "sepay":
        kind = "in" if amount > 0 else "out"
        body |= {
            "transferType": kind,
            "transferAmount": abs(amount),
            "content": memo,
            "referenceCode": reference,
        }
        body |= {"transactionDate": local(at), "subAccount": virtual}
    else:
        body |= {"amount": amount, "description": memo, "reference": reference}
        body |= {"transactionDateTime": local(at), "virtualAccountNumber": virtual}
    stored = InboxMessage(
        id=new_id(), source=source, key=f"{channel_id}:{number}", channel_id=channel_id, body=body
    )
    session.add(stored)
    session.commit()
    return stored.id


def settle(session: Session, *ids: UUID) -> int:
    dealt_with = settle_bank_notices(session, ids)
    session.commit()
    session.expire_all()
    return dealt_with


def tell(session: Session, stall: Stall, memo: str, amount: int = 50_000, **facts: Any) -> int:
    return settle(session, message(session, stall.channel_id, memo, amount, **facts))


def make_virtual_account(session: Session, stall: Stall, number: str) -> VirtualAccount:
    """Of a stall that is paid directly."""
    noted = note_virtual_account(
        session, anybody(session), stall.channel_id, stall_id=stall.id, number=number
    )
    session.commit()
    return noted
