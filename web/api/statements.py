"""Bank statements: uploaded, read by the worker, tied to what asked for the money."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask_smorest.fields import Upload
from marshmallow import fields

from models import LineOutcome, Role, Statement, StatementStatus
from services.queries import statements as queries
from services.queries.paging import Page
from services.statements.uploading import upload_statement
from web.api.fields import Paging, Said, View, WithId, choice, page_of
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session
from web.schemas import Input

blueprint = Blueprint("statements", __name__, "Bank statements")


class StatementFileInput(Input):
    file = Upload(required=True)


class StatementInput(WithId):
    """The account that the file is about: exactly one of the two. A seller with several accounts is named by one."""

    payout_account_id = fields.UUID()
    channel_id = fields.UUID()


class StatementStored(View):
    id = fields.UUID()


class StatementView(View):
    """`unmapped` waits for a person to describe its columns (`/statements/{id}/mapping`). The counts grow while it
    is read; `lines` are those that could be, `rejected` the rows that could not."""

    id = fields.UUID()
    market_id = fields.UUID()
    channel_id = fields.UUID()
    payout_account_id = fields.UUID(allow_none=True)
    file_name = fields.String()
    status = choice(StatementStatus)
    percent_read = fields.Integer(metadata={"description": "how far into the file its reading has come"})
    lines = fields.Integer()
    matched = fields.Integer()
    review = fields.Integer()
    duplicates = fields.Integer()
    reversals = fields.Integer()
    rejected = fields.Integer()
    problem = Said(allow_none=True)
    created_at = fields.AwareDateTime()


class StatementLineView(View):
    """`amount` in đồng, debits negative. Only what the line settled is in `payment_request_references`; of a
    reversal, what it took the money back from."""

    number = fields.Integer(metadata={"description": "where it stands in the file"})
    bank_reference = fields.String()
    amount = fields.Integer()
    memo = fields.String()
    bank_day = fields.Date()
    outcome = choice(LineOutcome)
    payment_request_references = fields.List(fields.String())


class BrokenRowView(View):
    """`rejected`: it could not be read; else it was, and something about it is odd."""

    number = fields.Integer()
    reason = Said()
    rejected = fields.Boolean()


class BrokenRowsView(View):
    items = fields.List(fields.Nested(BrokenRowView))


class StatementQuery(Paging):
    market_id = fields.UUID()


class StatementLineQuery(Paging):
    outcome = choice(LineOutcome)


@blueprint.post("/statements")
@allow(Role.MANAGER)
@blueprint.arguments(StatementInput, location="form")
@blueprint.arguments(StatementFileInput, location="files")
@blueprint.response(202, StatementStored)
def upload(data: dict[str, Any], files: dict[str, Any]) -> tuple[Statement, int]:
    """Take a file in; it is read in a while. What it told before changes nothing. A table of an unknown layout is
    `unmapped`: it waits until its columns are described."""
    file = files["file"]
    statement, _ = upload_statement(
        session(), actor(), content=file.read(), file_name=file.filename or "", **data
    )
    return statement, HTTPStatus.ACCEPTED


@blueprint.get("/statements")
@allow(Role.MANAGER)
@blueprint.arguments(StatementQuery, location="query")
@blueprint.response(200, page_of(StatementView))
def list_statements(query: dict[str, Any]) -> Page[Statement]:
    """Statements of the own markets, the newest first."""
    return queries.list_statements(session(), actor(), **query)


@blueprint.get("/statements/<uuid:statement_id>")
@allow(Role.MANAGER)
@blueprint.response(200, StatementView)
def get_statement(statement_id: UUID) -> Statement:
    """How far it has been read, and what came of it."""
    return queries.get_statement(session(), actor(), statement_id)


@blueprint.get("/statements/<uuid:statement_id>/lines")
@allow(Role.MANAGER)
@blueprint.arguments(StatementLineQuery, location="query")
@blueprint.response(200, page_of(StatementLineView))
def list_statement_lines(query: dict[str, Any], statement_id: UUID) -> Page[queries.LineFound]:
    """Its lines in the order of the file, each with what came of it."""
    return queries.list_statement_lines(session(), actor(), statement_id, **query)


@blueprint.get("/statements/<uuid:statement_id>/broken")
@allow(Role.MANAGER)
@blueprint.response(200, BrokenRowsView)
def list_broken_rows(statement_id: UUID) -> dict[str, list[queries.BrokenFound]]:
    """The first rows of the file that could not be read, and why."""
    found = queries.get_statement(session(), actor(), statement_id)
    return {"items": queries.list_broken_lines(session(), found.id)}
