"""The forms by which a manager decides about an exception. Each asks for the reason; nothing is done by itself."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import InvalidInput, NotFound, Text, text
from models import ResolutionAction, ResolutionStatus, Role
from services import resolutions
from services.payers import payer_of
from services.queries.exceptions import get_exception, get_managed_payment
from services.queries.places import list_banks
from services.queries.resolutions import list_resolutions
from services.resolution_plans import Case, Wish, case_of, match_named
from services.second_person import LETS_GO, let_go_alone
from services.suggestions import Suggestion, list_suggestions
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, do, label, uuid_asked
from web.languages import translate
from web.market.exceptions import about_case
from web.market.fee_invoices import ReasonForm
from web.schemas import Dong, Line
from web.typed import AccountNumber

LONGEST_TYPED_CODE = 20
TAKING_BACK = text("Khoản này trở lại danh sách cần xem lại; việc rút lại cũng được ghi vào sổ.")
TAKEN_BACK = {
    ResolutionAction.UNMATCH: text(
        "Tiền về lại đúng yêu cầu hoặc khoản phí như trước khi gỡ, quầy được báo; việc rút lại cũng được ghi vào sổ."
    ),
    ResolutionAction.RESTORE: text(
        "Khoản tiền lại được ghi là bị ngân hàng rút, yêu cầu trở về như lúc bị rút, quầy được báo."
    ),
    ResolutionAction.ANOTHER: text(
        "Dòng sao kê lại chờ quyết định; tiền đã ghi vì nó được ghi ngược lại, yêu cầu trở về như trước, quầy được báo."
    ),
}
"""What taking back does, where it does more."""


class MatchForm(ReasonForm):
    payment_request_id = fields.UUID(
        metadata=label(
            text("Yêu cầu hoặc phí có thể đúng"), text("Xem kỹ trước khi chọn"), mark_optional=False
        )
    )
    reference = Line(
        LONGEST_TYPED_CODE,
        metadata=label(
            text("Mã của yêu cầu hoặc phí"),
            text("Chín ký tự; bắt đầu bằng C trên màn hình của quầy, bằng F trên thông báo phí"),
        ),
    )
    amount = Dong(metadata=label(text("Chỉ lấy một phần"), text("Để trống thì lấy hết số yêu cầu còn thiếu")))


class RefundForm(ReasonForm):
    """To the account that the notice told."""

    amount = Dong(metadata=label(text("Chỉ trả lại một phần"), text("Để trống thì trả lại tất cả")))


class TypedRefundForm(RefundForm):
    bin = fields.String(required=True, metadata=label(text("Ngân hàng hoặc ví của khách")))
    account_number = AccountNumber(required=True, metadata=label(text("Số tài khoản của khách")))
    holder_name = Line(required=True, metadata=label(text("Tên chủ tài khoản"), text("Như ngân hàng ghi")))


@allow(Role.MANAGER)
def match_money(exception_id: UUID) -> Page | Response:
    """Tie the money to a request or a fee: one that is suggested, or one whose code the manager knows."""
    case = _case(exception_id)
    likely = list_suggestions(session(), case)
    asked = uuid_asked("request")
    form = Form(MatchForm(), {"payment_request_id": asked} if asked else {})

    def store(
        reason: str,
        payment_request_id: UUID | None = None,
        reference: str | None = None,
        amount: int | None = None,
    ) -> object:
        wish = _to_match(case, likely, payment_request_id, reference, amount)
        field = "reference" if reference else "payment_request_id"
        chosen = {"payment_request_id", "fee_invoice_id"}
        try:
            return resolutions.resolve(session(), actor(), exception_id, wish, reason)
        except InvalidInput as error:
            raise InvalidInput(
                {field if name in chosen else name: list(t) for name, t in error.errors.items()}
            ) from None

    if form.submit(store) is None:
        return form.page("market/exception_match.html", **about_case(case), suggestions=likely)
    return _decided(exception_id)


def _to_match(
    case: Case, likely: Sequence[Suggestion], chosen: UUID | None, reference: str | None, amount: int | None
) -> Wish:
    if reference:
        return match_named(session(), case, reference, amount)
    if chosen is None:
        raise InvalidInput.of("reference", text("Hãy chọn một yêu cầu hoặc phí, hoặc ghi mã của nó"))
    is_fee = any(suggestion.request.fee_invoice_id == chosen for suggestion in likely)
    asked, fee = (None, chosen) if is_fee else (chosen, None)
    return Wish(ResolutionAction.MATCH, asked, amount, fee_invoice_id=fee)


@allow(Role.MANAGER)
def refund(exception_id: UUID) -> Page | Response:
    """Send it back to the payer's account; where that is not known, the form asks for it."""
    case = _case(exception_id)
    payer = payer_of(session(), case.payment) if case.payment else None
    form = Form(RefundForm() if payer else TypedRefundForm())

    def store(reason: str, amount: int | None = None, **account: str) -> object:
        wish = Wish(ResolutionAction.REFUND, amount=amount, account=account or None)
        return resolutions.resolve(session(), actor(), exception_id, wish, reason)

    if form.submit(store) is None:
        banks = [(bank.bin, bank.short_name) for bank in list_banks(session())]
        shown = about_case(case) | {"payer": payer, "banks": banks, "alone": _alone(case)}
        return form.page("market/exception_refund.html", **shown)
    return _decided(exception_id)


