"""What a stall's holder, or whoever sells a day without one, owes the market, and what was paid."""

from uuid import UUID

from flask import render_template, request

from models import Role
from services.queries.fees import count_own_tickets, list_fee_invoices, list_own_tickets
from services.queries.markets import get_stall_with_money
from web.auth import actor, allow
from web.database import session


@allow(Role.STALLHOLDER, Role.MANAGER)
def fees(stall_id: UUID) -> str:
    stall = get_stall_with_money(session(), actor(), stall_id)
    page = list_fee_invoices(session(), actor(), stall_id=stall_id, cursor=request.args.get("cursor"))
    tickets, _ = count_own_tickets(session(), actor())
    return render_template("stall/fees.html", stall=stall, page=page, tickets=tickets)


@allow(Role.STALLHOLDER, Role.SELLER)
def tickets() -> str:
    """The person's own, of every market."""
    page = list_own_tickets(session(), actor(), request.args.get("cursor"))
    return render_template("stall/tickets.html", page=page)
