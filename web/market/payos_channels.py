"""payOS accounts of a market and of its sellers: opened here, tried by a worker, their keys put right or changed."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.config import config
from core.errors import NotFound, text
from models import ChannelKind, CollectionChannel, Market, Role, Seller, WebhookState
from services import channel_keys, channels
from services.channel_keys import USUAL_GRACE_DAYS, may_change_keys
from services.queries import payos_channels as queries
from services.queries.lists import list_markets
from services.queries.markets import get_managed_channel, get_managed_market
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label, uuid_asked
from web.languages import translate
from web.market.grace import GraceForm
from web.schemas import LONGEST_NAME, Input, Line

LONGEST_KEY = 200


class KeysForm(Input):
    client_id = Line(LONGEST_KEY, required=True, metadata=label(text("Client ID")))
    api_key = Line(LONGEST_KEY, required=True, metadata=label(text("API key")))
    checksum_key = Line(LONGEST_KEY, required=True, metadata=label(text("Checksum key")))


class NewForm(KeysForm, FormSchema):
    name = Line(
        required=True,
        metadata=label(text("Tên kênh"), text("Để nhận ra khi chọn ở quầy, ví dụ: payOS Bắc Hà")),
    )


class ChangeForm(KeysForm, GraceForm):
    """New keys in the place of the former ones."""


@allow(Role.MANAGER)
def new_payos() -> Page | str | Response:
    """First whose account it is, then its keys."""
    market_id, seller_id = uuid_asked("market_id"), uuid_asked("seller_id")
    if market_id:
        return _fill_in(get_managed_market(session(), actor(), market_id))
    if seller_id:
        return _fill_in(queries.get_seller_with_stall(session(), actor(), seller_id))
    return _choose_owner()


def _choose_owner() -> str:
    q = request.args.get("q", "").strip()
    markets = list_markets(session(), actor(), limit=queries.MOST_CHANNELS).items
    own = [market for market in markets if actor().is_administrator or market.id in actor().markets]
    sellers = queries.find_sellers_with_stall(session(), actor(), q)
    return render_template("market/payos_owner.html", markets=own, sellers=sellers, q=q)


def _fill_in(owner: Market | Seller) -> Page | Response:
    whose = {"market_id" if isinstance(owner, Market) else "seller_id": owner.id}
    form = Form(NewForm(), {"name": f"payOS {owner.name}"[:LONGEST_NAME]})
    opening = partial(channels.open_payos_channel, session(), actor(), base_url=config().base_url, **whose)
    stored = form.submit(opening)
    if stored is None:
        return form.page("market/payos_new.html", owner=owner, back_to=_channels_of(owner))
    flash(translate("Đã lưu kênh. payOS đang thử địa chỉ nhận thông báo."))
    return redirect(url_for("market.payos_channel", channel_id=stored[0].id), 303)


@allow(Role.MANAGER)
def payos_channel(channel_id: UUID) -> Page | Response:
    """How it stands with payOS; new keys, which are never shown again."""
    channel = _channel(channel_id)
    form = Form(ChangeForm(), {"keep_old_days": USUAL_GRACE_DAYS})
    changing = partial(
        channel_keys.rotate_channel_keys, session(), actor(), channel_id, base_url=config().base_url
    )
    if form.submit(changing) is None:
        owner = queries.get_owner(session(), channel)
        stalls = () if isinstance(owner, Market) else queries.stalls_of_seller(session(), actor(), owner.id)
        return form.page(
            "market/payos_channel.html",
            channel=channel,
            owner=owner,
            stalls=stalls,
            back_to=_channels_of(owner),
            trying=channel.webhook_state is WebhookState.TRYING,
            may_change=may_change_keys(session(), actor(), channel),
        )
    flash(translate("Đã đổi khóa. payOS đang thử lại địa chỉ nhận thông báo."))
    return redirect(url_for("market.payos_channel", channel_id=channel_id), 303)


@allow(Role.MANAGER)
def payos_state(channel_id: UUID) -> str | Response:
    """The part that follows payOS's trial. Once it is over, or something hinders it of which the page has not `told`
    yet, the whole page is shown anew: the keys may be mended then."""
    channel = _channel(channel_id)
    trying = channel.webhook_state is WebhookState.TRYING
    part = render_template("market/payos_state.html", channel=channel, trying=trying)
    if trying and bool(channel.webhook_problem) == ("told" in request.args):
        return part
    return Response(part, headers={"HX-Refresh": "true"}, content_type="text/html; charset=utf-8")


@allow(Role.MANAGER)
def ask_payos_again(channel_id: UUID) -> Response:
    return do(
        partial(channels.ask_again, session(), actor(), channel_id, config().base_url),
        done=text("payOS đang thử lại địa chỉ nhận thông báo."),
        back=url_for("market.payos_channel", channel_id=channel_id),
    )


def _channel(channel_id: UUID) -> CollectionChannel:
    channel = get_managed_channel(session(), actor(), channel_id)
    if channel.kind is not ChannelKind.PAYOS:
        raise NotFound()
    return channel


def _channels_of(owner: Market | Seller) -> str:
    """The list from which the person came."""
    if actor().is_administrator:
        return url_for("admin.channels")
    if isinstance(owner, Market):
        return url_for("market.channels", market_id=owner.id)
    stall = queries.stalls_of_seller(session(), actor(), owner.id)[0]
    return url_for("market.channels", market_id=stall.market_id)