@allow(Role.MANAGER)
def write_off(exception_id: UUID) -> Page | Response:
    title = text("Ghi là tiền không ai nhận")
    words = text("Tiền rời mục chưa rõ của ai, sang mục không ai nhận. Vẫn rút lại được khi có người hỏi.")
    if _case(exception_id).is_debit:
        title = text("Ghi là khoản chi khác")
        words = text("Sổ ghi số tiền này đã ra khỏi kênh thu, không vì yêu cầu nào. Vẫn rút lại được.")
    return _reasoned(exception_id, ResolutionAction.WRITE_OFF, title, words)


@allow(Role.MANAGER)
def ignore(exception_id: UUID) -> Page | Response:
    words = text("Không đồng nào chuyển đi. Khoản này thôi nằm trong danh sách cần xem lại.")
    return _reasoned(exception_id, ResolutionAction.IGNORE, text("Để nguyên"), words)


@allow(Role.MANAGER)
def restore(exception_id: UUID) -> Page | Response:
    words = text(
        "Sổ ghi bút toán ngược lại, yêu cầu trở về trạng thái trước khi bị rút. Hãy xem kỹ sao kê trước. "
        "Vẫn rút lại được khi tiền chưa đi nơi khác."
    )
    return _reasoned(exception_id, ResolutionAction.RESTORE, text("Không phải tiền bị rút lại"), words)


@allow(Role.MANAGER)
def same_transfer(exception_id: UUID) -> Page | Response:
    words = text("Không đồng nào được tính thêm: dòng này được ghi là đã biết từ trước. Vẫn rút lại được.")
    return _reasoned(exception_id, ResolutionAction.SAME, text("Cùng một lần chuyển"), words)


@allow(Role.MANAGER)
def another_transfer(exception_id: UUID) -> Page | Response:
    words = text(
        "Dòng này được ghi vào sổ đúng ngày của nó: khớp theo mã, hoặc chờ xem lại là tiền của ai. "
        "Vẫn rút lại được khi tiền chưa đi nơi khác."
    )
    return _reasoned(exception_id, ResolutionAction.ANOTHER, text("Lần chuyển khác"), words)


@allow(Role.MANAGER)
def unmatch(payment_id: UUID) -> Page | Response:
    """What was matched by itself, and wrongly: its money is for a person to decide about again."""
    payment = get_managed_payment(session(), actor(), payment_id)
    form = Form(ReasonForm())
    made = form.submit(partial(resolutions.unmatch, session(), actor(), payment_id))
    if made is None:
        return form.page("market/unmatch.html", payment=payment)
    return _decided(made.exception_id)


@allow(Role.MANAGER)
def approve(exception_id: UUID) -> Response:
    """The second person's yes."""
    return do(
        lambda: resolutions.approve(session(), actor(), exception_id),
        done=text("Đã duyệt và thực hiện."),
        back=url_for("market.exception", exception_id=exception_id),
    )


@allow(Role.MANAGER)
def undo_decision(exception_id: UUID, resolution_id: UUID) -> Page | Response:
    """Take a decision back, or withdraw a proposal; what two people decided waits for a second person."""
    case = _case(exception_id)
    known = {found.resolution.id: found.resolution for found in list_resolutions(session(), exception_id)}
    if resolution_id not in known:
        raise NotFound()
    found = known[resolution_id]
    proposed = found.status is ResolutionStatus.PROPOSED
    title = text("Bỏ đề nghị") if proposed else text("Rút lại quyết định")
    words = TAKING_BACK if proposed else TAKEN_BACK.get(found.action, TAKING_BACK)

    def store(reason: str) -> object:
        return resolutions.undo(session(), actor(), exception_id, reason, resolution_id)

    waits = found.needs_approval and not proposed
    done = text("Đã ghi, chờ người thứ hai duyệt.") if waits else text("Đã rút lại.")
    return _reason_page(case, title, words, store, done)


def _reasoned(exception_id: UUID, action: ResolutionAction, title: Text, words: Text) -> Page | Response:
    def store(reason: str) -> object:
        return resolutions.resolve(session(), actor(), exception_id, Wish(action), reason)

    case = _case(exception_id)
    return _reason_page(case, title, words, store, None, _alone(case) if action in LETS_GO else 0)


def _reason_page(
    case: Case,
    title: Text,
    words: Text,
    store: Callable[..., Any],
    done: Text | None,
    alone: int | None = None,
) -> Page | Response:
    form = Form(ReasonForm())
    if form.submit(store) is None:
        shown = about_case(case) | {"title": title, "words": words, "alone": alone}
        return form.page("market/exception_reason.html", **shown)
    if done is None:
        return _decided(case.exception.id)
    flash(translate(done))
    return _back_to(case.exception.id)


def _alone(case: Case) -> int:
    return let_go_alone(session(), actor(), case.exception.market_id)


def _case(exception_id: UUID) -> Case:
    return case_of(session(), get_exception(session(), actor(), exception_id))


def _decided(exception_id: UUID) -> Response:
    latest = list_resolutions(session(), exception_id)[0].resolution
    waits = latest.status is ResolutionStatus.PROPOSED
    flash(translate(text("Đã ghi, chờ người thứ hai duyệt.") if waits else text("Đã ghi quyết định.")))
    return _back_to(exception_id)


def _back_to(exception_id: UUID) -> Response:
    return redirect(url_for("market.exception", exception_id=exception_id), 303)
