"""What a decision about an exception would do: checked against what is there, before anything moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from core.errors import InvalidInput, Text, text
from core.money import format_dong
from core.near_codes import squeezed
from core.vietqr import VietQr, VietQrError
from gateways.formats import COLLECTORS
from models import (
    CollectionChannel,
    ExceptionKind,
    FeeInvoice,
    FeeInvoiceRequest,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Refund,
    RefundSource,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    Stall,
    StatementLine,
)
from models.payment_states import TAKES_MONEY
from models.resolutions import LIVE
from services.answering import may_answer, may_pay
from services.banks import require_bank
from services.holdings import in_suspense, is_reversed, kept_of, matched_to
from services.payers import PayerAccount, payer_of
from services.refunds import BY_HAND

MOVES_NOTHING = (ResolutionAction.IGNORE, ResolutionAction.UNDO)
IN_PARTS = (ResolutionAction.MATCH, ResolutionAction.REFUND)
OF_LOOKALIKES = (ResolutionAction.SAME, ResolutionAction.ANOTHER)


@dataclass(frozen=True)
class Case:
    """An exception with its payment, if it has one, and the đồng that can be decided about."""

    exception: ReconciliationException
    payment: Payment | None
    free: int
    """In suspense."""
    kept: int
    """With the seller of the request that the exception names."""
    decided: int = 0
    """What people have decided about of the payment's money, in đồng."""
    reversed: bool = False
    """The bank took it back."""
    undecided: int = 0
    """Of a debit, what nobody has decided about yet: further ones with the same code add to it."""
    line: StatementLine | None = None
    """Of a statement, that may tell again of what another one told; it is no payment yet."""

    @property
    def is_debit(self) -> bool:
        """It is about money that went out, not about any that came."""
        return self.exception.kind is ExceptionKind.DEBITED


@dataclass(frozen=True)
class Plan:
    """`amount` đồng to be matched, given back, written off or let be."""

    action: ResolutionAction
    amount: int
    request: PaymentRequest | None = None
    invoice: FeeInvoice | None = None
    source: RefundSource | None = None
    seller_id: UUID | None = None
    account: PayerAccount | None = None
    typed: bool = False
    """Money is to be sent to an account that only the person named."""


@dataclass(frozen=True)
class Wish:
    """What a person wants; `amount` for a part of the money only, `account` where the payer's is not known. Money is
    matched to a request or to a fee invoice."""

    action: ResolutionAction
    payment_request_id: UUID | None = None
    amount: int | None = None
    account: Mapping[str, str] | None = None
    fee_invoice_id: UUID | None = None


def case_of(session: Session, exception: ReconciliationException) -> Case:
    payment = session.get(Payment, exception.payment_id) if exception.payment_id else None
    decided = _decided(session, exception)
    undecided = exception.amount - _decided_about(session, exception)
    if payment is None:
        line_id = exception.statement_line_id
        line = session.get_one(StatementLine, line_id, populate_existing=True) if line_id else None
        return Case(exception, None, 0, 0, decided, undecided=undecided, line=line)
    free = in_suspense(session, [payment.id]).get(payment.id, 0)
    request_id = exception.payment_request_id
    kept = kept_of(session, payment.id, request_id) if request_id else 0
    taken_back = exception.kind is ExceptionKind.REVERSED and is_reversed(session, payment.id)
    return Case(exception, payment, free, kept, decided, taken_back, undecided)


def _decided_about(session: Session, exception: ReconciliationException) -> int:
    """What was decided at this exception alone."""
    query = select(func.coalesce(func.sum(Resolution.amount), 0)).where(
        Resolution.exception_id == exception.id,
        Resolution.status == ResolutionStatus.DONE,
        Resolution.action != ResolutionAction.UNDO,
    )
    return int(session.execute(query).scalar_one())


def _decided(session: Session, exception: ReconciliationException) -> int:
    """The sum of what was done about the same money, by whichever of its exceptions."""
    same = ReconciliationException.id == exception.id
    if exception.payment_id:
        same = ReconciliationException.payment_id == exception.payment_id
    query = (
        select(func.coalesce(func.sum(Resolution.amount), 0))
        .join(ReconciliationException, ReconciliationException.id == Resolution.exception_id)
        .where(same, Resolution.status == ResolutionStatus.DONE, Resolution.action.not_in(MOVES_NOTHING))
    )
    return int(session.execute(query).scalar_one())


def possible_actions(session: Session, case: Case) -> list[ResolutionAction]:
    """What can be done at all, for a page to offer."""
    if case.line:
        return list(OF_LOOKALIKES)
    if case.is_debit:
        given_back = [] if _why_not_given_back(session, case) else [ResolutionAction.REFUND]
        return [*given_back, ResolutionAction.WRITE_OFF, ResolutionAction.IGNORE]
    actions = [ResolutionAction.MATCH] if case.free else []
    if _can_go_back(case) and case.payment and _pays_out(session, case.payment):
        actions.append(ResolutionAction.REFUND)
    if case.free:
        actions.append(ResolutionAction.WRITE_OFF)
    if case.reversed:
        actions.append(ResolutionAction.RESTORE)
    return [*actions, ResolutionAction.IGNORE]


