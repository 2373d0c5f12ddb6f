"""An invented market with its stalls, payment requests and genuine payOS notices, to work on."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.clock import VIETNAM, now
from core.reference_codes import ReferenceKind
from gateways.payos.signature import sign_data
from models import PaymentRequest, PaymentStatus
from services.references import unused_references
from tests import builders

CHECKSUM_KEY = "a-checksum-key"
AMOUNT = 50_000

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Bazaar:
    """A market that is paid through one payOS channel."""

    market_id: UUID
    channel_id: UUID
    stall_ids: Sequence[UUID]
    user_id: UUID


@dataclass(frozen=True)
class Asked:
    """An open payment request."""

    order_code: int
    stall_id: UUID


def open_bazaar(session: Session, stalls: int = 0) -> Bazaar:
    market = builders.make_market(session)
    channel = builders.make_payos_channel(session, market)
    seller = builders.make_seller(session)
    made = [
        builders.make_stall(session, market, seller, channel_id=channel.id, payout_account=_ACCOUNT)
        for _ in range(stalls)
    ]
    user_id = builders.anybody(session).user_id
    return Bazaar(market.id, channel.id, [stall.id for stall in made], user_id)


_ACCOUNT = builders.payout_account()


def ask(session: Session, bazaar: Bazaar, count: int) -> list[Asked]:
    """Requests as they are once payOS has opened them, round the stalls in turn."""
    references = unused_references(session, ReferenceKind.PAYMENT_REQUEST, count)
    rows = [
        {
            "reference": reference,
            "stall_id": stall_id,
            "market_id": bazaar.market_id,
            "channel_id": bazaar.channel_id,
            "amount": AMOUNT,
            "status": PaymentStatus.AWAITING_PAYMENT,
            "expires_at": now() + timedelta(hours=1),
            "created_by": bazaar.user_id,
        }
        for stall_id, reference in zip(itertools.cycle(bazaar.stall_ids), references, strict=False)
    ]
    statement = insert(PaymentRequest).returning(PaymentRequest.order_code, PaymentRequest.stall_id)
    asked = [Asked(row.order_code, row.stall_id) for row in session.execute(statement, rows)]
    session.commit()
    return asked


def paid(order_code: int) -> dict[str, Any]:
    """The `data` of a notice of its own transfer."""
    number = next(_numbers)
    return {
        "accountNumber": "V3CAS0123456789",
        "amount": AMOUNT,
        "description": f"CK7M2P9Q{number % 10}",
        "reference": f"FT26{number:010}",
        "transactionDateTime": f"{now().astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}",
        "virtualAccountNumber": "V3CAS0123456789",
        "counterAccountBankId": "970436",
        "counterAccountBankName": "Vietcombank",
        "counterAccountName": "GIANG THI SUA",
        "counterAccountNumber": f"10{number:08}",
        "virtualAccountName": "CHO BAC HA",
        "currency": "VND",
        "orderCode": order_code,
        "paymentLinkId": f"{number:032x}",
        "code": "00",
        "desc": "success",
    }


def notice(data: dict[str, Any]) -> bytes:
    """The signed body that payOS posts: some 600 bytes."""
    signature = sign_data(data, CHECKSUM_KEY)
    body = {"code": "00", "desc": "success", "success": True, "data": data, "signature": signature}
    return json.dumps(body, separators=(",", ":")).encode()
