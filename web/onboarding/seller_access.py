"""A seller's own way in: opened, given a new password, closed."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import text
from core.phones import display
from models import Role
from services import seller_access as services
from services.access import require_commune
from services.people import get_seller
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, do, label
from web.languages import translate
from web.schemas import Input, Line, Phone


class PasswordForm(Input):
    password = fields.String(
        required=True,
        metadata=label(text("Mật khẩu ban đầu"), text("Ít nhất 8 ký tự; báo riêng cho người này")),
    )


class AccountForm(PasswordForm):
    name = Line(required=True, metadata=label(text("Họ và tên")))
    phone = Phone(required=True, metadata=label(text("Số điện thoại"), text("Dùng để đăng nhập")))


@allow(Role.CLERK)
def open_access(seller_id: UUID) -> Page | Response:
    """Known already is what the seller's phone and name are."""
    seller = get_seller(session(), actor(), seller_id)
    require_commune(actor(), seller.commune_code)
    form = Form(AccountForm(), {"name": seller.name, "phone": display(seller.phone)})
    opened = form.submit(partial(services.open_access, session(), actor(), seller_id))
    if opened is None:
        return form.page("onboarding/access_new.html", seller=seller)
    _, is_new = opened
    flash(
        translate("Đã mở. Giờ người bán đăng nhập bằng số điện thoại và mật khẩu này.")
        if is_new
        else translate("Đã mở. Số này có tài khoản từ trước: đăng nhập bằng mật khẩu cũ.")
    )
    return redirect(url_for("onboarding.seller", seller_id=seller_id), 303)


@allow(Role.CLERK)
def access(seller_id: UUID, user_id: UUID) -> Page | Response:
    """One person who enters as the seller; sent back, the new password."""
    seller = get_seller(session(), actor(), seller_id)
    user = services.get_holder(session(), actor(), seller_id, user_id)
    form = Form(PasswordForm())
    if form.submit(partial(services.renew_password, session(), actor(), seller_id, user_id)) is None:
        return form.page("onboarding/access.html", seller=seller, user=user)
    flash(translate("Đã đặt mật khẩu mới."))
    return redirect(url_for("onboarding.seller", seller_id=seller_id), 303)


@allow(Role.CLERK)
def close_access(seller_id: UUID, user_id: UUID) -> Response:
    return do(
        partial(services.close_access, session(), actor(), seller_id, user_id),
        done=text("Đã đóng: số này không vào được nữa."),
        back=url_for("onboarding.seller", seller_id=seller_id),
    )
