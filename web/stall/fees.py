"""What the stall's holder owes the market, and what was paid."""

from uuid import UUID

from flask import render_template, request

from models import Role
from services.queries.fees import list_fee_invoices
from services.queries.markets import get_stall_with_money
from web.auth import actor, allow
from web.database import session


@allow(Role.STALLHOLDER, Role.MANAGER)
def fees(stall_id: UUID) -> str:
    stall = get_stall_with_money(session(), actor(), stall_id)
    page = list_fee_invoices(session(), actor(), stall_id=stall_id, cursor=request.args.get("cursor"))
    return render_template("stall/fees.html", stall=stall, page=page)
