"""Floors' orders that are nobody's here: what they hold, and saying whose it is."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import NotFound, text
from models import Role, StrayReason, StrayState
from models.strays import goods_of
from services import stray_deeds
from services.queries.lists import list_listings
from services.queries.strays import get_stray, list_likely, list_strays
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, chosen, do, label
from web.languages import translate
from web.schemas import Input, Line

LONGEST_REASON = 300
MOST_FOUND = 10


class TieForm(Input):
    goods = fields.String(required=True)
    sku = Line(
        40,
        required=True,
        metadata=label(text("Mã SKU của tin đăng"), text("Mã ghi ở trang của tin đăng, ví dụ SP-7K2M9PQR")),
    )


class AsideForm(Input):
    reason = Line(
        LONGEST_REASON,
        required=True,
        metadata=label(text("Lý do"), text("Ví dụ: hàng của người bán khác trên cùng gian hàng")),
    )


@allow(Role.ADMINISTRATOR)
def floor_orders() -> str:
    state = chosen(StrayState, "state") or StrayState.WAITING
    page = list_strays(session(), actor(), state, cursor=request.args.get("cursor"))
    return render_template("admin/floor_orders.html", page=page, state=state, states=StrayState)


@allow(Role.ADMINISTRATOR)
def floor_order(stray_id: UUID) -> str:
    stray = get_stray(session(), actor(), stray_id)
    may_tie = stray.state is StrayState.WAITING and stray.reason is StrayReason.FOREIGN
    return render_template(
        "admin/floor_order.html", stray=stray, may_tie=may_tie, goods_of=goods_of, states=StrayState
    )


@allow(Role.ADMINISTRATOR)
def tie_goods(stray_id: UUID) -> Page | Response:
    """Which listing a line is: one that is likely, one that is looked for, or one whose SKU is known."""
    stray = get_stray(session(), actor(), stray_id)
    goods = request.values.get("goods", "")
    line = next((line for line in stray.lines if goods_of(line) == goods), None)
    if line is None:
        raise NotFound()
    form = Form(TieForm(), {"sku": request.args.get("sku", ""), "goods": goods})
    tied = form.submit(partial(stray_deeds.tie, session(), actor(), stray_id))
    if tied is None:
        stray, q = get_stray(session(), actor(), stray_id), request.args.get("q", "").strip()
        found = (
            list_listings(session(), actor(), q=q, limit=MOST_FOUND).items
            if q
            else list_likely(session(), line["title"])
        )
        return form.page("admin/floor_order_tie.html", stray=stray, line=line, goods=goods, q=q, found=found)
    if tied.state is StrayState.TAKEN:
        flash(translate(text("Đã nhận đơn: người bán thấy đơn trong danh sách của mình.")))
        return redirect(url_for("admin.floor_orders"), 303)
    flash(translate(text("Đã gắn mặt hàng với tin đăng.")))
    return _back_to(stray_id)


@allow(Role.ADMINISTRATOR)
def set_order_aside(stray_id: UUID) -> Page | Response:
    stray = get_stray(session(), actor(), stray_id)
    form = Form(AsideForm())
    if form.submit(partial(stray_deeds.set_aside, session(), actor(), stray_id)) is None:
        return form.page("admin/floor_order_aside.html", stray=stray)
    flash(translate(text("Đã để riêng.")))
    return redirect(url_for("admin.floor_orders"), 303)


@allow(Role.ADMINISTRATOR)
def bring_order_back(stray_id: UUID) -> Response:
    return do(
        lambda: stray_deeds.bring_back(session(), actor(), stray_id),
        done=text("Đơn trở lại danh sách cần xem."),
        back=url_for("admin.floor_order", stray_id=stray_id),
    )


def _back_to(stray_id: UUID) -> Response:
    return redirect(url_for("admin.floor_order", stray_id=stray_id), 303)
