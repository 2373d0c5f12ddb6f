"""Who may enter. Every route says so (`@allow(Role.…)`, `@signed_in` or `@public`); one that does not, lets
nobody in. Pages know a person by the signed session cookie, the API by a bearer token."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request, session

from core.errors import Forbidden
from models import Role, User
from services.access import Actor, actor_of
from services.accounts import user_of_token
from web import database, kept_forms

View = TypeVar("View", bound=Callable[..., Any])

ANYBODY = "anybody"
EVERY_ROLE = frozenset(Role)
SELLS = (Role.CLERK, Role.STALLHOLDER, Role.SELLER)
"""Who keeps goods, orders and books: sellers, with a stall or without, and the clerk who helps them."""
API = "/api/"


def allow(*roles: Role, cookie: bool = False) -> Callable[[View], View]:
    """Admit people who hold one of `roles` (an administrator always). `cookie` lets a browser's session into
    an API route: only for reading, since the API has no CSRF token."""

    def mark(view: View) -> View:
        view.admits = frozenset({*roles, Role.ADMINISTRATOR})  # type: ignore[attr-defined]
        view.takes_cookie = cookie  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: View) -> View:
    """Admit everybody who has an account."""
    return allow(*EVERY_ROLE)(view)


def public(view: View) -> View:
    """Admit everybody."""
    view.admits = ANYBODY  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    app.before_request(_guard)


def policy_of(app: Flask, endpoint: str, method: str) -> Any:
    """The view function that answers `method` at `endpoint`: it carries `admits`."""
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, method.lower(), view) if view_class else view


def _guard() -> None:
    if request.endpoint in {None, "static"}:
        return
    view = policy_of(current_app, request.endpoint, request.method)
    admits = getattr(view, "admits", frozenset())
    _know(_load_user(getattr(view, "takes_cookie", False)))
    if admits == ANYBODY:
        return
    if g.actor is None:
        abort(401)
    if g.actor.roles.isdisjoint(admits):
        raise Forbidden()
    if not request.path.startswith(API):
        kept_forms.show_again(g.actor.user_id)


def _know(user: User | None) -> None:
    g.user = user
    g.actor = actor_of(user) if user else None
    g.language = user.language if user else None


def _load_user(cookie_too: bool) -> User | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return user_of_token(database.session(), token.strip())
    if "user_id" not in session or (request.path.startswith(API) and not cookie_too):
        return None
    user = database.session().get(User, session["user_id"])
    fresh = user is not None and user.active and user.password_version == session.get("version")
    return user if fresh else None


def remember(user: User) -> None:
    """Begin a browser session."""
    session.clear()
    session.permanent = True
    session["user_id"] = user.id
    session["version"] = user.password_version
    _know(user)


def forget() -> None:
    session.clear()


def actor() -> Actor:
    """The person at work. Only for routes that do not admit anybody."""
    found: Actor = g.actor
    return found
