"""Choosing the language, also before signing in."""

from flask import abort, g, redirect, request, session
from werkzeug.wrappers import Response

from models import User
from web.auth import public
from web.languages import COOKIE, LANGUAGES
from web.paths import own_path


@public
def choose() -> Response:
    language = request.form.get("language")
    if language not in LANGUAGES:
        abort(400)
    keep_language(g.get("user"), language)
    return redirect(own_path(request.form.get("next")), 303)


def keep_language(user: User | None, language: str) -> None:
    """In the browser's session and, for who has an account, on every device."""
    session[COOKIE] = language
    if user:
        user.language = language
