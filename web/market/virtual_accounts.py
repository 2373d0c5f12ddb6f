"""The numbers that a bank gave out beside a seller's own account, each for one stall."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import NotFound, text
from models import Role, Seller, Stall
from services import virtual_accounts as services
from services.notice_setup import NOT_YOURS, get_told_channel
from services.queries.told_accounts import list_open_stalls, list_virtual_accounts
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, Page, do, label
from web.languages import translate
from web.schemas import Input
from web.typed import AccountNumber


class VirtualAccountForm(Input):
    stall_id = fields.UUID(required=True, metadata=label(text("Quầy")))
    number = AccountNumber(
        required=True,
        metadata=label(
            text("Số tài khoản ảo"),
            text("Số mà khách chuyển khoản vào được, do ngân hàng cấp cho riêng quầy này"),
        ),
    )


@allow(Role.MANAGER, *SELLS)
def virtual_accounts(channel_id: UUID) -> Page | Response:
    """Which stall has which number, and noting one."""
    channel, is_own = get_told_channel(session(), actor(), channel_id)
    if channel.has_collector or channel.seller_id is None:
        raise NotFound()
    stalls = list_open_stalls(session(), channel.seller_id)
    form = Form(VirtualAccountForm(), {"stall_id": stalls[0].id} if len(stalls) == 1 else {})
    if form.submit(partial(services.note_virtual_account, session(), actor(), channel_id)) is None:
        return form.page(
            "market/virtual_accounts.html",
            channel=channel,
            seller=session().get_one(Seller, channel.seller_id),
            known=list_virtual_accounts(session(), channel_id),
            stalls=[(each.id, _called(each), each.market.name) for each in stalls],
            why_not=None if is_own else NOT_YOURS,
        )
    flash(
        translate("Đã ghi. Mã QR dán ở quầy nay trả vào số này: hãy in thẻ mới và chuyển thử một khoản nhỏ.")
    )
    return redirect(url_for("market.virtual_accounts", channel_id=channel_id), 303)


def _called(stall: Stall) -> str:
    return translate(text("Quầy %(number)s", number=stall.number))


@allow(Role.MANAGER, *SELLS)
def end_virtual_account(channel_id: UUID, stall_id: UUID) -> Response:
    return do(
        partial(services.end_virtual_account, session(), actor(), channel_id, stall_id),
        done=text("Đã thôi dùng số này. Mã QR của quầy lại trả vào số tài khoản chính: hãy in thẻ mới."),
        back=url_for("market.virtual_accounts", channel_id=channel_id),
    )
