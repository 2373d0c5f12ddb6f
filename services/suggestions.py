"""Requests and fees that a payment of unknown purpose may be for, each with its reasons. Only suggestions: a person
decides.

The rules are pure; what they look at is fetched in one statement for each of the two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, or_, select, true
from sqlalchemy.orm import Session

from core.clock import start_of_day
from core.errors import Text, text
from core.near_codes import holds_nearly, squeezed
from models import FeeInvoice, Payment, PaymentMatch, PaymentRequest, Stall
from models.fees import OWED
from models.payment_states import TAKES_MONEY
from services.answering import may_answer, may_pay
from services.holdings import reversal_stands
from services.resolution_plans import Case

SAME_AMOUNT_WITHIN = timedelta(hours=24)
CODE_WITHIN = timedelta(days=30)
FEE_WITHIN = timedelta(days=92)
"""A fee is paid when there is money for it: a quarter's fees may still be meant."""
CLOCKS_DIFFER = timedelta(minutes=5)
MOST = 5
PIECE = 4
"""One wrong character leaves the first four characters of a code, or the last four, as they are."""


@dataclass(frozen=True)
class Candidate:
    """An open request or, with `fee`, invoice: `missing` đồng of it have not come. A day's ticket has no stall."""

    id: UUID
    reference: str
    stall_number: str | None
    amount: int
    missing: int
    created_at: datetime
    fee: bool = False

    @property
    def payment_request_id(self) -> UUID | None:
        return None if self.fee else self.id

    @property
    def fee_invoice_id(self) -> UUID | None:
        return self.id if self.fee else None


@dataclass(frozen=True)
class Suggestion:
    request: Candidate
    reasons: tuple[Text, ...]
    weight: int


def suggest(free: int, occurred_at: datetime, memo: str, candidates: Iterable[Candidate]) -> list[Suggestion]:
    """The most likely first: those whose code the note nearly holds, then those of the same amount, the nearest in
    time first."""
    plain = squeezed(memo)
    found = [_weigh(free, occurred_at, plain, candidate) for candidate in candidates]
    likely = [suggestion for suggestion in found if suggestion.reasons]
    return sorted(
        likely, key=lambda s: (-s.weight, abs(occurred_at - s.request.created_at), s.request.reference)
    )[:MOST]


def _weigh(free: int, occurred_at: datetime, plain: str, candidate: Candidate) -> Suggestion:
    reasons: list[Text] = []
    weight = 0
    if candidate.reference in plain:
        reasons.append(text("Nội dung chuyển khoản ghi đúng mã này"))
        weight += 4
    elif holds_nearly(plain, candidate.reference):
        reasons.append(text("Nội dung chuyển khoản chỉ lệch mã này một ký tự"))
        weight += 3
    waited = occurred_at - candidate.created_at
    within = FEE_WITHIN if candidate.fee else SAME_AMOUNT_WITHIN
    if candidate.missing == free and -CLOCKS_DIFFER <= waited <= within:
        reasons.append(text("Đúng số phí còn phải nộp") if candidate.fee else _same_amount(waited))
        weight += 1 if candidate.fee else 2
    return Suggestion(candidate, tuple(reasons), weight)


def _same_amount(waited: timedelta) -> Text:
    minutes = max(int(waited.total_seconds() // 60), 0)
    if minutes < 1:
        return text("Đúng số tiền còn thiếu, hỏi ngay trước khi tiền đến")
    if minutes < 60:
        return text("Đúng số tiền còn thiếu, hỏi trước khi tiền đến %(minutes)s phút", minutes=minutes)
    return text("Đúng số tiền còn thiếu, hỏi trước khi tiền đến %(hours)s giờ", hours=minutes // 60)


def list_suggestions(session: Session, case: Case) -> list[Suggestion]:
    """For an exception that the person was shown already, while there is money to decide about."""
    if case.payment is None or not case.free:
        return []
    payment, free = case.payment, case.free
    candidates = _candidates(session, payment, free) + _fees(session, payment, free)
    return suggest(free, payment.occurred_at, payment.memo, candidates)


def _candidates(session: Session, payment: Payment, free: int) -> list[Candidate]:
    """Requests of the payment's market that it may answer, still wait for money and may fit, in one statement."""
    matched = (
        select(func.coalesce(func.sum(PaymentMatch.amount), 0))
        .where(
            PaymentMatch.payment_request_id == PaymentRequest.id, ~reversal_stands(PaymentMatch.payment_id)
        )
        .scalar_subquery()
    )
    missing = PaymentRequest.amount - matched
    recent = PaymentRequest.created_at >= payment.occurred_at - SAME_AMOUNT_WITHIN
    query = (
        select(
            PaymentRequest.id,
            PaymentRequest.reference,
            Stall.number,
            PaymentRequest.amount,
            missing,
            PaymentRequest.created_at,
        )
        .join(Stall, Stall.id == PaymentRequest.stall_id)
        .where(
            PaymentRequest.market_id == payment.market_id,
            may_answer(payment),
            PaymentRequest.status.in_(TAKES_MONEY),
            PaymentRequest.created_at >= payment.occurred_at - CODE_WITHIN,
            PaymentRequest.created_at <= _asked_by(payment),
            missing > 0,
            or_(recent & (missing == free), _holds_piece(payment, PaymentRequest.reference)),
        )
        .order_by(PaymentRequest.created_at.desc())
        .limit(200)
    )
    return [Candidate(*row) for row in session.execute(query)]


def _fees(session: Session, payment: Payment, free: int) -> list[Candidate]:
    """Invoices of the payment's market that it may pay, are owed and may fit."""
    missing = FeeInvoice.amount - FeeInvoice.amount_paid
    query = (
        select(
            FeeInvoice.id,
            FeeInvoice.reference,
            Stall.number,
            FeeInvoice.amount,
            missing,
            FeeInvoice.created_at,
            true(),
        )
        .outerjoin(Stall, Stall.id == FeeInvoice.stall_id)
        .where(
            FeeInvoice.market_id == payment.market_id,
            may_pay(payment),
            FeeInvoice.status.in_(OWED),
            FeeInvoice.created_at >= payment.occurred_at - FEE_WITHIN,
            FeeInvoice.created_at <= _asked_by(payment),
            missing > 0,
            or_(missing == free, _holds_piece(payment, FeeInvoice.reference)),
        )
        .order_by(FeeInvoice.created_at.desc())
        .limit(200)
    )
    return [Candidate(*row) for row in session.execute(query)]


def _asked_by(payment: Payment) -> datetime:
    """A statement's line that tells only its day may have come at any hour of it, so whose code it nearly holds may
    have been asked for until the day's end."""
    return max(payment.occurred_at + CLOCKS_DIFFER, start_of_day(payment.business_day + timedelta(days=1)))


def _holds_piece(payment: Payment, reference: SQLColumnExpression[str]) -> ColumnElement[bool]:
    note = literal(squeezed(payment.memo))
    pieces = func.left(reference, PIECE), func.right(reference, PIECE)
    return or_(*(func.strpos(note, piece) > 0 for piece in pieces))
