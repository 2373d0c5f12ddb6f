"""Signing in with phone and password, and out."""

from functools import partial

from flask import redirect, request, session, url_for
from flask_limiter.util import get_remote_address
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import text
from services import accounts
from web import database
from web.account.language import keep_language
from web.auth import forget, public, remember
from web.forms import Form, Page, label
from web.languages import COOKIE
from web.paths import own_path
from web.schemas import Input, Phone
from web.security import SIGN_IN, limiter


class SignInForm(Input):
    phone = Phone(required=True, metadata=label(text("Số điện thoại")))
    password = fields.String(required=True, metadata=label(text("Mật khẩu")))


def _who_tries() -> str:
    return f"{request.form.get('phone', '')[:20]}|{get_remote_address()}"


@public
@limiter.limit(SIGN_IN, key_func=_who_tries, methods=["POST"])
def sign_in() -> Page | Response:
    """Wrong once or unknown: the same words, so that nobody learns who has an account."""
    form = Form(SignInForm())
    after = own_path(request.values.get("next"))
    user = form.submit(partial(accounts.sign_in, database.session()))
    if user is None:
        return form.page("account/sign_in.html", after=after)
    chosen = session.get(COOKIE)
    remember(user)
    if chosen:
        keep_language(user, chosen)
    return redirect(after, 303)


@public
def leave() -> Response:
    """End this browser's session."""
    forget()
    return redirect(url_for("account.sign_in"), 303)
