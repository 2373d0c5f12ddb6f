"""Headers, limits and form tokens."""

from http import HTTPStatus

from flask import Flask, g, request
from flask.wrappers import Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PER_PERSON = "50 per second"
PER_ADDRESS = "100 per second"
SIGN_IN = "10 per minute"


def who_asks() -> str:
    """A signed-in person by account, anybody else by address."""
    return f"user:{g.actor.user_id}" if g.get("actor") else f"address:{get_remote_address()}"


limiter = Limiter(who_asks, default_limits=[PER_PERSON], headers_enabled=True, strategy="moving-window")


def init_app(app: Flask, redis_url: str, *, secure_cookies: bool) -> None:
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=redis_url.replace("unix://", "redis+unix://", 1),
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    app.after_request(say_when_to_come_back)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_harden)


def say_when_to_come_back(response: Response) -> Response:
    """After the limiter, which says 0 where less than a second is left."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = str(max(1, response.headers.get("Retry-After", 1, type=int)))
    return response


def _harden(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    if not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
