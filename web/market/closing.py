"""Closing a stall whose seller leaves the market: first what then happens is said; and opening it again."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import text
from models import Role
from services import stall_closing as services
from services.queries.markets import get_managed_stall
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, do, label
from web.languages import translate
from web.schemas import Input


class ClosingForm(Input):
    closed_on = fields.Date(
        required=True,
        metadata=label(
            text("Ngày cuối ở quầy này"), text("Ngày bán cuối cùng của người bán ở đây, muộn nhất là hôm nay")
        ),
    )


@allow(Role.MANAGER)
def close_stall(stall_id: UUID) -> Page | Response:
    """What closing it brings, and what goes on; one that is closed already is shown as it is."""
    stall = get_managed_stall(session(), actor(), stall_id)
    back = redirect(url_for("stall.stall", stall_id=stall_id), 303)
    if stall.closed_on:
        return back
    form = Form(ClosingForm(), {"closed_on": business_day(now())})
    if form.submit(partial(services.close_stall, session(), actor(), stall_id)) is None:
        return form.page(
            "market/stall_close.html", stall=stall, under_way=services.what_is_under_way(session(), stall)
        )
    flash(translate("Đã đóng quầy. Số quầy này giao được cho người khác."))
    return back


OPEN_AGAIN = {
    False: text("Quầy đã mở lại như trước."),
    True: text(
        "Quầy đã mở lại như trước. Có phí đã hủy khi đóng: vào Phí chợ, lập phí các tháng đó lần nữa để thu lại."
    ),
}
"""By whether fees were called off."""


@allow(Role.MANAGER)
def reopen_stall(stall_id: UUID) -> Response:
    return do(
        partial(services.reopen_stall, session(), actor(), stall_id),
        done=OPEN_AGAIN[services.fees_called_off(session(), stall_id)],
        back=url_for("stall.stall", stall_id=stall_id),
    )
