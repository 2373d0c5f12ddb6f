"""A market's bank statements: uploading one, and what came of it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from marshmallow import ValidationError, fields, validates
from werkzeug.wrappers import Response

from core.errors import InvalidInput, text
from models import LineOutcome, Role, Statement, StatementStatus
from services.queries import statements as queries
from services.queries.markets import get_managed_market
from services.statements.uploading import upload_statement
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, chosen, label

READING = frozenset({StatementStatus.WAITING, StatementStatus.RUNNING})


class StatementForm(FormSchema):
    about = fields.String(
        required=True,
        metadata=label(text("Sao kê của"), text("Kênh thu của chợ, hoặc tài khoản của một quầy")),
    )
    file = fields.Raw(
        metadata=label(
            text("Tệp sao kê"),
            text("Tải từ ngân hàng: Excel, CSV, MT940 hoặc camt.053"),
            mark_optional=False,
        )
    )

    @validates("about")
    def _known_kind(self, about: str, **_: object) -> None:
        if _account(about) is None:
            raise ValidationError([text("Không có lựa chọn này")])


def _account(about: str) -> dict[str, UUID] | None:
    """`channel:…` or `account:…` as the service takes it."""
    kind, _, id_ = about.partition(":")
    name = {"channel": "channel_id", "account": "payout_account_id"}.get(kind)
    try:
        return {name: UUID(id_)} if name else None
    except ValueError:
        return None


@allow(Role.MANAGER)
def statements(market_id: UUID) -> Page | Response:
    market = get_managed_market(session(), actor(), market_id)
    accounts = queries.list_statement_accounts(session(), market.id)
    form = Form(StatementForm(), {"about": accounts[0][0]} if len(accounts) == 1 else {})

    def take_in(about: str, **typed: Any) -> tuple[Statement, bool]:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InvalidInput.of("file", text("Hãy chọn tệp sao kê"))
        return upload_statement(
            session(),
            actor(),
            content=file.read(),
            file_name=file.filename,
            market_id=market.id,
            id=typed.get("id"),
            **_account(about) or {},
        )

    stored = form.submit(take_in)
    if stored is None:
        cursor = request.args.get("cursor")
        page = queries.list_statements(session(), actor(), market_id=market.id, cursor=cursor)
        return form.page("market/statements.html", market=market, accounts=accounts, page=page)
    unmapped = stored[0].status is StatementStatus.UNMAPPED
    page_of = "market.mapping_new" if unmapped else "market.statement"
    return redirect(url_for(page_of, statement_id=stored[0].id), 303)


@allow(Role.MANAGER)
def statement(statement_id: UUID) -> str:
    """What came of each line; while it is being read, how far it is."""
    found = queries.get_statement(session(), actor(), statement_id)
    outcome = chosen(LineOutcome, "outcome")
    lines = queries.list_statement_lines(
        session(), actor(), found.id, outcome=outcome, cursor=request.args.get("cursor")
    )
    return render_template(
        "market/statement.html",
        statement=found,
        reading=found.status in READING,
        page=lines,
        outcome=outcome,
        outcomes=LineOutcome,
        broken=queries.list_broken_lines(session(), found.id),
    )


@allow(Role.MANAGER)
def statement_state(statement_id: UUID) -> str | Response:
    """The part that follows the reading; once it is over, the whole page is shown anew."""
    found = queries.get_statement(session(), actor(), statement_id)
    reading = found.status in READING
    part = render_template("market/statement_state.html", statement=found, reading=reading)
    if reading:
        return part
    return Response(part, headers={"HX-Refresh": "true"}, content_type="text/html; charset=utf-8")
