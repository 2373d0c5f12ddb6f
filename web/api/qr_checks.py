"""Whether a printed QR is still the one that was issued."""

from typing import Any

from marshmallow import fields

from models import Role
from services.queries.qr_checks import QrCheck, Verdict, check_qr
from web.api.fields import View, choice
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session
from web.idempotency import not_remembered
from web.schemas import Input, Line

LONGEST_TEXT = 512

blueprint = Blueprint("qr-checks", __name__, "Whether a printed QR was altered")


class QrCheckInput(Input):
    text = Line(LONGEST_TEXT, required=True)


class CheckedStallView(View):
    id = fields.UUID()
    number = fields.String()
    reference = fields.String()
    market_id = fields.UUID()
    closed_on = fields.Date(allow_none=True)


class QrCheckView(View):
    """`altered` names what is not as it was issued: bank, account_number, amount (one is asked for), words (the note
    says more than the stall's reference), note (the reference is missing) or format. `bank` and the masked
    `account_number` are what the QR would pay. `request` is a QR that was shown for one payment, `closed` one of a
    stall that was closed on `stall.closed_on`: who scans it still pays its seller."""

    verdict = choice(Verdict)
    stall = fields.Nested(CheckedStallView, allow_none=True)
    altered = fields.List(fields.String())
    bank = fields.String(allow_none=True)
    account_number = fields.String(allow_none=True)


@blueprint.post("/qr-checks")
@allow(Role.MANAGER)
@not_remembered
@blueprint.arguments(QrCheckInput)
@blueprint.response(200, QrCheckView)
def check(data: dict[str, Any]) -> QrCheck:
    """Compare the text of a QR with what the own markets' stalls were issued."""
    return check_qr(session(), actor(), data["text"])
