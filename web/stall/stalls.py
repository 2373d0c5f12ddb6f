"""The stall's own page: the QR to show, and today's money as it comes."""

from uuid import UUID

from flask import render_template

from core.clock import business_day, now
from core.qr_images import svg
from models import Bank, OrderStatus, Role, Stall
from services.queries.markets import get_stall, stall_payload
from services.queries.orders import count_open
from services.queries.refused import count_refused
from services.queries.shop import has_shop
from services.queries.stall_events import last_event_id
from services.queries.stall_payments import till_of_day
from services.queries.thresholds import list_standings_of
from services.queries.told_accounts import own_channel
from services.stall_closing import number_taken
from web.auth import actor, allow
from web.database import session


@allow(Role.STALLHOLDER, Role.MANAGER, Role.CLERK)
def stall(stall_id: UUID) -> str:
    """A clerk sees the QR only: the money is the stallholder's and the manager's business. A closed stall has none."""
    found = get_stall(session(), actor(), stall_id)
    sees_money = may_take_money(found)
    return render_template(
        "stall/stall.html",
        stall=found,
        qr=None if found.closed_on else svg(stall_payload(found)),
        next_tenant=number_taken(session(), found) if found.closed_on else None,
        bank=session().get_one(Bank, found.payout_account.bin),
        last_event=last_event_id(session(), stall_id) if sees_money else None,
        orders=orders_of(found),
        refused=count_refused(session(), actor(), found.seller_id) if found.id in actor().stalls else 0,
        till=till_of_day(session(), actor(), stall_id, business_day(now())) if sees_money else None,
        near=list_standings_of(session(), actor(), found.seller_id) if sees_money else (),
        has_shop=has_shop(session(), found.seller_id),
        notices=own_channel(session(), actor(), found.seller_id) if sees_money else None,
    )


def orders_of(found: Stall) -> dict[str, int]:
    """How many orders the person has not looked at yet, and how many wait for something in all; a manager sees none."""
    counts = count_open(session(), actor(), found.seller_id)
    return {"new": counts.get(OrderStatus.NEW, 0), "waiting": sum(counts.values())}


def may_take_money(found: Stall) -> bool:
    """The stall's holder and its market's manager ask for payments and see them."""
    person = actor()
    return person.is_administrator or found.id in person.stalls or found.market_id in person.markets