def plan(session: Session, case: Case, wish: Wish) -> Plan:
    """Raises InvalidInput beside the field that cannot be."""
    _require_fields_of(wish)
    if case.line:
        return _plan_lookalike(case, wish)
    if case.is_debit:
        return _plan_debit(session, case, wish)
    if wish.action is ResolutionAction.MATCH:
        return _match_fee(session, case, wish) if wish.fee_invoice_id else _match(session, case, wish)
    if wish.action is ResolutionAction.REFUND:
        return _refund(session, case, wish)
    if wish.action is ResolutionAction.WRITE_OFF:
        return Plan(wish.action, _free(case))
    if wish.action is ResolutionAction.RESTORE:
        return Plan(wish.action, _taken_back(case))
    if wish.action is ResolutionAction.IGNORE:
        return Plan(wish.action, case.free or case.exception.amount)
    raise InvalidInput.of("action", text("Việc này không làm ở đây"))


def _require_fields_of(wish: Wish) -> None:
    """What only a match says, or only where a part of the money can be meant."""
    if wish.payment_request_id and wish.action is not ResolutionAction.MATCH:
        raise InvalidInput.of("payment_request_id", text("Chỉ chọn yêu cầu khi khớp tiền"))
    if wish.fee_invoice_id and (wish.action is not ResolutionAction.MATCH or wish.payment_request_id):
        raise InvalidInput.of("fee_invoice_id", text("Chỉ chọn phí khi khớp tiền, thay cho một yêu cầu"))
    if wish.amount is not None and wish.action not in IN_PARTS:
        raise InvalidInput.of("amount", text("Chỉ ghi số tiền khi khớp hoặc trả lại một phần"))


def _plan_lookalike(case: Case, wish: Wish) -> Plan:
    if wish.action in OF_LOOKALIKES:
        return Plan(wish.action, case.exception.amount)
    said = text("Hãy nói đây là cùng một lần chuyển hay là lần chuyển khác")
    raise InvalidInput.of("action", said)


def _plan_debit(session: Session, case: Case, wish: Wish) -> Plan:
    """It was money that somebody gave back by hand, or another movement, like a bank's fee."""
    amount = case.undecided
    if wish.amount is not None:
        raise InvalidInput.of("amount", text("Tiền đi ra được quyết định cả khoản"))
    if wish.action is ResolutionAction.REFUND:
        if why_not := _why_not_given_back(session, case):
            raise InvalidInput.of("action", why_not)
        account = _account(session, payer_of(session, _payment(case)), wish.account)
        if case.kept >= amount:
            seller_id = _seller_of(session, case)
            return Plan(wish.action, amount, None, None, RefundSource.SELLER, seller_id, account)
        return Plan(wish.action, amount, source=RefundSource.SUSPENSE, account=account)
    if wish.action in {ResolutionAction.WRITE_OFF, ResolutionAction.IGNORE} and amount > 0:
        return Plan(wish.action, amount)
    raise InvalidInput.of("action", text("Đây là tiền đi ra, không khớp với yêu cầu được"))


def _why_not_given_back(session: Session, case: Case) -> Text | None:
    """Of the payment, that is."""
    amount = case.undecided
    if case.payment is None or amount > max(case.kept if _seller_of(session, case) else 0, case.free):
        return text("Tiền đi ra nhiều hơn số còn giữ của yêu cầu này, nên không phải chỉ là trả lại")
    booked = select(Refund.id).where(
        Refund.payment_request_id == case.exception.payment_request_id,
        Refund.amount == amount,
        Refund.status.in_(LIVE),
        Refund.payout_id.is_distinct_from(BY_HAND),
    )
    if session.scalar(booked.limit(1)):
        return text("Sổ đã ghi một lần trả lại đúng số tiền này; hãy để nguyên")
    return None


def _seller_of(session: Session, case: Case) -> UUID | None:
    """Of the stall whose request the exception names; none where a fee was asked for."""
    query = select(Stall.seller_id).join(PaymentRequest)
    return session.scalar(query.where(PaymentRequest.id == case.exception.payment_request_id))


def _payment(case: Case) -> Payment:
    assert case.payment is not None
    return case.payment


def _taken_back(case: Case) -> int:
    if case.payment is None or not case.reversed:
        raise InvalidInput.of("action", text("Ngân hàng không rút lại khoản này"))
    return case.payment.amount


def _can_go_back(case: Case) -> bool:
    return bool(case.free or case.kept)


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
    return Plan(wish.action, _part(wish, most), request=request)


