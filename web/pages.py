"""What every page shares: formats, the signed-in person, the assets' fingerprints."""

import hashlib
from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, g, request, url_for

from core import phones
from core.clock import VIETNAM, business_day, now
from core.crypto import mask
from core.money import format_dong, format_number
from core.text import language_of, slug
from gateways.formats import COLLECTORS
from models import Role
from services.marketplaces import MARKETPLACES
from web.auth import SELLS
from web.languages import LANGUAGES, choose_language
from web.thresholds import warning
from web.words import WEEKDAYS, channel_kind, tone, word

A_DAY = "public, max-age=86400"
FOR_EVER = "public, max-age=31536000, immutable"

STATIC = Path(__file__).parent / "static"


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        dong=dong_unbroken,
        phone=phones.display,
        phone_or_as_told=phone_or_as_told,
        moment=format_moment,
        near_moment=format_near_moment,
        seconds_left=seconds_left,
        clock=format_clock,
        day=format_day,
        day_of=format_day_of,
        mask=mask,
        slug=slug,
        language_of=language_of,
        number=format_number,
        word=word,
        channel_kind=channel_kind,
        tone=tone,
        warning=warning,
    )
    app.jinja_env.globals.update(
        asset=asset,
        Role=Role,
        SELLS=SELLS,
        languages=LANGUAGES,
        marketplaces=MARKETPLACES,
        collectors=COLLECTORS,
        weekdays=WEEKDAYS,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_page_values)
    app.after_request(_keep_assets)


def _page_values() -> dict[str, object]:
    return {
        "actor": g.get("actor"),
        "language": choose_language(),
        "here_again": _here_again(),
    }


def _here_again() -> str:
    """This page's address without a word of the language: whoever chooses another one comes back to it."""
    if request.method != "GET":
        return "/"
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode(asked)}" if asked else request.path


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
        response.headers["Cache-Control"] = FOR_EVER if "v" in request.args else A_DAY
    return response


def phone_or_as_told(number: str) -> str:
    """As people say it; what a floor has made unreadable (`****78`) as it came."""
    return phones.display(number) if phones.normalise(number) else number


def dong_unbroken(amount: int) -> str:
    """No line ends between the number and its sign."""
    return format_dong(amount).replace(" ", "\u00a0")


def format_moment(moment: datetime) -> str:
    """`14:05 22/11/2026`, in Vietnam."""
    return moment.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def format_near_moment(moment: datetime) -> str:
    """`14:05 22/11`, of what is days away at most."""
    return moment.astimezone(VIETNAM).strftime("%H:%M %d/%m")


def seconds_left(moment: datetime) -> float:
    """Until then; below 0 once it is over."""
    return (moment - now()).total_seconds()


def format_clock(moment: datetime) -> str:
    """`14:05`, in Vietnam."""
    return moment.astimezone(VIETNAM).strftime("%H:%M")


def format_day_of(moment: datetime) -> str:
    """The day in Vietnam, of what is known by the day only."""
    return format_day(business_day(moment))


def format_day(day: date) -> str:
    """`22/11/2026`."""
    return day.strftime("%d/%m/%Y")


def asset(name: str) -> str:
    """The address of a static file, changing with its content, so that it may be kept for ever."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
