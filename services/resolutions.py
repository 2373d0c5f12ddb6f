"""Decisions about exceptions: made by one person, where much is at stake agreed to by another, never deleted.

Every decision that moves money stands in the journal; taking it back is a counter-entry, and opens the exception again.
"""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound, text
from core.ids import new_id
from models import (
    ExceptionKind,
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
from services.holdings import in_suspense
from services.queries.exceptions import get_exception, get_managed_payment
from services.refunded_requests import lock_request
from services.refunds import call_off
from services.resolution_effects import carry_out, refund_of, take_back, why_not_taken_back
from services.resolution_plans import IN_PARTS, Case, Plan, Wish, case_of, plan
from services.second_person import needs_second_person
from services.storing import store
from services.taken_again import freed_line
from services.taken_apart import owned
from services.turns import read_alone, take_money

CHANGED = text("Khoản này đã khác đi từ khi được đề nghị; hãy bỏ đề nghị và quyết định lại")


def resolve(session: Session, actor: Actor, exception_id: UUID, wish: Wish, reason: str) -> Resolution:
    """Decide. It takes effect at once, or, where two people must agree (`services.second_person`), when `approve` is
    called by another one.

    Raises InvalidInput beside the field, Conflict where it is decided already or a proposal waits, NotFound.
    """
    exception = _lock(session, actor, exception_id)
    if exception.status is ExceptionStatus.RESOLVED:
        raise Conflict(text("Khoản này đã được giải quyết"))
    _require_no_proposal(session, exception_id)
    lock_request(session, wish.payment_request_id)
    case = case_of(session, exception)
    return _decide(session, actor, case, plan(session, case, wish), reason)


def unmatch(session: Session, actor: Actor, payment_id: UUID, reason: str) -> Resolution:
    """What was matched by itself is taken apart, and is for a person to decide about. Above the market's limit as
    with any decision. Raises Conflict where people matched it, nothing is matched, or something went back; NotFound,
    Forbidden."""
    exception = _lock(session, actor, _exception_about(session, actor, payment_id))
    _require_no_proposal(session, exception.id)
    if _matched_by_people(session, payment_id):
        raise Conflict(text("Ban quản lý đã khớp khoản này; hãy rút lại quyết định đó"))
    amount = sum(held.amount for held in owned(session, session.get_one(Payment, payment_id)))
    if not amount:
        raise Conflict(text("Khoản này không còn tiền khớp với ai"))
    exception.status = ExceptionStatus.OPEN
    return _decide(
        session, actor, case_of(session, exception), Plan(ResolutionAction.UNMATCH, amount), reason
    )


def _exception_about(session: Session, actor: Actor, payment_id: UUID) -> UUID:
    """The one at which a payment of unknown purpose is decided about, made where it never was one."""
    payment = get_managed_payment(session, actor, payment_id)
    row = {
        "id": new_id(),
        "market_id": payment.market_id,
        "kind": ExceptionKind.ORPHAN,
        "payment_id": payment.id,
        "amount": payment.amount,
    }
    session.execute(upsert(ReconciliationException).values(row).on_conflict_do_nothing())
    query = select(ReconciliationException.id).where(
        ReconciliationException.payment_id == payment.id,
        ReconciliationException.kind == ExceptionKind.ORPHAN,
        ReconciliationException.payment_request_id.is_(None),
    )
    return session.scalars(query).one()


def _matched_by_people(session: Session, payment_id: UUID) -> bool:
    query = (
        select(Resolution.id)
        .join(ReconciliationException, ReconciliationException.id == Resolution.exception_id)
        .where(
            ReconciliationException.payment_id == payment_id,
            Resolution.action == ResolutionAction.MATCH,
            Resolution.status == ResolutionStatus.DONE,
        )
    )
    return session.scalar(query.limit(1)) is not None


def _decide(session: Session, actor: Actor, case: Case, planned: Plan, reason: str) -> Resolution:
    exception = case.exception
    by_two = needs_second_person(session, actor, case, planned)
    resolution = Resolution(
        id=new_id(),
        exception_id=exception.id,
        action=planned.action,
        status=ResolutionStatus.PROPOSED if by_two else ResolutionStatus.DONE,
        reason=_said(reason),
        amount=planned.amount,
        payment_request_id=planned.request.id if planned.request else None,
        fee_invoice_id=planned.invoice.id if planned.invoice else None,
        needs_approval=by_two,
        decided_by=actor.user_id,
    )
    store(session, resolution)
    _store_refund(session, case, resolution, planned)
    if resolution.status is ResolutionStatus.DONE:
        _carry_out(session, case, resolution, planned)
    audit.note(session, actor, f"exception.{planned.action}", exception.id, reason, amount=planned.amount)
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
    if resolution.undoes_id:
        _undo_agreed(session, case, resolution)
    else:
        _carry_out(session, case, resolution, planned)
    audit.note(session, actor, "exception.approved", exception.id, amount=resolution.amount)
    return resolution


def undo(
    session: Session, actor: Actor, exception_id: UUID, reason: str, resolution_id: UUID | None = None
) -> Resolution:
    """Take a decision back, the newest where none is named; a proposal is withdrawn. The exception is open again, but
    where what was taken apart is together again. What two people decided is only proposed to be taken back, until
    `approve` is called by another person.

    Raises Conflict where there is none, a proposal waits, or the money has gone on since.
    """
    exception = _lock(session, actor, exception_id)
    resolution = _latest(session, exception_id, resolution_id)
    if resolution is None:
        raise Conflict(text("Không có quyết định nào để rút lại"))
    said, case = _said(reason), case_of(session, exception)
    if resolution.status is ResolutionStatus.DONE:
        _require_no_proposal(session, exception_id)
        if resolution.needs_approval:
            return _propose_undo(session, actor, case, resolution, said)
        _take_back(session, case, resolution, actor.user_id, said)
    else:
        _withdraw(session, case, resolution)
        _mark_undone(session, resolution, actor.user_id, said)
    audit.note(session, actor, "exception.undone", exception.id, said, amount=resolution.amount)
    return resolution


def _withdraw(session: Session, case: Case, proposal: Resolution) -> None:
    if proposal.action is ResolutionAction.REFUND:
        call_off(session, refund_of(session, proposal))
    elif proposal.action in {ResolutionAction.UNDO, ResolutionAction.UNMATCH}:
        _settle(session, case, proposal)


def _propose_undo(session: Session, actor: Actor, case: Case, target: Resolution, reason: str) -> Resolution:
    if why_not := why_not_taken_back(session, case, target):
        raise Conflict(why_not)
    exception = case.exception
    proposal = Resolution(
        id=new_id(),
        exception_id=exception.id,
        action=ResolutionAction.UNDO,
        status=ResolutionStatus.PROPOSED,
        reason=reason,
        amount=target.amount,
        undoes_id=target.id,
        needs_approval=True,
        decided_by=actor.user_id,
    )
    store(session, proposal)
    exception.status = ExceptionStatus.OPEN
    audit.note(session, actor, "exception.undo", exception.id, reason, amount=target.amount)
    return proposal


def _undo_agreed(session: Session, case: Case, proposal: Resolution) -> None:
    target = session.get_one(Resolution, proposal.undoes_id, with_for_update=True, populate_existing=True)
    if target.status is not ResolutionStatus.DONE:
        raise Conflict(CHANGED)
    _take_back(session, case, target, proposal.decided_by, proposal.reason)


def _take_back(session: Session, case: Case, target: Resolution, by: UUID, reason: str) -> None:
    """It counts no more before its money is counted again. Its exception waits for a person, but where what was taken
    apart is together again."""
    _mark_undone(session, target, by, reason)
    take_back(session, case, target)
    together = target.action is ResolutionAction.UNMATCH
    case.exception.status = ExceptionStatus.RESOLVED if together else ExceptionStatus.OPEN


def _mark_undone(session: Session, resolution: Resolution, by: UUID, reason: str) -> None:
    resolution.status = ResolutionStatus.UNDONE
    resolution.undone_by, resolution.undo_reason = by, reason
    session.flush()


def set_second_person_limit(session: Session, market_code: str, amount: int) -> None:
    """Above `amount` đồng decisions of that market need a second person. Only for operators: nobody loosens the
    own leash. Raises NotFound."""
    market = session.scalar(select(Market).where(Market.code == market_code).with_for_update())
    if market is None:
        raise NotFound()
    market.second_person_limit = amount


def _carry_out(session: Session, case: Case, resolution: Resolution, planned: Plan) -> None:
    carry_out(session, case, resolution, planned)
    _settle(session, case, resolution)


def _settle(session: Session, case: Case, resolution: Resolution) -> None:
    """Nothing is left to decide about."""
    left = case.payment and in_suspense(session, [case.payment.id])
    target = resolution
    if resolution.undoes_id:
        target = session.get_one(Resolution, resolution.undoes_id)
    whole = target.action in {ResolutionAction.IGNORE, ResolutionAction.RESTORE} or case.is_debit
    if whole or not left:
        case.exception.status = ExceptionStatus.RESOLVED
    session.flush()


def _require_no_proposal(session: Session, exception_id: UUID) -> None:
    if _proposed(session, exception_id):
        raise Conflict(text("Khoản này đang chờ người thứ hai duyệt"))


def _still(session: Session, case: Case, resolution: Resolution) -> Plan:
    """The plan again, as things are now. Raises Conflict where it would be another."""
    if resolution.action is ResolutionAction.UNDO:
        return Plan(resolution.action, resolution.amount)
    if resolution.action is ResolutionAction.UNMATCH:
        return _still_matched(session, case, resolution)
    is_refund = resolution.action is ResolutionAction.REFUND
    refund = refund_of(session, resolution) if is_refund else None
    names = ("bin", "account_number", "holder_name")
    account = {name: getattr(refund, name) for name in names} if refund else None
    may_be_a_part = resolution.action in IN_PARTS and not case.is_debit
    amount = resolution.amount if may_be_a_part else None
    wish = Wish(resolution.action, resolution.payment_request_id, amount, account, resolution.fee_invoice_id)
    try:
        planned = plan(session, case, wish)
    except InvalidInput as error:
        raise Conflict(CHANGED) from error
    if planned.amount != resolution.amount or (refund and planned.source is not refund.source):
        raise Conflict(CHANGED)
    return planned


def _still_matched(session: Session, case: Case, resolution: Resolution) -> Plan:
    held = owned(session, case.payment) if case.payment else []
    if sum(one.amount for one in held) != resolution.amount:
        raise Conflict(CHANGED)
    return Plan(resolution.action, resolution.amount)


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
    """The exception, with all of the same payment, and then the payment: whoever decides about the same money waits
    here."""
    exception = get_exception(session, actor, exception_id)
    if exception.payment_id:
        if exception.kind is ExceptionKind.REVERSED and (line := freed_line(session, exception.payment_id)):
            read_alone(session, [line.account_id])
        take_money(session, exception.payment_id)
    return get_exception(session, actor, exception_id, to_change=True)


def _proposed(session: Session, exception_id: UUID) -> Resolution | None:
    return session.scalar(
        select(Resolution).where(
            Resolution.exception_id == exception_id, Resolution.status == ResolutionStatus.PROPOSED
        )
    )


def _latest(session: Session, exception_id: UUID, resolution_id: UUID | None) -> Resolution | None:
    query = select(Resolution).where(
        Resolution.exception_id == exception_id,
        Resolution.status != ResolutionStatus.UNDONE,
        or_(Resolution.action != ResolutionAction.UNDO, Resolution.status == ResolutionStatus.PROPOSED),
    )
    if resolution_id:
        query = query.where(Resolution.id == resolution_id)
    newest = query.order_by(Resolution.created_at.desc(), Resolution.id.desc()).limit(1)
    return session.scalar(newest, execution_options={"populate_existing": True})


def _said(reason: str) -> str:
    if not reason.strip():
        raise InvalidInput.of("reason", text("Cần ghi lý do"))
    return reason.strip()
