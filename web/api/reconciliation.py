"""What did not add up, and what the journal's accounts hold."""

from typing import Any

from marshmallow import fields

from models import AccountKind, ExceptionKind, ExceptionStatus, ReconciliationException, Role
from services.queries import lists
from services.queries.journal import JournalBalance
from services.queries.journal import journal_balance as weigh
from services.queries.paging import Page
from web.api.fields import Paging, Query, Said, View, choice, page_of
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session

blueprint = Blueprint("reconciliation", __name__, "What did not add up, and the journal")


class ExceptionView(View):
    """`amount` is the transfer's, in đồng. A `maybe_same` one is about a statement's line, which is no payment yet."""

    id = fields.UUID()
    market_id = fields.UUID()
    kind = choice(ExceptionKind)
    status = choice(ExceptionStatus)
    amount = fields.Integer()
    payment_id = fields.UUID(allow_none=True)
    payment_request_id = fields.UUID(allow_none=True)
    statement_line_id = fields.UUID(allow_none=True)
    created_at = fields.AwareDateTime()


class ExceptionQuery(Paging):
    market_id = fields.UUID()
    kind = choice(ExceptionKind)
    status = choice(ExceptionStatus)


class AccountView(View):
    """`balance` is what was debited minus what was credited."""

    id = fields.UUID()
    kind = choice(AccountKind)
    name = Said()
    balance = fields.Integer()


class BalanceView(View):
    total = fields.Integer(metadata={"description": "always 0"})
    accounts = fields.List(fields.Nested(AccountView))


class BalanceQuery(Query):
    market_id = fields.UUID(metadata={"description": "left out, all the own markets together"})


@blueprint.get("/reconciliation/exceptions")
@allow(Role.MANAGER)
@blueprint.arguments(ExceptionQuery, location="query")
@blueprint.response(200, page_of(ExceptionView))
def list_exceptions(query: dict[str, Any]) -> Page[ReconciliationException]:
    """What a person must look at, the newest first."""
    return lists.list_exceptions(session(), actor(), **query)


@blueprint.get("/journal/balance")
@allow(Role.MANAGER)
@blueprint.arguments(BalanceQuery, location="query")
@blueprint.response(200, BalanceView)
def get_journal_balance(query: dict[str, Any]) -> JournalBalance:
    """Every đồng that came is in exactly one account, so the total is 0."""
    return weigh(session(), actor(), query.get("market_id"))
