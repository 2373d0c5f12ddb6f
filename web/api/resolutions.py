"""Deciding about what did not add up."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from models import (
    ReconciliationException,
    Refund,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    Role,
)
from services import resolutions, suggestions
from services.queries.exceptions import get_exception as find_exception
from services.queries.resolutions import list_resolutions as find_resolutions
from services.queries.resolutions import refund_by
from services.resolution_plans import Wish, case_of
from web.api.fields import Amount, Said, View, Word, choice
from web.api.reconciliation import ExceptionView
from web.api.smorest import Blueprint
from web.api.stalls import PayoutAccountInput
from web.auth import actor, allow
from web.database import session
from web.schemas import Input

LONGEST_REASON = 300
ONE = "/reconciliation/exceptions/<uuid:exception_id>"

blueprint = Blueprint("exceptions", __name__, "Deciding about what did not add up")


class ResolveInput(Input):
    """`match` needs `payment_request_id` or `fee_invoice_id`; with `amount` it takes a part only, so that a payment can
    be split over several. `refund` needs `payer_account` where no notice told the payer's, and takes no other where one
    did; with `amount` a part goes back."""

    action = choice(ResolutionAction, required=True)
    reason = Word(LONGEST_REASON, required=True)
    payment_request_id = fields.UUID()
    fee_invoice_id = fields.UUID()
    amount = Amount()
    payer_account = fields.Nested(PayoutAccountInput)


class UndoInput(Input):
    """The newest decision, where none is named."""

    reason = Word(LONGEST_REASON, required=True)
    resolution_id = fields.UUID()


class UnmatchInput(Input):
    """Why it was not for that request."""

    reason = Word(LONGEST_REASON, required=True)


class ApproveInput(Input):
    """Nothing: what is proposed is agreed to as it is."""


class RefundView(View):
    """Money on its way back to its payer."""

    id = fields.UUID()
    amount = fields.Integer()
    status = choice(RefundStatus)
    problem = Said(allow_none=True)


class ResolutionView(View):
    """`proposed` waits for a second person; `amount` is what it is about, in đồng. `undo` is the proposal to take back
    `undoes_id`, which two people had decided."""

    id = fields.UUID()
    action = choice(ResolutionAction)
    status = choice(ResolutionStatus)
    reason = fields.String()
    amount = fields.Integer()
    payment_request_id = fields.UUID(allow_none=True)
    fee_invoice_id = fields.UUID(allow_none=True)
    undoes_id = fields.UUID(allow_none=True)
    needs_approval = fields.Boolean()
    decided_by = fields.UUID()
    approved_by = fields.UUID(allow_none=True)
    undone_by = fields.UUID(allow_none=True)
    undo_reason = Said(allow_none=True)
    created_at = fields.AwareDateTime()
    refund = fields.Nested(RefundView, allow_none=True, dump_default=None)


class DecidedView(ExceptionView):
    """The exception as it is now, and what was decided."""

    resolution = fields.Nested(ResolutionView)


class ResolutionsView(Schema):
    items = fields.List(fields.Nested(ResolutionView))


class SuggestionView(Schema):
    """A request, or a fee invoice; a day's ticket has no stall."""

    payment_request_id = fields.UUID(attribute="request.payment_request_id", allow_none=True)
    fee_invoice_id = fields.UUID(attribute="request.fee_invoice_id", allow_none=True)
    reference = fields.String(attribute="request.reference")
    stall_number = fields.String(attribute="request.stall_number", allow_none=True)
    missing = fields.Integer(attribute="request.missing", metadata={"description": "đồng that have not come"})
    reasons = fields.List(Said())


class SuggestionsView(Schema):
    items = fields.List(fields.Nested(SuggestionView))


@blueprint.get(ONE)
@allow(Role.MANAGER)
@blueprint.response(200, ExceptionView)
def get_exception(exception_id: UUID) -> ReconciliationException:
    """One thing that a person must look at."""
    return find_exception(session(), actor(), exception_id)


