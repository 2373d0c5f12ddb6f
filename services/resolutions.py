"""Decisions about exceptions: made by one person, above the market's limit agreed to by another, never deleted.

Every decision that moves money stands in the journal; taking it back is a counter-entry, and opens the exception again.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound, text
from core.ids import new_id
from models import (
    ExceptionStatus,
    Market,
    Payment,
    ReconciliationException,
    Refund,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
)
from services import audit
from services.access import Actor
from services.holdings import free_in_suspense
from services.queries.exceptions import get_exception
from services.refunded_requests import lock_request
from services.refunds import call_off
from services.resolution_effects import carry_out, refund_of, take_back
from services.resolution_plans import Case, Plan, Wish, case_of, plan
from services.storing import store

CHANGED = text("Khoản này đã khác đi từ khi được đề nghị; hãy bỏ đề nghị và quyết định lại")


def resolve(session: Session, actor: Actor, exception_id: UUID, wish: Wish, reason: str) -> Resolution:
    """Decide. It takes effect at once, or, above the market's limit, when `approve` is called by another person.

    Raises InvalidInput beside the field, Conflict where it is decided already or a proposal waits, NotFound.
    """
    exception = _lock(session, actor, exception_id)
    if exception.status is ExceptionStatus.RESOLVED:
        raise Conflict(text("Khoản này đã được giải quyết"))
    if _proposed(session, exception_id):
        raise Conflict(text("Khoản này đang chờ người thứ hai duyệt"))
    lock_request(session, wish.payment_request_id)
    case = case_of(session, exception)
    planned = plan(session, case, wish)
    limit = session.get_one(Market, exception.market_id).second_person_limit
    resolution = Resolution(
        id=new_id(),
        exception_id=exception.id,
        action=wish.action,
        status=ResolutionStatus.PROPOSED if planned.amount > limit else ResolutionStatus.DONE,
        reason=_said(reason),
        amount=planned.amount,
        payment_request_id=planned.request.id if planned.request else None,
        needs_approval=planned.amount > limit,
        decided_by=actor.user_id,
    )
    store(session, resolution)
    _store_refund(session, case, resolution, planned)
    if resolution.status is ResolutionStatus.DONE:
        _carry_out(session, case, resolution, planned)
    audit.note(session, actor, f"exception.{wish.action}", exception.id, reason, amount=planned.amount)
    return resolution


def approve(session: Session, actor: Actor, exception_id: UUID) -> Resolution:
    """Let what another person proposed take effect, if it still can. Raises Forbidden for one's own proposal,
    Conflict where nothing waits or the money has moved since."""
    exception = _lock(session, actor, exception_id)
    resolution = _proposed(session, exception_id)
    if resolution is None:
        raise Conflict(text("Không có đề nghị nào đang chờ duyệt"))
    if resolution.decided_by == actor.user_id:
        raise Forbidden(text("Người duyệt phải là người khác với người đề nghị"))
    lock_request(session, resolution.payment_request_id)
    case = case_of(session, exception)
    planned = _still(session, case, resolution)
    resolution.status, resolution.approved_by = ResolutionStatus.DONE, actor.user_id
    session.flush()
    _carry_out(session, case, resolution, planned)
    audit.note(session, actor, "exception.approved", exception.id, amount=resolution.amount)
    return resolution


def undo(
    session: Session, actor: Actor, exception_id: UUID, reason: str, resolution_id: UUID | None = None
) -> Resolution:
    """Take a decision back, the newest where none is named; a proposal is withdrawn. The exception is open again.

    Raises Conflict where there is none, or the money has gone already.
    """
    exception = _lock(session, actor, exception_id)
    resolution = _latest(session, exception_id, resolution_id)
    if resolution is None:
        raise Conflict(text("Không có quyết định nào để rút lại"))
    said = _said(reason)
    if resolution.status is ResolutionStatus.DONE:
        take_back(session, case_of(session, exception), resolution)
        exception.status = ExceptionStatus.OPEN
    elif resolution.action is ResolutionAction.REFUND:
        call_off(session, refund_of(session, resolution))
    resolution.status = ResolutionStatus.UNDONE
    resolution.undone_by, resolution.undo_reason = actor.user_id, said
    session.flush()
    audit.note(session, actor, "exception.undone", exception.id, said, amount=resolution.amount)
    return resolution


def set_second_person_limit(session: Session, market_code: str, amount: int) -> None:
    """Above `amount` đồng decisions of that market need a second person. Only for operators: nobody loosens the
    own leash. Raises NotFound."""
    market = session.scalar(select(Market).where(Market.code == market_code).with_for_update())
    if market is None:
        raise NotFound()
    market.second_person_limit = amount


def _carry_out(session: Session, case: Case, resolution: Resolution, planned: Plan) -> None:
    carry_out(session, case, resolution, planned)
    left = case.payment and free_in_suspense(session, [case.payment.id])
    if resolution.action is ResolutionAction.IGNORE or not left:
        case.exception.status = ExceptionStatus.RESOLVED
    session.flush()


def _still(session: Session, case: Case, resolution: Resolution) -> Plan:
    """The plan again, as things are now. Raises Conflict where it would be another."""
    account = None
    if resolution.action is ResolutionAction.REFUND:
        refund = refund_of(session, resolution)
        names = ("bin", "account_number", "holder_name")
        account = {name: getattr(refund, name) for name in names}
    is_match = resolution.action is ResolutionAction.MATCH
    amount = resolution.amount if is_match else None
    wish = Wish(resolution.action, resolution.payment_request_id, amount, account)
    try:
        planned = plan(session, case, wish)
    except InvalidInput as error:
        raise Conflict(CHANGED) from error
    if planned.amount != resolution.amount:
        raise Conflict(CHANGED)
    return planned


def _store_refund(session: Session, case: Case, resolution: Resolution, planned: Plan) -> None:
    if planned.source is None or planned.account is None or case.payment is None:
        return
    refund = Refund(
        id=new_id(),
        resolution_id=resolution.id,
        payment_id=case.payment.id,
        payment_request_id=case.exception.payment_request_id,
        seller_id=planned.seller_id,
        source=planned.source,
        amount=planned.amount,
        status=RefundStatus.PROPOSED,
        idempotency_key=f"refund-{resolution.id}",
        bin=planned.account.bin,
        account_number=planned.account.account_number,
        holder_name=planned.account.holder_name,
    )
    store(session, refund)


def _lock(session: Session, actor: Actor, exception_id: UUID) -> ReconciliationException:
    """The exception and then its payment: whoever decides about the same money waits here."""
    exception = get_exception(session, actor, exception_id, to_change=True)
    if exception.payment_id:
        session.get_one(
            Payment, exception.payment_id, with_for_update={"key_share": True}, populate_existing=True
        )
    return exception


def _proposed(session: Session, exception_id: UUID) -> Resolution | None:
    return session.scalar(
        select(Resolution).where(
            Resolution.exception_id == exception_id, Resolution.status == ResolutionStatus.PROPOSED
        )
    )


def _latest(session: Session, exception_id: UUID, resolution_id: UUID | None) -> Resolution | None:
    query = select(Resolution).where(
        Resolution.exception_id == exception_id, Resolution.status != ResolutionStatus.UNDONE
    )
    if resolution_id:
        query = query.where(Resolution.id == resolution_id)
    newest = query.order_by(Resolution.created_at.desc(), Resolution.id.desc()).limit(1)
    return session.scalar(newest, execution_options={"populate_existing": True})


def _said(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput.of("reason", text("Cần ghi lý do"))
    return reason.strip()
