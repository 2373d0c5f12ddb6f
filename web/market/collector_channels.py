"""Accounts with a collector, of a market and of its sellers: opened here, tried by a worker, their keys put right or
changed. What is asked for are the keys that the collector says it has."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response

from core.config import config
from core.errors import NotFound, text
from gateways.collecting import Collector
from gateways.formats import COLLECTORS
from models import CollectionChannel, Market, Role, Seller, WebhookState
from services import channel_keys, channels
from services.channel_keys import USUAL_GRACE_DAYS, may_change_keys
from services.queries import collector_channels as queries
from services.queries.lists import list_markets
from services.queries.markets import get_managed_channel, get_managed_market
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label, uuid_asked
from web.languages import translate
from web.market.grace import GraceForm
from web.schemas import LONGEST_KEY, LONGEST_NAME, Line


class NewForm(FormSchema):
    name = Line(
        required=True,
        metadata=label(text("Tên kênh"), text("Để nhận ra khi chọn ở quầy, nên có tên chợ hay người bán")),
    )


def _with_keys(form: type[Schema], collector: Collector) -> Schema:
    return form.from_dict(
        {key.name: Line(LONGEST_KEY, required=True, metadata=label(key.label)) for key in collector.keys}
    )()


@allow(Role.MANAGER)
def new_collector_channel(collector: str) -> Page | str | Response:
    """First whose account it is, then its keys."""
    provider = COLLECTORS.get(collector)
    if provider is None:
        raise NotFound()
    market_id, seller_id = uuid_asked("market_id"), uuid_asked("seller_id")
    if market_id:
        return _fill_in(provider, get_managed_market(session(), actor(), market_id))
    if seller_id:
        return _fill_in(provider, queries.get_seller_with_stall(session(), actor(), seller_id))
    return _choose_owner(provider)


def _choose_owner(provider: Collector) -> str:
    q = request.args.get("q", "").strip()
    markets = list_markets(session(), actor(), limit=queries.MOST_CHANNELS).items
    own = [market for market in markets if actor().is_administrator or market.id in actor().markets]
    sellers = queries.find_sellers_with_stall(session(), actor(), q)
    return render_template(
        "market/collector_owner.html", provider=provider, markets=own, sellers=sellers, q=q
    )


def _fill_in(provider: Collector, owner: Market | Seller) -> Page | Response:
    whose = {"market_id" if isinstance(owner, Market) else "seller_id": owner.id}
    first = {"name": f"{provider.title} {owner.name}"[:LONGEST_NAME]}
    form = Form(_with_keys(NewForm, provider), first)
    opening = partial(
        channels.open_channel, session(), actor(), base_url=config().base_url, kind=provider.name, **whose
    )
    stored = form.submit(opening)
    if stored is None:
        return form.page(
            "market/collector_new.html", provider=provider, owner=owner, back_to=_channels_of(owner)
        )
    said = text("Đã lưu kênh. %(provider)s đang thử địa chỉ nhận thông báo.", provider=provider.title)
    flash(translate(said))
    return redirect(_page_of(stored[0]), 303)


@allow(Role.MANAGER)
def collector_channel(channel_id: UUID, collector: str) -> Page | Response:
    """How it stands with its collector; new keys, which are never shown again."""
    channel, provider = _channel(channel_id, collector)
    form = Form(_with_keys(GraceForm, provider), {"keep_old_days": USUAL_GRACE_DAYS})
    changing = partial(
        channel_keys.rotate_channel_keys, session(), actor(), channel_id, base_url=config().base_url
    )
    if form.submit(changing) is None:
        owner = queries.get_owner(session(), channel)
        stalls = () if isinstance(owner, Market) else queries.stalls_of_seller(session(), actor(), owner.id)
        return form.page(
            "market/collector_channel.html",
            channel=channel,
            provider=provider,
            owner=owner,
            stalls=stalls,
            back_to=_channels_of(owner),
            trying=channel.webhook_state is WebhookState.TRYING,
            may_change=may_change_keys(session(), actor(), channel),
        )
    said = text("Đã đổi khóa. %(provider)s đang thử lại địa chỉ nhận thông báo.", provider=provider.title)
    flash(translate(said))
    return redirect(_page_of(channel), 303)


@allow(Role.MANAGER)
def collector_state(channel_id: UUID, collector: str) -> str | Response:
    """The part that follows the collector's trial. Once it is over, or something hinders it of which the page has not
    `told` yet, the whole page is shown anew: the keys may be mended then."""
    channel, provider = _channel(channel_id, collector)
    trying = channel.webhook_state is WebhookState.TRYING
    part = render_template("market/collector_state.html", channel=channel, provider=provider, trying=trying)
    if trying and bool(channel.webhook_problem) == ("told" in request.args):
        return part
    return Response(part, headers={"HX-Refresh": "true"}, content_type="text/html; charset=utf-8")


@allow(Role.MANAGER)
def ask_collector_again(channel_id: UUID, collector: str) -> Response:
    channel, provider = _channel(channel_id, collector)
    return do(
        partial(channels.ask_again, session(), actor(), channel_id, config().base_url),
        done=text("%(provider)s đang thử lại địa chỉ nhận thông báo.", provider=provider.title),
        back=_page_of(channel),
    )


def _channel(channel_id: UUID, collector: str) -> tuple[CollectionChannel, Collector]:
    channel = get_managed_channel(session(), actor(), channel_id)
    if not channel.has_collector or channel.kind != collector:
        raise NotFound()
    return channel, COLLECTORS[collector]


def _page_of(channel: CollectionChannel) -> str:
    return url_for("market.collector_channel", channel_id=channel.id, collector=channel.kind)


def _channels_of(owner: Market | Seller) -> str:
    """The list from which the person came."""
    if actor().is_administrator:
        return url_for("admin.channels")
    if isinstance(owner, Market):
        return url_for("market.channels", market_id=owner.id)
    stall = queries.stalls_of_seller(session(), actor(), owner.id)[0]
    return url_for("market.channels", market_id=stall.market_id)
