"""What a market charges, what its province sets by class, and into which account it is paid."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import text
from models import FeeKind, Role
from services import fee_tariffs
from services.fee_rules import CLASSES, market_class
from services.queries import fees as queries
from services.queries.markets import get_managed_market
from services.queries.places import get_province, get_province_of, list_all_banks, list_banks
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, label
from web.languages import translate
from web.schemas import Dong, Input, Line
from web.typed import AccountNumber
from web.words import options_of

LONGEST_ROW = 12
CLASS_NAMES = {
    1: text("Hạng 1: trên 400 quầy"),
    2: text("Hạng 2: từ 200 đến 400 quầy"),
    3: text("Hạng 3: dưới 200 quầy"),
}


class TariffForm(FormSchema):
    kind = fields.Enum(FeeKind, by_value=True, required=True, metadata=label(text("Cách tính")))
    rate = Dong(required=True, metadata=label(text("Mức phí")))
    row = Line(
        LONGEST_ROW,
        metadata=label(
            text("Dãy"), text("Để trống nếu áp dụng cho cả chợ; dãy có biểu phí riêng thì theo riêng")
        ),
    )
    valid_from = fields.Date(
        required=True,
        metadata=label(
            text("Áp dụng từ ngày"), text("Biểu phí cùng loại trước đó tự kết thúc vào hôm trước")
        ),
    )
    valid_to = fields.Date(metadata=label(text("Đến hết ngày")))


class ProvinceTariffForm(TariffForm):
    market_class = fields.Integer(
        required=True, validate=validate.OneOf(CLASSES), metadata=label(text("Hạng chợ"))
    )


class FeeAccountForm(Input):
    bin = fields.String(required=True, metadata=label(text("Ngân hàng hoặc ví")))
    account_number = AccountNumber(
        required=True,
        metadata=label(text("Số tài khoản"), text("Tài khoản của ban quản lý chợ, không của quầy nào")),
    )
    holder_name = Line(
        required=True,
        metadata=label(text("Tên chủ tài khoản"), text("Như ngân hàng ghi, ví dụ: BAN QUAN LY CHO")),
    )


@allow(Role.MANAGER)
def tariffs(market_id: UUID) -> Page | Response:
    market = get_managed_market(session(), actor(), market_id)
    today = business_day(now())
    form = Form(TariffForm(), {"valid_from": today.replace(day=1)})
    stored = form.submit(partial(fee_tariffs.set_tariff, session(), actor(), market_id=market_id))
    if stored is None:
        stalls = queries.count_stalls(session(), market_id)
        own_class = market_class(stalls)
        province = get_province_of(session(), market.commune_code)
        return form.page(
            "market/fee_tariffs.html",
            market=market,
            tariffs=fee_tariffs.list_tariffs(session(), actor(), market_id),
            kinds=options_of(FeeKind),
            today=today,
            stalls=stalls,
            market_class=own_class,
            province=province,
            province_tariffs=fee_tariffs.list_province_tariffs(session(), province.code, own_class),
            may_set_for_province=actor().is_administrator,
        )
    flash(translate("Đã đặt biểu phí."))
    return redirect(url_for("market.tariffs", market_id=market_id), 303)


@allow(Role.ADMINISTRATOR)
def province_tariffs(province_code: str) -> Page | Response:
    """What every market of a class takes that has no tariff of its own."""
    province, today = get_province(session(), province_code), business_day(now())
    form = Form(ProvinceTariffForm(), {"valid_from": today.replace(day=1)})
    stored = form.submit(partial(fee_tariffs.set_tariff, session(), actor(), province_code=province_code))
    if stored is None:
        return form.page(
            "market/province_tariffs.html",
            province=province,
            tariffs=fee_tariffs.list_province_tariffs(session(), province_code),
            kinds=options_of(FeeKind),
            classes=[(number, translate(name)) for number, name in CLASS_NAMES.items()],
            today=today,
        )
    flash(translate("Đã đặt biểu phí."))
    return redirect(url_for("market.province_tariffs", province_code=province_code), 303)


@allow(Role.MANAGER)
def account(market_id: UUID) -> Page | Response:
    market = get_managed_market(session(), actor(), market_id)
    known = queries.get_fee_account(session(), market_id)
    form = Form(FeeAccountForm(), {"bin": known.bin, "holder_name": known.holder_name} if known else {})

    def store(**typed: Any) -> object:
        return fee_tariffs.set_fee_account(session(), actor(), market_id, typed)

    if form.submit(store) is None:
        banks = [(bank.bin, bank.short_name) for bank in list_banks(session(), known.bin if known else None)]
        return form.page(
            "market/fee_account.html",
            market=market,
            known=known,
            banks=banks,
            changes=queries.list_fee_account_changes(session(), market_id),
            names={bank.bin: bank.short_name for bank in list_all_banks(session())},
        )
    flash(translate("Đã lưu tài khoản thu phí."))
    return redirect(url_for("market.fees", market_id=market_id), 303)
