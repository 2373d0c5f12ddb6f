"""Where the money of a payment came from, where its notice said so: kept sealed, opened for a refund only."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.crypto import unseal
from core.vietqr import VietQr, VietQrError
from gateways.formats import COLLECTORS
from gateways.ports import named_transfer
from models import Bank, CollectionChannel, InboxMessage, Payment


@dataclass(frozen=True)
class PayerAccount:
    """An account to which money goes back."""

    bin: str
    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)


NAMES = [each.name for each in fields(PayerAccount)]


def payer_of(session: Session, payment: Payment) -> PayerAccount | None:
    """The account that paid; None where no notice told it, or not all of it: only a statement did, for one."""
    collector = COLLECTORS.get(session.get_one(CollectionChannel, payment.channel_id).kind)
    if collector is None or payment.order_code is None:
        return None
    key = named_transfer(payment.order_code, payment.account_number, payment.reference)
    body = session.scalar(
        select(InboxMessage.body).where(
            InboxMessage.source == collector.name, InboxMessage.key == f"{payment.channel_id}:{key}"
        )
    )
    sealed = (body or {}).get("payer")
    told = json.loads(unseal(sealed.encode())) if sealed else {}
    return _read(session, {name: told.get(collector.payer.get(name, name)) for name in NAMES})


def _read(session: Session, values: dict[str, Any]) -> PayerAccount | None:
    if not all(isinstance(value, str) and value.strip() for value in values.values()):
        return None
    account = PayerAccount(**{name: str(value).strip() for name, value in values.items()})
    try:
        VietQr(account.bin, account.account_number)
    except VietQrError:
        return None
    bank = session.get(Bank, account.bin)
    return account if bank and not bank.closed_at else None
