"""The accounts into which a market's money comes: collectors', and direct ones with who tells of them at once."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.config import config
from core.errors import NotFound, text
from models import Role, Seller
from services import notice_setup
from services.channel_keys import USUAL_GRACE_DAYS
from services.queries import told_accounts as queries
from services.queries.collector_channels import list_collector_channels
from services.queries.markets import get_managed_market
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, Page, do, label, page_asked, uuid_asked
from web.languages import translate
from web.market.grace import GraceForm
from web.schemas import Line
from web.words import NOTICE_PROVIDERS

PLAIN = "yes"


class NoticesForm(GraceForm):
    provider = fields.String(required=True, metadata=label(text("Dịch vụ báo tiền")))
    secret = Line(
        notice_setup.LONGEST_SECRET,
        required=True,
        metadata=label(
            text("Khóa bí mật"), text("Chép từ trang của dịch vụ. Khóa được mã hóa và không hiện lại.")
        ),
    )
    plain_key = fields.Boolean(
        load_default=False,
        metadata=label(
            text("Cách SePay chứng minh"),
            text(
                "Không chọn: mỗi thông báo được ký HMAC-SHA256, không ai sửa hay gửi lại được. API Key thì yếu hơn: "
                "ai biết khóa cũng tự tạo được thông báo tiền về, và thông báo cũ gửi lại vẫn qua"
            ),
            mark_optional=False,
        ),
    )


@allow(Role.MANAGER)
def channels(market_id: UUID) -> str:
    """Accounts with collectors, the market's own account for fees, then the sellers' accounts."""
    market = get_managed_market(session(), actor(), market_id)
    number = page_asked()
    accounts, more = queries.list_sellers_accounts(session(), market.id, number)
    return render_template(
        "market/channels.html",
        market=market,
        collected=list_collector_channels(session(), market.id),
        fees=queries.fee_channel(session(), market.id),
        accounts=accounts,
        next_page=number + 1 if more else None,
        providers=NOTICE_PROVIDERS,
    )


@allow(Role.MANAGER)
def open_channel(market_id: UUID) -> Response:
    """A seller whose money nobody has told of so far."""
    seller_id = uuid_asked("seller_id")
    if seller_id is None:
        raise NotFound()
    channel_id = notice_setup.open_seller_channel(session(), actor(), market_id, seller_id)
    return redirect(url_for("market.channel_notices", channel_id=channel_id), 303)


@allow(Role.MANAGER, *SELLS)
def channel_notices(channel_id: UUID) -> Page | Response:
    """Choose who tells of a channel's money; what was typed as the secret is never shown again."""
    channel, is_own = notice_setup.get_told_channel(session(), actor(), channel_id)
    if channel.has_collector:
        raise NotFound()
    state = notice_setup.notice_state(session(), channel, config().base_url)
    first = {"provider": channel.notices_by, "keep_old_days": USUAL_GRACE_DAYS}
    form = Form(NoticesForm(), first | ({"plain_key": PLAIN} if state.plain_key else {}))
    if form.submit(partial(notice_setup.choose_provider, session(), actor(), channel_id)) is None:
        base = f"{config().base_url}/webhooks"
        return form.page(
            "market/channel_notices.html",
            channel=channel,
            seller=session().get_one(Seller, channel.seller_id) if channel.seller_id else None,
            market=queries.market_of(session(), actor(), channel),
            state=state,
            why_not=None if is_own else notice_setup.NOT_YOURS,
            plain=PLAIN,
            providers=NOTICE_PROVIDERS,
            addresses={name: f"{base}/{name}/{channel.id}" for name in notice_setup.PROVIDERS},
        )
    flash(translate("Đã lưu. Tiền về tài khoản này sẽ được báo ngay khi dịch vụ gửi thông báo."))
    return redirect(url_for("market.channel_notices", channel_id=channel_id), 303)


@allow(Role.MANAGER, *SELLS)
def stop_notices(channel_id: UUID) -> Response:
    return do(
        partial(notice_setup.stop_notices, session(), actor(), channel_id),
        done=text("Đã thôi nhận thông báo. Tiền về tài khoản này được đối chiếu bằng sao kê."),
        back=url_for("market.channel_notices", channel_id=channel_id),
    )
