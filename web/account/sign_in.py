"""Signing in with phone and password, and out."""

from functools import partial
from http import HTTPStatus

from flask import flash, g, redirect, render_template, request, session, url_for
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError
from marshmallow import fields
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from core.errors import text
from services import accounts
from web import database, kept_forms
from web.account.language import keep_language
from web.auth import API, forget, public, remember
from web.errors import answer_http_error
from web.forms import Form, Page, label
from web.languages import COOKIE, translate
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
    kept = request.form.get(kept_forms.FIELD)
    user = form.submit(partial(accounts.sign_in, database.session()))
    if user is None:
        return form.page("account/sign_in.html", after=after, kept=kept)
    chosen = session.get(COOKIE)
    remember(user)
    if chosen:
        keep_language(user, chosen)
    if kept is None:
        return redirect(after, 303)
    if page := _lead_back(kept, HTTPStatus.OK):
        return page
    flash(translate(kept_forms.GONE), "bad")
    return redirect(url_for("account.home"), 303)


def _lead_back(sealed: str, status: int) -> Page | None:
    """To the form whose content was `sealed`; None where that is too old, or somebody else's."""
    kept = kept_forms.open_for(g.actor.user_id, sealed)
    if kept is None:
        return None
    return render_template("account/again.html", kept=kept, sealed=sealed), status


def ask(error: Unauthorized) -> Page | Response:
    """Who is not signed in: a page is shown afterwards, and what was typed into a form is kept."""
    if request.path.startswith(API):
        return answer_http_error(error)
    if kept := kept_forms.keep():
        request.method = "GET"
        form = Form(SignInForm())
        form.status = error.code
        return form.page("account/sign_in.html", after="/", kept=kept)
    return redirect(url_for("account.sign_in", next=request.full_path if request.method == "GET" else None))


def show_stale(error: CSRFError) -> Page | Response:
    """A form of an earlier sign-in of the same person's, who signed in anew beside it."""
    sealed = kept_forms.keep() if g.get("actor") else None
    return (sealed and _lead_back(sealed, error.code)) or answer_http_error(error)


@public
def leave() -> Response:
    """End this browser's session."""
    forget()
    return redirect(url_for("account.sign_in"), 303)
