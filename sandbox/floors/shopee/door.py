"""Who may in: signature, clock, token; and the form of Shopee's answers."""

import hashlib
import hmac
import time
import uuid
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import tokens
from sandbox.floors.door import Door, Refusal, Visit, say

PARTNER_ID = "1000001"
PARTNER_KEY = "sandbox-shopee-partner-key"
SHOPS = ("2000001", "2000002", "2000003")
CLOCK_SECONDS = 300
TOKEN_SECONDS = 4 * 3600
PUBLIC = {"refresh_token"}
NOT_FOUND = Refusal("error_not_found", "The api path is wrong.", 404)
THROTTLED = Refusal("error_too_many_request", "Too many requests, please try again later.", 429)
REQUIRED = ("partner_id", "timestamp", "sign")


def admit(visit: Visit) -> str:
    """The shop. Raises Refusal."""
    given = visit.request.args
    for name in REQUIRED if visit.call in PUBLIC else (*REQUIRED, "access_token", "shop_id"):
        if not given.get(name):
            raise Refusal("error_param", f"There is no {name} in query.", 403)
    if given["partner_id"] != PARTNER_ID:
        raise Refusal("error_param", "Invalid partner_id.", 403)
    if not given["timestamp"].isdecimal() or abs(time.time() - int(given["timestamp"])) > CLOCK_SECONDS:
        raise Refusal("error_param", "Invalid timestamp", 403)
    if not hmac.compare_digest(given["sign"].encode(), sign(visit).encode()):
        raise Refusal("error_sign", "Wrong sign.", 403)
    return PARTNER_ID if visit.call in PUBLIC else shop(visit)


def sign(visit: Visit) -> str:
    given = visit.request.args
    words = [PARTNER_ID, visit.path, given["timestamp"]]
    if visit.call not in PUBLIC:
        words += [given["access_token"], given["shop_id"]]
    return hmac.new(PARTNER_KEY.encode(), "".join(words).encode(), hashlib.sha256).hexdigest()


def shop(visit: Visit) -> str:
    given = visit.request.args
    token = tokens.of_access(visit.books, "shopee", given["access_token"])
    if token is None or token["expires_at"] <= time.time():
        raise Refusal("invalid_acceess_token", "Invalid access_token, please have a check.", 403)
    if token["account"] != given["shop_id"]:
        raise Refusal("error_shop", "shopid is invalid", 403)
    return str(token["account"])


def answer(response: Any) -> Response:
    return say(
        {"error": "", "message": "", "warning": "", "request_id": uuid.uuid4().hex, "response": response}
    )


def refuse(refusal: Refusal) -> Response:
    form = {"error": refusal.code, "message": refusal.message, "request_id": uuid.uuid4().hex}
    return say(form, refusal.status)


DOOR = Door("shopee", admit, refuse, THROTTLED, NOT_FOUND)


@DOOR.call("POST", "/api/v2/auth/access_token/get", "refresh_token")
def refresh_token(visit: Visit) -> Response:
    """The new pair stands beside `error`, not under `response`."""
    wish = visit.body()
    refresh = str(wish.get("refresh_token", ""))
    used = tokens.use_refresh(visit.books, "shopee", refresh, TOKEN_SECONDS)
    if used is None or str(wish.get("shop_id")) != used["account"]:
        message = "Your refresh token is error ,please check refresh token or shopid."
        raise Refusal("error_shop_refresh_token", message, 403)
    return say(
        {
            "error": "",
            "message": "",
            "request_id": uuid.uuid4().hex,
            "partner_id": int(PARTNER_ID),
            "shop_id": int(used["account"]),
            "access_token": used["access"],
            "refresh_token": used["refresh"],
            "expire_in": TOKEN_SECONDS,
        }
    )
