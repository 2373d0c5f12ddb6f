"""What a decision about an exception would do: checked against what is there, before anything moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.errors import InvalidInput, text
from core.near_codes import squeezed
from core.vietqr import VietQr, VietQrError
from models import (
    ChannelKind,
    CollectionChannel,
    Payment,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
    RefundSource,
    ResolutionAction,
    Stall,
)
from models.payment_states import OPEN
from services.banks import require_bank
from services.holdings import free_in_suspense, kept_of, matched_to
from services.payers import PayerAccount, payer_of

TAKES_MONEY = OPEN | {PaymentStatus.EXPIRED}
"""What a person may still tie money to."""


@dataclass(frozen=True)
class Case:
    """An exception with its payment, if it has one, and the đồng that can be decided about."""

    exception: ReconciliationException
    payment: Payment | None
    free: int
    """In suspense."""
    kept: int
    """With the seller of the request that the exception names."""


@dataclass(frozen=True)
class Plan:
    """`amount` đồng to be matched, given back, written off or let be."""

    action: ResolutionAction
    amount: int
    request: PaymentRequest | None = None
    source: RefundSource | None = None
    seller_id: UUID | None = None
    account: PayerAccount | None = None


@dataclass(frozen=True)
class Wish:
    """What a person wants; `amount` for a part of the money only, `account` where the payer's is not known."""

    action: ResolutionAction
    payment_request_id: UUID | None = None
    amount: int | None = None
    account: Mapping[str, str] | None = None


def case_of(session: Session, exception: ReconciliationException) -> Case:
    payment = session.get(Payment, exception.payment_id) if exception.payment_id else None
    if payment is None:
        return Case(exception, None, 0, 0)
    free = free_in_suspense(session, [payment.id]).get(payment.id, 0)
    request_id = exception.payment_request_id
    return Case(exception, payment, free, kept_of(session, payment.id, request_id) if request_id else 0)


def possible_actions(session: Session, case: Case) -> list[ResolutionAction]:
    """What can be done at all, for a page to offer."""
    actions = [ResolutionAction.MATCH] if case.free else []
    if (case.free or case.kept) and case.payment and _pays_out(session, case.payment):
        actions.append(ResolutionAction.REFUND)
    if case.free:
        actions.append(ResolutionAction.WRITE_OFF)
    return [*actions, ResolutionAction.IGNORE]


def plan(session: Session, case: Case, wish: Wish) -> Plan:
    """Raises InvalidInput beside the field that cannot be."""
    if wish.payment_request_id and wish.action is not ResolutionAction.MATCH:
        raise InvalidInput.of("payment_request_id", text("Chỉ chọn yêu cầu khi khớp tiền"))
    if wish.amount is not None and wish.action is not ResolutionAction.MATCH:
        raise InvalidInput.of("amount", text("Chỉ ghi số tiền khi khớp một phần"))
    if wish.action is ResolutionAction.MATCH:
        return _match(session, case, wish)
    if wish.action is ResolutionAction.REFUND:
        return _refund(session, case, wish)
    if wish.action is ResolutionAction.WRITE_OFF:
        return Plan(wish.action, _free(case))
    return Plan(wish.action, case.free or case.exception.amount)


def _free(case: Case) -> int:
    if not case.free:
        raise InvalidInput.of("action", text("Khoản này không còn tiền treo để quyết định"))
    return case.free


def _match(session: Session, case: Case, wish: Wish) -> Plan:
    free = _free(case)
    if wish.payment_request_id is None:
        raise InvalidInput.of("payment_request_id", text("Hãy chọn yêu cầu mà khoản tiền này trả"))
    request = find_request(session, case, wish.payment_request_id)
    most = min(free, request.amount - matched_to(session, request.id))
    if request.status not in TAKES_MONEY or most <= 0:
        raise InvalidInput.of("payment_request_id", text("Yêu cầu này không còn chờ tiền"))
    if wish.amount is not None and not 0 < wish.amount <= most:
        raise InvalidInput.of("amount", text("Số tiền phải từ 1 đến %(most)s đồng", most=most))
    return Plan(wish.action, wish.amount or most, request=request)


def find_request(session: Session, case: Case, request_id: UUID) -> PaymentRequest:
    """A request of a stall of the same market. Raises InvalidInput for any other."""
    request = session.scalar(
        select(PaymentRequest)
        .where(
            PaymentRequest.id == request_id,
            PaymentRequest.market_id == case.exception.market_id,
            PaymentRequest.stall_id.is_not(None),
        )
        .options(joinedload(PaymentRequest.stall))
    )
    if request is None:
        raise InvalidInput.of("payment_request_id", text("Chợ này không có yêu cầu đó"))
    return request


def request_named(session: Session, case: Case, reference: str) -> UUID:
    """The request of that code. Raises InvalidInput (on `reference`) where the market has none such."""
    query = select(PaymentRequest.id).where(
        PaymentRequest.reference == squeezed(reference),
        PaymentRequest.market_id == case.exception.market_id,
        PaymentRequest.stall_id.is_not(None),
    )
    request_id = session.scalar(query)
    if request_id is None:
        raise InvalidInput.of("reference", text("Chợ này không có yêu cầu mang mã đó"))
    return request_id


def _refund(session: Session, case: Case, wish: Wish) -> Plan:
    """What lies in suspense goes back; where nothing does, what the seller has of it."""
    if case.payment is None or not (case.free or case.kept):
        raise InvalidInput.of("action", text("Khoản này không có tiền để trả lại"))
    if not _pays_out(session, case.payment):
        raise InvalidInput.of("action", text("Kênh thu này không chuyển trả được; hãy trả khách trực tiếp"))
    account = _account(session, case.payment, wish.account)
    if case.free:
        return Plan(wish.action, case.free, source=RefundSource.SUSPENSE, account=account)
    seller_id = session.scalar(
        select(Stall.seller_id)
        .join(PaymentRequest)
        .where(PaymentRequest.id == case.exception.payment_request_id)
    )
    if seller_id is None:
        raise InvalidInput.of("action", text("Khoản này đã nộp phí chợ, không trả lại ở đây được"))
    return Plan(wish.action, case.kept, source=RefundSource.SELLER, seller_id=seller_id, account=account)


def _pays_out(session: Session, payment: Payment) -> bool:
    channel = session.get_one(CollectionChannel, payment.channel_id)
    return channel.kind is ChannelKind.PAYOS


def _account(session: Session, payment: Payment, typed: Mapping[str, str] | None) -> PayerAccount:
    if typed is None:
        known = payer_of(session, payment)
        if known is None:
            missing = text("Chưa biết tài khoản của khách; hãy hỏi khách và điền vào")
            raise InvalidInput({f"payer_account.{name}": [missing] for name in PayerAccount.__annotations__})
        return known
    account = PayerAccount(**typed)
    require_bank(session, account.bin, "payer_account.bin")
    try:
        VietQr(account.bin, account.account_number)
    except VietQrError as error:
        raise InvalidInput.of(f"payer_account.{error.field}", error.detail) from None
    return account
