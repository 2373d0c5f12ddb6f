"""Opening a stall: first whose, then where, and where its money goes; that can be changed later."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import ValidationError, fields, post_load
from werkzeug.wrappers import Response

from core.errors import text
from gateways.formats import COLLECTORS
from models import CollectionChannel, Market, Role, Seller, WebhookState
from services import markets as services
from services.access import require_market
from services.people import get_seller
from services.queries.collector_channels import channels_for_stall
from services.queries.lists import list_sellers
from services.queries.markets import get_managed_stall, get_market
from services.queries.places import list_banks
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, label, uuid_asked
from web.languages import translate
from web.schemas import Input, Line
from web.typed import AccountNumber, Area

LONGEST_NUMBER = 12
DIRECT = "direct"


class Channel(fields.UUID):
    """A channel's id, or None for straight to the stall's account."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> UUID | None:
        if value == DIRECT:
            return None
        try:
            return UUID(value)
        except ValueError:
            raise ValidationError([text("Không có lựa chọn này")]) from None


def _channel_field() -> Channel:
    return Channel(
        required=True,
        metadata=label(
            text("Tiền về qua đâu"), text("Áp dụng khi người bán bấm «Nhận tiền» với một số tiền cụ thể")
        ),
    )


class ChannelForm(Input):
    channel_id = _channel_field()


class StallForm(FormSchema):
    seller_id = fields.UUID(required=True)
    number = Line(
        LONGEST_NUMBER, required=True, metadata=label(text("Số quầy"), text("Như ghi ở chợ, ví dụ: A12"))
    )
    row = Line(LONGEST_NUMBER, metadata=label(text("Dãy")))
    area_m2 = Area(metadata=label(text("Diện tích (m²)")))
    bin = fields.String(required=True, metadata=label(text("Ngân hàng hoặc ví")))
    account_number = AccountNumber(
        required=True,
        metadata=label(
            text("Số tài khoản"), text("Đọc lại từng số với chủ quầy: tiền của khách vào tài khoản này")
        ),
    )
    holder_name = Line(
        required=True,
        metadata=label(text("Tên chủ tài khoản"), text("Như ngân hàng ghi, ví dụ: VANG THI SUA")),
    )
    channel_id = _channel_field()

    @post_load
    def _gather(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        data["payout_account"] = {name: data.pop(name) for name in ("bin", "account_number", "holder_name")}
        return data


@allow(Role.CLERK, Role.MANAGER)
def new_stall(market_id: UUID) -> Page | str | Response:
    """Open one in this market."""
    market = get_market(session(), actor(), market_id)
    require_market(actor(), market)
    seller_id = uuid_asked("seller_id")
    if seller_id is None:
        return _choose_seller(market)
    return _fill_in(market, get_seller(session(), actor(), seller_id))


def _choose_seller(market: Market) -> str:
    q = request.args.get("q", "").strip()
    page = list_sellers(session(), actor(), q=q or None, limit=20)
    return render_template("market/stall_seller.html", market=market, page=page, q=q)


def _fill_in(market: Market, seller: Seller) -> Page | Response:
    channels = channels_for_stall(session(), market.id, seller.id)
    usual = {"channel_id": channels[0].id} if channels else {}
    form = Form(StallForm(), {"seller_id": seller.id, **usual})
    stored = form.submit(partial(services.open_stall, session(), actor(), market_id=market.id))
    if stored is None:
        return form.page(
            "market/stall_new.html",
            market=market,
            seller=seller,
            banks=[(bank.bin, bank.short_name) for bank in list_banks(session())],
            channels=_options(channels),
        )
    flash(translate("Đã mở quầy. Hãy in thẻ QR và dán ở chỗ khách dễ thấy."))
    return redirect(url_for("stall.stall", stall_id=stored[0].id), 303)


@allow(Role.MANAGER)
def stall_channel(stall_id: UUID) -> Page | Response:
    """Through which channel a stall is paid from now on."""
    stall = get_managed_stall(session(), actor(), stall_id)
    channel = stall.channel
    form = Form(ChannelForm(), {"channel_id": channel.id if channel.has_collector else DIRECT})
    if form.submit(partial(services.set_stall_channel, session(), actor(), stall_id)) is None:
        channels = channels_for_stall(session(), stall.market_id, stall.seller_id)
        return form.page("market/stall_channel.html", stall=stall, channels=_options(channels))
    flash(translate("Đã lưu. Từ yêu cầu sau, tiền về theo đường này."))
    return redirect(url_for("stall.stall", stall_id=stall_id), 303)


def _options(channels: Sequence[CollectionChannel]) -> list[tuple[str, str, str]]:
    """These, and straight to the account."""
    collected = [(str(channel.id), channel.name, _what_it_does(channel)) for channel in channels]
    direct = translate("Thẳng vào tài khoản của quầy")
    return [
        *collected,
        (DIRECT, direct, translate("Đối chiếu bằng sao kê, hoặc báo ngay nếu chợ đã đặt «Báo tiền về»")),
    ]


def _what_it_does(channel: CollectionChannel) -> str:
    provider = COLLECTORS[channel.kind].title
    if channel.webhook_state is not WebhookState.CONFIRMED:
        said = text("%(provider)s chưa xác nhận: tiền về vẫn được hỏi đều, báo chậm hơn", provider=provider)
    elif channel.seller_id:
        said = text("Vào tài khoản %(provider)s của người bán, tự báo ngay khi tiền đến", provider=provider)
    else:
        said = text("Tự báo ngay khi tiền đến")
    return translate(said)
