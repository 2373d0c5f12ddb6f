"""What every page shares: formats, the signed-in person, the assets' fingerprints."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path

from flask import Flask, g, url_for

from core import phones
from core.clock import VIETNAM
from core.crypto import mask
from core.money import format_dong
from models import Role
from web.languages import LANGUAGES, choose_language

STATIC = Path(__file__).parent / "static"


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(dong=format_dong, phone=phones.display, moment=format_moment, mask=mask)
    app.jinja_env.globals.update(asset=asset, Role=Role, languages=LANGUAGES)
    app.context_processor(lambda: {"actor": g.get("actor"), "language": choose_language()})


def format_moment(moment: datetime) -> str:
    """`14:05 22/11/2026`, in Vietnam."""
    return moment.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def asset(name: str) -> str:
    """The address of a static file, changing with its content, so that it may be kept for ever."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
