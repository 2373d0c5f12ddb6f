"""Vietnamese first, English second. The Vietnamese texts in code and templates are the message ids."""

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, gettext

from core.errors import Text
from web.page_cache import EVERYBODYS

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "language"


def init_app(app: Flask) -> None:
    app.config.update(
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_DEFAULT_TIMEZONE="Asia/Ho_Chi_Minh",
        BABEL_TRANSLATION_DIRECTORIES=f"{app.root_path}/../translations",
    )
    Babel(app, locale_selector=choose_language)
    app.jinja_env.filters["translated"] = translate


def choose_language() -> str:
    """What the address says, where it is one for everybody; else what the person chose in this browser, what the API's
    client asks for, the person's own language; else Vietnamese."""
    if not has_request_context():
        return "vi"
    if EVERYBODYS.fullmatch(request.path):
        return "en" if request.args.get("lang") == "en" else "vi"
    asked = request.accept_languages.best_match(LANGUAGES) if request.path.startswith("/api/") else None
    chosen = session.get(COOKIE) or asked or g.get("language")
    return str(chosen) if chosen in LANGUAGES else "vi"


def translate(message: str) -> str:
    """A message in the reader's language; a `Text` is translated by its template."""
    if isinstance(message, Text):
        translated: str = gettext(message.template)
        return translated % message.values if message.values else translated
    return str(gettext(message)) if message else ""
