"""Transfers that a statement told of before their notice came: they are stored already, and must not be twice."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import bank_day
from models import Payment, PaymentMatch, PaymentRequest
from models.bulk import among
from services.matching import AskedFor, ChannelTransfer

NEAR = timedelta(days=1)
Told = tuple[UUID, int, date]
"""A payment that only a statement told of: its id, amount and bank day."""


def without_told(
    session: Session, seen: Sequence[ChannelTransfer], asked: Mapping[tuple[UUID, int], AskedFor]
) -> list[ChannelTransfer]:
    """Those of `seen` that are not such a payment. Where one is, for the same request and sum about the same day,
    the payment takes the channel's own key: so it is known again, and a second transfer is another one."""
    rest, adopted = [], []
    by_request, known = _by_request(session, [request for request in asked.values() if request.amount_paid])
    by_reference = _by_reference(session, seen)
    for item in seen:
        request = asked.get((item.channel_id, item.transfer.order_code))
        if request and item.key[1:] in known:
            continue
        payment = _take(by_request.get(request.id, []), item) if request else None
        if payment:
            adopted.append(_adopted(payment, item))
        elif (item.channel_id, item.transfer.reference, item.transfer.amount) not in by_reference:
            rest.append(item)
    if adopted:
        session.execute(update(Payment), adopted)
    return rest


def _by_request(
    session: Session, requests: Iterable[AskedFor]
) -> tuple[dict[UUID, list[Told]], set[tuple[str, str, int]]]:
    """Such payments; and the channel's own keys of those that took them before, though another channel's account
    told of them first."""
    ids = [request.id for request in requests]
    if not ids:
        return {}, set()
    query = (
        select(
            PaymentMatch.payment_request_id,
            Payment.id,
            Payment.amount,
            Payment.bank_day,
            Payment.account_number,
            Payment.reference,
            Payment.order_code,
        )
        .join(Payment, Payment.id == PaymentMatch.payment_id)
        .join(PaymentRequest, PaymentRequest.id == PaymentMatch.payment_request_id)
        .where(
            among(PaymentMatch.payment_request_id, ids),
            Payment.amount - PaymentMatch.amount <= PaymentRequest.tolerance,
        )
        .order_by(Payment.id)
    )
    found: dict[UUID, list[Told]] = {}
    known = set()
    for request_id, payment_id, amount, day, account_number, reference, order_code in session.execute(query):
        if order_code is None:
            found.setdefault(request_id, []).append((payment_id, amount, day))
        else:
            known.add((account_number, reference, order_code))
    return found, known


def _by_reference(session: Session, seen: Sequence[ChannelTransfer]) -> set[tuple[UUID, str, int]]:
    query = select(Payment.channel_id, Payment.reference, Payment.amount).where(
        among(Payment.channel_id, {item.channel_id for item in seen}),
        among(Payment.reference, {item.transfer.reference for item in seen}),
        Payment.order_code.is_(None),
    )
    return {(channel, reference, amount) for channel, reference, amount in session.execute(query)}


def _take(payments: list[Told], item: ChannelTransfer) -> UUID | None:
    """The first of `payments` that this transfer can be; no other takes it any more."""
    day = bank_day(item.transfer.occurred_at)
    for payment in payments:
        if payment[1] == item.transfer.amount and abs(payment[2] - day) <= NEAR:
            payments.remove(payment)
            return payment[0]
    return None


def _adopted(payment_id: UUID, item: ChannelTransfer) -> dict[str, Any]:
    return {
        "id": payment_id,
        "order_code": item.transfer.order_code,
        "account_number": item.transfer.account_number,
        "reference": item.transfer.reference,
    }
