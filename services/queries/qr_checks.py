"""Whose a printed QR is: still the one that was issued, altered, an old one, or none of ours.

A sticker that was pasted over another names a foreign account under the stall's own reference, or nothing of
ours at all. One that was issued asks for no amount, and its note is the stall's reference and nothing else.
Only stalls whose money the person may see are compared: the rest is foreign.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from core.crypto import blind_index, mask
from core.reference_codes import find_references
from core.vietqr import VietQr, VietQrError, decode
from models import Bank, PaymentRequest, PayoutAccount, Stall
from services.access import Actor, stalls_with_money, visible_money

SHOWN_PARTS = ("bank", "account_number", "amount", "words", "note", "format")


class Verdict(StrEnum):
    ISSUED = "issued"
    ALTERED = "altered"
    OLD = "old"
    REQUEST = "request"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class QrCheck:
    """`altered` names parts of SHOWN_PARTS. `bank` and `account_number` (masked) are what the QR would pay."""

    verdict: Verdict
    stall: Stall | None = None
    altered: tuple[str, ...] = ()
    bank: str | None = None
    account_number: str | None = None


def check_qr(session: Session, actor: Actor, payload: str) -> QrCheck:
    """What is known about the text of a QR."""
    payload = payload.strip()
    named = _by_reference(session, actor, find_references(payload))
    try:
        qr = decode(payload)
    except VietQrError:
        return QrCheck(Verdict.ALTERED, named, ("format",)) if named else QrCheck(Verdict.UNREADABLE)
    named = _by_reference(session, actor, find_references(qr.note))
    verdict, stall, altered = _judge(session, actor, payload, qr, named)
    bank = session.get(Bank, qr.bin)
    return QrCheck(verdict, stall, altered, bank.short_name if bank else qr.bin, mask(qr.account_number))


def _judge(
    session: Session, actor: Actor, payload: str, qr: VietQr, named: Stall | None
) -> tuple[Verdict, Stall | None, tuple[str, ...]]:
    if named:
        return _judge_named(session, qr, named)
    if stall := _by_request(session, actor, payload):
        return Verdict.REQUEST, stall, ()
    if stall := _by_account(session, actor, qr):
        return Verdict.ALTERED, stall, ("note",)
    return Verdict.FOREIGN, None, ()


def _judge_named(session: Session, qr: VietQr, stall: Stall) -> tuple[Verdict, Stall | None, tuple[str, ...]]:
    account = stall.payout_account
    altered = ["bank"] if qr.bin != account.bin else []
    altered += ["account_number"] if qr.card or qr.account_number != account.account_number else []
    asks = ["amount"] if qr.amount is not None else []
    asks += ["words"] if qr.note != stall.reference else []
    if not (altered or asks):
        return Verdict.ISSUED, stall, ()
    if altered and not (asks or qr.card) and _was_the_sellers(session, qr, stall.seller_id):
        return Verdict.OLD, stall, tuple(altered)
    return Verdict.ALTERED, stall, (*altered, *asks)


def _was_the_sellers(session: Session, qr: VietQr, seller_id: UUID) -> bool:
    """Whether the account is another one of the stall's own seller."""
    query = select(PayoutAccount.id).where(PayoutAccount.seller_id == seller_id, _account(qr)).limit(1)
    return session.scalar(query) is not None


def _account(qr: VietQr) -> ColumnElement[bool]:
    index = blind_index("account_number", qr.account_number)
    return (PayoutAccount.bin == qr.bin) & (PayoutAccount.account_number_index == index)


def _stalls(actor: Actor) -> Select[Stall]:
    return (
        select(Stall)
        .where(stalls_with_money(actor))
        .options(joinedload(Stall.payout_account), joinedload(Stall.market))
        .order_by(Stall.id)
        .limit(1)
    )


def _by_reference(session: Session, actor: Actor, references: list[str]) -> Stall | None:
    return session.scalar(_stalls(actor).where(Stall.reference.in_(references))) if references else None


def _by_request(session: Session, actor: Actor, payload: str) -> Stall | None:
    """The stall at which exactly this QR was shown for one payment; it is sealed, so its reference finds it."""
    requests = select(PaymentRequest).where(
        PaymentRequest.reference.in_(find_references(payload)), visible_money(actor, PaymentRequest)
    )
    stalls = [request.stall_id for request in session.scalars(requests) if request.qr_payload == payload]
    return session.scalar(_stalls(actor).where(Stall.id.in_(stalls)))


def _by_account(session: Session, actor: Actor, qr: VietQr) -> Stall | None:
    return session.scalar(_stalls(actor).join(PayoutAccount).where(_account(qr)))
