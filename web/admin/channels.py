"""The channels through which money comes; their credentials are never shown."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import NotFound, text
from models import ChannelKind, CollectionChannel, Market, Role, Seller
from services.channel_keys import LONGEST_GRACE_DAYS, USUAL_GRACE_DAYS, rotate_channel_keys
from services.queries.lists import list_channels
from services.queries.markets import get_channel
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, label
from web.languages import translate
from web.schemas import Input, Line
from web.typed import WholeNumber

LONGEST_KEY = 200


class KeysForm(Input):
    client_id = Line(LONGEST_KEY, required=True, metadata=label(text("Client ID")))
    api_key = Line(LONGEST_KEY, required=True, metadata=label(text("API key")))
    checksum_key = Line(LONGEST_KEY, required=True, metadata=label(text("Checksum key")))
    keep_old_days = WholeNumber(
        0,
        LONGEST_GRACE_DAYS,
        required=True,
        metadata=label(
            text("Giữ khóa cũ thêm mấy ngày"),
            text("Để thông báo đến muộn vẫn được nhận. Khóa cũ bị lộ thì ghi 0."),
        ),
    )


@allow(Role.ADMINISTRATOR)
def channels() -> str:
    page = list_channels(session(), actor(), cursor=request.args.get("cursor"))
    owners = {channel.id: _owner(channel) for channel in page.items}
    return render_template("admin/channels.html", page=page, owners=owners)


@allow(Role.ADMINISTRATOR)
def channel_keys(channel_id: UUID) -> Page | Response:
    """New keys of a payOS channel; what was typed is never shown again."""
    channel = get_channel(session(), actor(), channel_id)
    if channel.kind is not ChannelKind.PAYOS:
        raise NotFound()
    form = Form(KeysForm(), {"keep_old_days": USUAL_GRACE_DAYS})
    if form.submit(partial(rotate_channel_keys, session(), actor(), channel_id)) is None:
        return form.page("admin/channel_keys.html", channel=channel, owner=_owner(channel))
    flash(translate("Đã đổi khóa. payOS đang thử lại địa chỉ nhận thông báo."))
    return redirect(url_for("admin.channel_keys", channel_id=channel_id), 303)


def _owner(channel: CollectionChannel) -> str:
    """The market or the seller whose account it is."""
    owner = Market if channel.market_id else Seller
    found: Market | Seller = session().get_one(owner, channel.market_id or channel.seller_id)
    return found.name
