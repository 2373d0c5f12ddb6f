"""Vietnamese first, English second. The Vietnamese texts in code and templates are the message ids."""

from flask import Flask, Response, g, has_request_context, request, session
from flask_babel import Babel, gettext

from core.errors import Text
from web.page_cache import EVERYBODYS

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "language"
CARRIES = "ordering"
"""Who comes there from pages for everybody goes on in their language: the address carries it."""


def init_app(app: Flask) -> None:
    app.config.update(
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_DEFAULT_TIMEZONE="Asia/Ho_Chi_Minh",
        BABEL_TRANSLATION_DIRECTORIES=f"{app.root_path}/../translations",
    )
    Babel(app, locale_selector=choose_language)
    app.after_request(_tell_caches)
    app.jinja_env.filters["translated"] = translate


def choose_language() -> str:
    """What the address says, where it is one for everybody or was come to from there; else what the person chose in
    this browser, what the API's client asks for, the person's own language; else Vietnamese."""
    if not has_request_context():
        return "vi"
    if EVERYBODYS.fullmatch(request.path):
        return "en" if request.args.get("lang") == "en" else "vi"
    if (carried := request.args.get("lang")) in LANGUAGES and request.blueprint == CARRIES:
        return str(carried)
    chosen = session.get(COOKIE) or (_asked_for() if _is_api() else None) or g.get("language")
    return str(chosen) if chosen in LANGUAGES else "vi"


def carried_language() -> str | None:
    """What addresses say of the language that is read; of the first one nothing."""
    language = choose_language()
    return None if language == "vi" else language


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _asked_for() -> str | None:
    """The first of ours that `Accept-Language` names, the best liked first; `en-US` is English."""
    tags = (tag.lower().partition("-")[0] for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in tags if tag in LANGUAGES), None)


def _tell_caches(answer: Response) -> Response:
    if _is_api():
        answer.vary.add("Accept-Language")
    return answer


def translate(message: str) -> str:
    """A message in the reader's language; a `Text` is translated by its template."""
    if isinstance(message, Text):
        translated: str = gettext(message.template)
        values = {
            name: translate(value) if isinstance(value, Text) else value
            for name, value in message.values.items()
        }
        return translated % values if values else translated
    return str(gettext(message)) if message else ""