def _match_fee(session: Session, case: Case, wish: Wish) -> Plan:
    free = _free(case)
    found = session.execute(
        select(FeeInvoice, may_pay(_payment(case)))
        .where(FeeInvoice.id == wish.fee_invoice_id, FeeInvoice.market_id == case.exception.market_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise InvalidInput.of("fee_invoice_id", text("Chợ này không có khoản phí đó"))
    invoice, within_reach = found
    if not within_reach:
        raise InvalidInput.of(
            "fee_invoice_id",
            text("Tiền này ở tài khoản của người bán, chợ chưa nhận, nên không trả phí được"),
        )
    if not invoice.remaining:
        raise InvalidInput.of("fee_invoice_id", text("Phí này không còn phải trả"))
    return Plan(wish.action, _part(wish, min(free, invoice.remaining)), invoice=invoice)


def _part(wish: Wish, most: int) -> int:
    if wish.amount is not None and not 0 < wish.amount <= most:
        raise InvalidInput.of("amount", text("Số tiền phải từ 1 ₫ đến %(most)s", most=format_dong(most)))
    return wish.amount or most


def find_request(session: Session, case: Case, request_id: UUID) -> PaymentRequest:
    """A request of a stall of the same market that this money may answer. Raises InvalidInput for any other."""
    found = session.execute(
        select(PaymentRequest, may_answer(_payment(case)))
        .join(PaymentRequest.stall)
        .where(PaymentRequest.id == request_id, PaymentRequest.market_id == case.exception.market_id)
        .options(contains_eager(PaymentRequest.stall))
    ).one_or_none()
    if found is None:
        raise InvalidInput.of("payment_request_id", text("Chợ này không có yêu cầu đó"))
    request, within_reach = found
    if not within_reach:
        raise InvalidInput.of(
            "payment_request_id",
            text("Tiền này ở tài khoản của người bán khác, nên không trả yêu cầu này được"),
        )
    return request


def match_named(session: Session, case: Case, reference: str, amount: int | None = None) -> Wish:
    """To match the money to the request or fee of that code. Raises InvalidInput (on `reference`) where the market has
    none such."""
    code, market_id = squeezed(reference), case.exception.market_id
    invoice = select(FeeInvoice.id).where(FeeInvoice.reference == code, FeeInvoice.market_id == market_id)
    request = (
        select(PaymentRequest.id, FeeInvoiceRequest.invoice_id)
        .outerjoin(FeeInvoiceRequest, FeeInvoiceRequest.payment_request_id == PaymentRequest.id)
        .where(PaymentRequest.reference == code, PaymentRequest.market_id == market_id)
    )
    if invoice_id := session.scalar(invoice):
        return Wish(ResolutionAction.MATCH, amount=amount, fee_invoice_id=invoice_id)
    if found := session.execute(request).one_or_none():
        request_id, invoice_id = found
        asked = None if invoice_id else request_id
        return Wish(ResolutionAction.MATCH, asked, amount, fee_invoice_id=invoice_id)
    raise InvalidInput.of("reference", text("Chợ này không có yêu cầu hay khoản phí nào mang mã đó"))


def _refund(session: Session, case: Case, wish: Wish) -> Plan:
    """What lies in suspense goes back; where nothing does, what the seller has of it. Either in parts, if wanted."""
    if case.payment is None or not _can_go_back(case):
        raise InvalidInput.of("action", text("Khoản này không có tiền để trả lại"))
    if not _pays_out(session, case.payment):
        raise InvalidInput.of("action", text("Kênh thu này không chuyển trả được; hãy trả khách trực tiếp"))
    payer = payer_of(session, case.payment)
    account, typed = _account(session, payer, wish.account), payer is None
    if case.free:
        part = _part(wish, case.free)
        return Plan(wish.action, part, source=RefundSource.SUSPENSE, account=account, typed=typed)
    seller_id = _seller_of(session, case)
    if seller_id is None:
        raise InvalidInput.of("action", text("Khoản này đã nộp phí chợ, không trả lại ở đây được"))
    part = _part(wish, case.kept)
    return Plan(wish.action, part, None, None, RefundSource.SELLER, seller_id, account, typed)


def _pays_out(session: Session, payment: Payment) -> bool:
    channel = session.get_one(CollectionChannel, payment.channel_id)
    collector = COLLECTORS.get(channel.kind)
    return collector is not None and collector.pays_out


def _account(session: Session, known: PayerAccount | None, typed: Mapping[str, str] | None) -> PayerAccount:
    """Where the payer's is known, no other."""
    if known and typed and (typed["bin"], typed["account_number"]) != (known.bin, known.account_number):
        raise InvalidInput.of(
            "payer_account", text("Đã biết tài khoản trả tiền; tiền chỉ về lại tài khoản đó")
        )
    if known:
        return known
    if typed is None:
        missing = text("Chưa biết tài khoản của khách; hãy hỏi khách và điền vào")
        raise InvalidInput({f"payer_account.{name}": [missing] for name in PayerAccount.__annotations__})
    account = PayerAccount(**typed)
    require_bank(session, account.bin, "payer_account.bin")
    try:
        VietQr(account.bin, account.account_number)
    except VietQrError as error:
        raise InvalidInput.of(f"payer_account.{error.field}", error.detail) from None
    return account
