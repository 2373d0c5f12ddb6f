"""Statements whose layout nobody knows: their first rows, what a person says about them, what was said before."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from core.errors import text
from models import DateFormat, Role, Statement, StatementMapping
from services.statements import mappings
from services.statements.lines import BrokenLine, Line
from web.api.fields import Query, Said, View, WithId, choice
from web.api.smorest import Blueprint, stored
from web.api.statements import StatementView
from web.auth import actor, allow
from web.database import session
from web.idempotency import not_remembered
from web.schemas import Input
from web.schemas import Line as LineOfText

blueprint = Blueprint("statement-mappings", __name__, "Layouts of bank statements that people described")

MARKS = (".", ",")
LONGEST_NAME = 60


class Column(fields.Integer):
    """A column's place, counted from 0."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, allow_none=not options.get("required"), **options)


class DescriptionInput(Input):
    """Columns count from 0. Either `amount_at` (debits negative), or `credit_at` and perhaps `debit_at`. `decimal` is
    the mark before fractions; the other one parts thousands."""

    date_at = Column(required=True)
    memo_at = Column(required=True)
    amount_at = Column()
    credit_at = Column()
    debit_at = Column()
    reference_at = Column()
    balance_at = Column()
    payer_account_at = Column()
    payer_name_at = Column()
    date_format = choice(DateFormat, required=True)
    decimal = fields.String(
        required=True, validate=validate.OneOf(MARKS, error=text("Không có lựa chọn này"))
    )


class MappingTriedInput(DescriptionInput):
    header_row = fields.Integer(
        strict=True, required=True, metadata={"description": "its number in the file"}
    )


class MappingInput(MappingTriedInput, WithId):
    name = LineOfText(LONGEST_NAME, required=True)


class MappingCorrectedInput(DescriptionInput):
    name = LineOfText(LONGEST_NAME, required=True)


class StatementMappingView(View):
    """`header` is what the columns are called; it cannot be changed."""

    id = fields.UUID()
    market_id = fields.UUID()
    name = fields.String()
    header = fields.List(fields.String())
    date_at = fields.Integer()
    memo_at = fields.Integer()
    amount_at = fields.Integer(allow_none=True)
    credit_at = fields.Integer(allow_none=True)
    debit_at = fields.Integer(allow_none=True)
    reference_at = fields.Integer(allow_none=True)
    balance_at = fields.Integer(allow_none=True)
    payer_account_at = fields.Integer(allow_none=True)
    payer_name_at = fields.Integer(allow_none=True)
    date_format = choice(DateFormat)
    decimal = fields.String()
    created_at = fields.AwareDateTime()


class StatementMappingList(View):
    items = fields.List(fields.Nested(StatementMappingView))
    next_cursor = fields.String(allow_none=True)


class StatementMappingQuery(Query):
    market_id = fields.UUID(required=True)


class HeadQuery(Query):
    header_row = fields.Integer(metadata={"description": "the header, where it is not the likeliest row"})


class HeadRowView(View):
    number = fields.Integer(metadata={"description": "where it stands in the file"})
    cells = fields.List(fields.String())
    can_be_header = fields.Boolean()


class StatementHeadView(View):
    """The first rows; account numbers and names are veiled. `guess` is what the columns most likely are, `header_rows`
    all that can be the header."""

    rows = fields.List(fields.Nested(HeadRowView))
    guess = fields.Dict(keys=fields.String())
    header_rows = fields.List(fields.Nested(HeadRowView))


class LineTriedView(View):
    """A line as it would be read, or why it could not be: then `reason` only."""

    number = fields.Integer()
    bank_day = fields.Date()
    booked_at = fields.AwareDateTime(allow_none=True)
    amount = fields.Integer()
    memo = fields.String()
    bank_reference = fields.String()
    balance = fields.Integer(allow_none=True)
    reason = Said()


class LinesTriedView(View):
    items = fields.List(fields.Nested(LineTriedView))


@blueprint.get("/statements/<uuid:statement_id>/head")
@allow(Role.MANAGER)
@blueprint.arguments(HeadQuery, location="query")
@blueprint.response(200, StatementHeadView)
def get_statement_head(query: dict[str, Any], statement_id: UUID) -> mappings.HeadShown:
    """The first rows of a statement that is `unmapped`; 409 for any other."""
    return mappings.show_head(session(), actor(), statement_id, **query)


@blueprint.post("/statements/<uuid:statement_id>/mapping/try")
@allow(Role.MANAGER)
@not_remembered
@blueprint.arguments(MappingTriedInput)
@blueprint.response(200, LinesTriedView)
def try_statement_mapping(data: dict[str, Any], statement_id: UUID) -> dict[str, Sequence[Line | BrokenLine]]:
    """How the first five lines would be read; nothing is kept."""
    return {"items": mappings.try_mapping(session(), actor(), statement_id, **data)}


@blueprint.post("/statements/<uuid:statement_id>/mapping")
@allow(Role.MANAGER)
@blueprint.arguments(MappingInput)
@blueprint.creates(StatementMappingView)
def save_statement_mapping(data: dict[str, Any], statement_id: UUID) -> tuple[StatementMapping, int]:
    """Keep it for the market: this statement is read now, and every later one with the same header at once."""
    return stored(mappings.save_mapping(session(), actor(), statement_id, **data))


@blueprint.post("/statements/<uuid:statement_id>/discard")
@allow(Role.MANAGER)
@blueprint.response(200, StatementView)
def discard_statement(statement_id: UUID) -> Statement:
    """Let an `unmapped` statement go: its bytes are deleted, it is `failed`."""
    return mappings.discard_statement(session(), actor(), statement_id)


@blueprint.get("/statement-mappings")
@allow(Role.MANAGER)
@blueprint.arguments(StatementMappingQuery, location="query")
@blueprint.response(200, StatementMappingList)
def list_statement_mappings(query: dict[str, Any]) -> dict[str, Sequence[StatementMapping] | None]:
    """All of a market, the newest first."""
    return {"items": mappings.list_mappings(session(), actor(), **query), "next_cursor": None}


@blueprint.get("/statement-mappings/<uuid:mapping_id>")
@allow(Role.MANAGER)
@blueprint.response(200, StatementMappingView)
def get_statement_mapping(mapping_id: UUID) -> StatementMapping:
    """One mapping."""
    return mappings.get_mapping(session(), actor(), mapping_id)


@blueprint.put("/statement-mappings/<uuid:mapping_id>")
@allow(Role.MANAGER)
@blueprint.arguments(MappingCorrectedInput)
@blueprint.response(200, StatementMappingView)
def correct_statement_mapping(data: dict[str, Any], mapping_id: UUID) -> StatementMapping:
    """Correct it for the files to come; 409 while a statement of the market is being read."""
    return mappings.correct_mapping(session(), actor(), mapping_id, **data)


@blueprint.delete("/statement-mappings/<uuid:mapping_id>")
@allow(Role.MANAGER)
@blueprint.response(204)
def delete_statement_mapping(mapping_id: UUID) -> tuple[str, int]:
    """Forget it; what was read by it stays. 409 while a statement of the market is being read."""
    mappings.forget_mapping(session(), actor(), mapping_id)
    return "", HTTPStatus.NO_CONTENT
