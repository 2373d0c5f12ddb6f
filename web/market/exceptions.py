"""What does not add up: the manager's queue, and one case with all that is known of it."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from flask import render_template

from core.errors import Text, text
from models import (
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    Market,
    PaymentRequest,
    ResolutionAction,
    ResolutionStatus,
    Role,
    Stall,
)
from services.answering import fee_beyond_reach
from services.queries.exceptions import (
    QueueOrder,
    count_open_by_kind,
    describe_exceptions,
    get_exception,
    get_stall_paid_into,
    list_queue,
    list_sightings,
)
from services.queries.markets import get_managed_market
from services.queries.resolutions import Decided, list_resolutions
from services.resolution_effects import why_not_taken_back
from services.resolution_plans import Case, case_of, possible_actions
from services.statements.staging import is_reference
from services.suggestions import list_suggestions
from web.auth import actor, allow
from web.database import session
from web.forms import chosen, page_asked

ORDERS: dict[QueueOrder, Text] = {
    QueueOrder.OLDEST: text("Chờ lâu nhất"),
    QueueOrder.NEWEST: text("Mới nhất"),
    QueueOrder.LARGEST: text("Nhiều tiền nhất"),
}


class Choice(NamedTuple):
    """An action that can be taken: where, and in which words."""

    endpoint: str
    words: Text
    explained: Text


CHOICES: dict[ResolutionAction, Choice] = {
    ResolutionAction.MATCH: Choice(
        "market.match_money",
        text("Khớp với yêu cầu hoặc phí"),
        text("Tiền về đúng quầy hoặc đúng khoản phí, quầy được báo ngay"),
    ),
    ResolutionAction.REFUND: Choice(
        "market.refund", text("Trả lại khách"), text("Chuyển về tài khoản của khách")
    ),
    ResolutionAction.WRITE_OFF: Choice(
        "market.write_off",
        text("Ghi là tiền không ai nhận"),
        text("Khi đã hỏi mọi nơi mà không rõ của ai"),
    ),
    ResolutionAction.RESTORE: Choice(
        "market.restore",
        text("Không phải tiền bị rút lại"),
        text("Dòng ghi nợ của ngân hàng là việc khác; mọi thứ trở lại như trước"),
    ),
    ResolutionAction.SAME: Choice(
        "market.same_transfer",
        text("Cùng một lần chuyển"),
        text("Hai sao kê ghi cùng một lần; không tính thêm tiền"),
    ),
    ResolutionAction.ANOTHER: Choice(
        "market.another_transfer",
        text("Lần chuyển khác"),
        text("Khách đã chuyển thêm một lần nữa; ghi vào sổ như mọi dòng sao kê"),
    ),
    ResolutionAction.IGNORE: Choice(
        "market.ignore", text("Để nguyên"), text("Không chuyển tiền đi đâu, chỉ thôi không xem lại nữa")
    ),
}
OF_DEBITS: dict[ResolutionAction, Choice] = {
    ResolutionAction.REFUND: Choice(
        "market.refund",
        text("Là tiền đã trả lại khách"),
        text("Đã chuyển trả bằng tay: sổ và yêu cầu ghi như vậy, không chuyển gì thêm"),
    ),
    ResolutionAction.WRITE_OFF: Choice(
        "market.write_off",
        text("Là khoản chi khác"),
        text("Phí ngân hàng, rút tiền hay chuyển đi không vì yêu cầu này; sổ ghi tiền đã ra khỏi kênh"),
    ),
}
"""Money that went out is decided about in other words."""


@allow(Role.MANAGER)
def exceptions(market_id: UUID) -> str:
    market = get_managed_market(session(), actor(), market_id)
    kind, status = chosen(ExceptionKind, "kind"), chosen(ExceptionStatus, "status") or ExceptionStatus.OPEN
    order = chosen(QueueOrder, "order") or QueueOrder.OLDEST
    number = page_asked()
    page = list_queue(session(), market_id, status=status, kind=kind, order=order, page=number)
    counts = count_open_by_kind(session(), market_id)
    return render_template(
        "market/exceptions.html",
        market=market,
        page=page,
        about=describe_exceptions(session(), page.items),
        counts=counts,
        total=sum(counts.values()),
        kind=kind,
        status=status,
        order=order,
        orders=ORDERS,
        statuses=ExceptionStatus,
    )


@allow(Role.MANAGER)
def exception(exception_id: UUID) -> str:
    """One case: what is known, what it may be, what can be done, what was done."""
    found = get_exception(session(), actor(), exception_id)
    case, decided = case_of(session(), found), list_resolutions(session(), exception_id)
    waiting = next((d for d in decided if d.resolution.status is ResolutionStatus.PROPOSED), None)
    undecided = found.status is ExceptionStatus.OPEN and waiting is None
    return render_template(
        "market/exception.html",
        **about_case(case),
        decided=decided,
        waiting=waiting,
        suggestions=list_suggestions(session(), case) if undecided else [],
        actions=_choices(case) if undecided else [],
        paid_into=_paid_into(case),
        unpaid_fee=fee_beyond_reach(session(), case.payment) if case.payment and case.free else None,
        states=ResolutionStatus,
        standing={} if waiting else _standing(case, decided),
    )


def _paid_into(case: Case) -> Stall | None:
    """The stall to whose virtual account the money came, where its note says something else."""
    if case.payment is None or not case.free or case.exception.kind is not ExceptionKind.ORPHAN:
        return None
    return get_stall_paid_into(session(), case.payment)


def _standing(case: Case, decided: Sequence[Decided]) -> dict[UUID, Text | None]:
    """The decisions that stand, with what is in the way of taking them back."""
    return {
        one.id: why_not_taken_back(session(), case, one)
        for one in (found.resolution for found in decided)
        if one.status is ResolutionStatus.DONE and one.action is not ResolutionAction.UNDO
    }


def _choices(case: Case) -> list[Choice]:
    words = CHOICES | OF_DEBITS if case.is_debit else CHOICES
    return [words[action] for action in possible_actions(session(), case)]


def _at_stake(case: Case) -> int:
    """What can still be decided about; of what is resolved, what was."""
    decided = case.exception.amount - case.undecided
    if case.exception.status is ExceptionStatus.RESOLVED and decided:
        return decided
    return case.undecided if case.is_debit else case.free or case.kept or case.exception.amount


def about_case(case: Case) -> dict[str, object]:
    """What every page of a case shows of it."""
    found, payment = case.exception, case.payment
    sightings = list_sightings(session(), case.line) if case.line else []
    asked = found.payment_request_id and session().get(PaymentRequest, found.payment_request_id)
    return {
        "exception": found,
        "case": case,
        "market": session().get_one(Market, found.market_id),
        "known": describe_exceptions(session(), [found])[found.id],
        "channel": session().get_one(CollectionChannel, payment.channel_id).name if payment else None,
        "asked": asked,
        "at_stake": _at_stake(case),
        "decided_so_far": case.decided,
        "sightings": sightings,
        "has_one_reference": all(is_reference(seen.line.bank_reference) for seen in sightings),
    }
