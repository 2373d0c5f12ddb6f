"""Cash at the stall: note it with one figure, see today's sum, take a mistake back."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import text
from models import Role
from services import cash_notes as services
from services.queries.cash_notes import cash_of_day, list_cash_notes
from services.queries.markets import get_stall_with_money
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label
from web.languages import translate
from web.schemas import Dong, Line

LONGEST_NOTE = 120


class CashNoteForm(FormSchema):
    amount = Dong(required=True, metadata=label(text("Số tiền")))
    note = Line(LONGEST_NOTE, metadata=label(text("Bán gì")))


@allow(Role.STALLHOLDER, Role.MANAGER)
def cash(stall_id: UUID) -> Page | Response:
    """Today's cash; the manager reads it, the holder writes it while the stall is open, and takes a mistake back."""
    stall = get_stall_with_money(session(), actor(), stall_id)
    form = Form(CashNoteForm())
    if form.submit(partial(services.note_cash, session(), actor(), stall_id)):
        flash(translate("Đã ghi tiền mặt."))
        return redirect(url_for("stall.cash", stall_id=stall_id), 303)
    today = business_day(now())
    takes_back = actor().is_administrator or stall_id in actor().stalls
    return form.page(
        "stall/cash.html",
        stall=stall,
        writes=not stall.closed_on and takes_back,
        takes_back=takes_back,
        total=cash_of_day(session(), actor(), stall_id, today),
        page=list_cash_notes(session(), actor(), stall_id, since=today, until=today, limit=200),
    )


@allow(Role.STALLHOLDER)
def undo(stall_id: UUID, cash_note_id: UUID) -> Response:
    return do(
        lambda: services.void_cash_note(session(), actor(), cash_note_id),
        done=text("Đã bỏ khoản tiền mặt ghi nhầm."),
        back=url_for("stall.cash", stall_id=stall_id),
    )
