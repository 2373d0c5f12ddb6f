"""Where the money of a payment came from, where its notice said so: kept sealed, opened for a refund only."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.crypto import unseal
from core.vietqr import VietQr, VietQrError
from gateways.ports import named_transfer
from models import Bank, InboxMessage, Payment
from services.inbox import PAYOS

NAMES = {
    "bin": "counterAccountBankId",
    "account_number": "counterAccountNumber",
    "holder_name": "counterAccountName",
}


@dataclass(frozen=True)
class PayerAccount:
    """An account to which money goes back."""

    bin: str
    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)


def payer_of(session: Session, payment: Payment) -> PayerAccount | None:
    """The account that paid; None where no notice told it, or not all of it: only a statement did, for one."""
    if payment.order_code is None:
        return None
    key = named_transfer(payment.order_code, payment.account_number, payment.reference)
    body = session.scalar(
        select(InboxMessage.body).where(
            InboxMessage.source == PAYOS, InboxMessage.key == f"{payment.channel_id}:{key}"
        )
    )
    sealed = (body or {}).get("payer")
    return _read(session, json.loads(unseal(sealed.encode()))) if sealed else None


def _read(session: Session, told: dict[str, Any]) -> PayerAccount | None:
    values = {name: told.get(theirs) for name, theirs in NAMES.items()}
    if not all(isinstance(value, str) and value.strip() for value in values.values()):
        return None
    account = PayerAccount(**{name: str(value).strip() for name, value in values.items()})
    try:
        VietQr(account.bin, account.account_number)
    except VietQrError:
        return None
    bank = session.get(Bank, account.bin)
    return account if bank and not bank.closed_at else None
