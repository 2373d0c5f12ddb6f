"""Signing in."""

from typing import Any

from flask import Response, request
from flask_limiter.util import get_remote_address
from marshmallow import Schema, fields

from core.phones import normalise
from models import PlaceKind, Role
from services import accounts
from web.api.fields import View, choice
from web.api.smorest import Blueprint, read_json
from web.auth import public
from web.database import session
from web.schemas import Input, Phone, longest
from web.security import SIGN_IN, limiter

FAILED_PER_ADDRESS = "100 per minute"
LONGEST_PASSWORD = 200

blueprint = Blueprint("tokens", __name__, "Signing in")


class TokenInput(Schema):
    """A password keeps its spaces, so nothing is trimmed."""

    error_messages = Input.error_messages

    phone = Phone(required=True)
    password = fields.String(required=True, validate=longest(LONGEST_PASSWORD))


class GrantView(View):
    role = choice(Role)
    place_kind = choice(PlaceKind)
    place_key = fields.String()


class UserView(View):
    id = fields.UUID()
    name = fields.String()
    phone = fields.String()
    roles = fields.List(fields.Nested(GrantView), attribute="grants")


class TokenView(View):
    token = fields.String()
    expires_at = fields.AwareDateTime()
    user = fields.Nested(UserView)


def _phone_and_address() -> str:
    try:
        body = read_json(request.get_data(cache=True))
    except ValueError:
        body = None
    typed = str(body.get("phone")) if isinstance(body, dict) else ""
    return f"sign-in:{normalise(typed)}|{get_remote_address()}"


def _failed(response: Response) -> bool:
    return response.status_code == accounts.SignInFailed.status


@blueprint.post("/tokens")
@public
@limiter.limit(FAILED_PER_ADDRESS, key_func=get_remote_address, deduct_when=_failed)
@limiter.limit(SIGN_IN, key_func=_phone_and_address, deduct_when=_failed)
@blueprint.arguments(TokenInput)
@blueprint.response(201, TokenView)
def create_token(data: dict[str, str]) -> dict[str, Any]:
    """Sign in with phone and password.

    The token is sent as `Authorization: Bearer …` and lives for a week. Ten failures a minute for one phone from
    one address are answered 429 with `Retry-After`.
    """
    user = accounts.sign_in(session(), data["phone"], data["password"])
    token, expires_at = accounts.issue_token(session(), user)
    return {"token": token, "expires_at": expires_at, "user": user}