@blueprint.get(f"{ONE}/suggestions")
@allow(Role.MANAGER)
@blueprint.response(200, SuggestionsView)
def list_suggestions(exception_id: UUID) -> dict[str, Any]:
    """Requests and fees that the money may be for, the most likely first, with the reasons. Nothing is matched by
    itself."""
    case = case_of(session(), find_exception(session(), actor(), exception_id))
    return {"items": suggestions.list_suggestions(session(), case)}


@blueprint.get(f"{ONE}/resolutions")
@allow(Role.MANAGER)
@blueprint.response(200, ResolutionsView)
def list_resolutions(exception_id: UUID) -> dict[str, Any]:
    """Every decision, the newest first; also those that were taken back."""
    find_exception(session(), actor(), exception_id)
    found = find_resolutions(session(), exception_id)
    return {"items": [_shown(decided.resolution, decided.refund) for decided in found]}


@blueprint.post(f"{ONE}/resolve")
@allow(Role.MANAGER)
@blueprint.arguments(ResolveInput)
@blueprint.response(200, DecidedView)
def resolve_exception(data: dict[str, Any], exception_id: UUID) -> dict[str, Any]:
    """Decide: `match` ties the money to a request or fee, `refund` sends it back, `write_off` books it off, `restore`
    says that the bank took nothing back, `ignore` lets it be. Of a `debited` one `refund` says that it was given
    back by hand, and sends nothing; `write_off` that it was another movement. A `maybe_same` one is the `same`
    transfer that another statement told of, or `another` one, which is taken as its statement would have been.
    Above the market's limit, of the payment or of what one person lets go in a day, and where a refund's account was
    typed, it takes effect once a second person approves; 409 where it is decided already."""
    reason, account = data.pop("reason"), data.pop("payer_account", None)
    wish = Wish(account=account, **data)
    return _decided(resolutions.resolve(session(), actor(), exception_id, wish, reason))


@blueprint.post("/payments/<uuid:payment_id>/unmatch")
@allow(Role.MANAGER)
@blueprint.arguments(UnmatchInput)
@blueprint.response(200, DecidedView)
def unmatch_payment(data: dict[str, Any], payment_id: UUID) -> dict[str, Any]:
    """Take apart what was matched by itself, and wrongly: all of it is in suspense again, with the exception at which
    it is decided about. 409 where people matched it, nothing is matched, or something went back; `proposed` above the
    market's limit."""
    return _decided(resolutions.unmatch(session(), actor(), payment_id, data["reason"]))


@blueprint.post(f"{ONE}/approve")
@allow(Role.MANAGER)
@blueprint.arguments(ApproveInput)
@blueprint.response(200, DecidedView)
def approve_resolution(_: dict[str, Any], exception_id: UUID) -> dict[str, Any]:
    """Agree to what another person proposed; 403 for one's own proposal, 409 where nothing waits."""
    return _decided(resolutions.approve(session(), actor(), exception_id))


@blueprint.post(f"{ONE}/undo")
@allow(Role.MANAGER)
@blueprint.arguments(UndoInput)
@blueprint.response(200, DecidedView)
def undo_resolution(data: dict[str, Any], exception_id: UUID) -> dict[str, Any]:
    """Take a decision back by a counter-entry, or withdraw a proposal; 409, with what stands in the way, once the money
    has gone back or elsewhere. What two people decided is `proposed` to be undone, until another manager approves."""
    return _decided(resolutions.undo(session(), actor(), exception_id, **data))


def _decided(resolution: Resolution) -> dict[str, Any]:
    exception = find_exception(session(), actor(), resolution.exception_id)
    shown = {name: getattr(exception, name) for name in ExceptionView().fields}
    return shown | {"resolution": _shown(resolution, refund_by(session(), resolution.id))}


def _shown(resolution: Resolution, refund: Refund | None) -> dict[str, Any]:
    names = ResolutionView().fields.keys() - {"refund"}
    return {name: getattr(resolution, name) for name in names} | {"refund": refund}
