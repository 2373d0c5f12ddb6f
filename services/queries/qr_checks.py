"""Whose a printed QR is: still the one that was issued, altered, an old one, or none of ours.

A sticker that was pasted over another names a foreign account under the stall's own reference, or nothing of
ours at all. One that was issued asks for no amount, and its note is the stall's reference and nothing else.
Only stalls whose money the person may see are compared: the rest is foreign.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from core.crypto import blind_index, mask
from core.reference_codes import find_references
from core.vietqr import Payee, VietQr, VietQrError, decode, payee_of
from models import Bank, PaymentRequest, PayoutAccount, Stall, VirtualAccount
from services.access import Actor, stalls_with_money, visible_money

SHOWN_PARTS = ("bank", "account_number", "amount", "words", "note", "format")


class Verdict(StrEnum):
    ISSUED = "issued"
    CLOSED = "closed"
    """As it was issued, at a stall that was closed since; who scans it still pays."""
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
        return _check_another(session, actor, payee_of(payload), named)
    named = _by_reference(session, actor, find_references(qr.note))
    return QrCheck(*_judge(session, actor, payload, qr, named), *_shown(session, qr.payee))


def _check_another(session: Session, actor: Actor, payee: Payee | None, named: Stall | None) -> QrCheck:
    """Of a QR that is not as ours are written; what banks print for anybody is pasted over most easily."""
    if payee is None:
        return QrCheck(Verdict.ALTERED, named, ("format",)) if named else QrCheck(Verdict.UNREADABLE)
    altered = ["format"]
    if named:
        altered = [*_elsewhere(payee, named), "format"]
    stall = named or _by_account(session, actor, payee)
    if stall is None:
        return QrCheck(Verdict.FOREIGN, None, (), *_shown(session, payee))
    return QrCheck(Verdict.ALTERED, stall, tuple(altered), *_shown(session, payee))


def _shown(session: Session, payee: Payee) -> tuple[str, str]:
    bank = session.get(Bank, payee.bin)
    return bank.short_name if bank else payee.bin, mask(payee.account_number)


def _elsewhere(payee: Payee, stall: Stall) -> list[str]:
    """What of the account is another one than the stall's static QR pays into."""
    parts = {
        "bank": payee.bin == stall.payout_account.bin,
        "account_number": payee.account_number == stall.qr_number,
    }
    return [part for part, same in parts.items() if not same]


def _judge(
    session: Session, actor: Actor, payload: str, qr: VietQr, named: Stall | None
) -> tuple[Verdict, Stall | None, tuple[str, ...]]:
    if named:
        return _judge_named(session, qr, named)
    if stall := _by_request(session, actor, payload):
        return Verdict.REQUEST, stall, ()
    if stall := _by_account(session, actor, qr.payee):
        return Verdict.ALTERED, stall, ("note",)
    return Verdict.FOREIGN, None, ()


def _judge_named(session: Session, qr: VietQr, stall: Stall) -> tuple[Verdict, Stall | None, tuple[str, ...]]:
    number = "" if qr.card else qr.account_number
    altered = _elsewhere(Payee(qr.bin, number), stall)
    asks = ["amount"] if qr.amount is not None else []
    asks += ["words"] if qr.note != stall.reference else []
    if not (altered or asks):
        return Verdict.CLOSED if stall.closed_on else Verdict.ISSUED, stall, ()
    if altered and not (asks or qr.card) and _was_the_sellers(session, qr.payee, stall):
        return Verdict.CLOSED if stall.closed_on else Verdict.OLD, stall, tuple(altered)
    return Verdict.ALTERED, stall, (*altered, *asks)


def _was_the_sellers(session: Session, payee: Payee, stall: Stall) -> bool:
    """Whether the account is another one of the stall's own seller, or was the stall's virtual one."""
    accounts = select(PayoutAccount.id).where(PayoutAccount.seller_id == stall.seller_id, _account(payee))
    virtual = (
        select(VirtualAccount.id)
        .join(VirtualAccount.stall)
        .join(Stall.payout_account)
        .where(
            VirtualAccount.stall_id == stall.id,
            VirtualAccount.number == payee.account_number,
            PayoutAccount.bin == payee.bin,
        )
    )
    return bool(session.scalar(select(or_(accounts.exists(), virtual.exists()))))


def _account(payee: Payee) -> ColumnElement[bool]:
    index = blind_index("account_number", payee.account_number)
    return (PayoutAccount.bin == payee.bin) & (PayoutAccount.account_number_index == index)


def _stalls(actor: Actor) -> Select[Stall]:
    return (
        select(Stall)
        .where(stalls_with_money(actor))
        .options(
            joinedload(Stall.payout_account), joinedload(Stall.virtual_account), joinedload(Stall.market)
        )
        .order_by(Stall.closed_on.is_not(None), Stall.id)
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


def _by_account(session: Session, actor: Actor, payee: Payee) -> Stall | None:
    virtual = Stall.virtual_account.has(VirtualAccount.number == payee.account_number)
    accounts = or_(_account(payee), and_(PayoutAccount.bin == payee.bin, virtual))
    return session.scalar(_stalls(actor).join(PayoutAccount).where(accounts))
