"""Who may in: signature, clock, token, shop; and the form of TikTok Shop's answers."""

import hashlib
import hmac
import time
import uuid
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import tokens
from sandbox.floors.door import Door, Refusal, Visit, say

APP_KEY, APP_SECRET = "sandbox-app", "sandbox-tiktok-secret"
SHOPS = ("ROW_sandbox_1", "ROW_sandbox_2", "ROW_sandbox_3")
OLDEST_SECONDS, NEWEST_SECONDS = 300, 30
TOKEN_SECONDS = 7 * 24 * 3600
PUBLIC = {"refresh_token"}
WITHOUT_SHOP = {"upload_image"}
NOT_FOUND = Refusal(
    "36009009", "Invalid path. The specified path does not match any available endpoint.", 404
)
THROTTLED = Refusal("36009002", "Too many requests.", 429)


def admit(visit: Visit) -> str:
    """The shop. Raises Refusal."""
    given = visit.request.args
    if given.get("app_key") != APP_KEY:
        raise Refusal("36009004", "Invalid credentials. Invalid `app_key` query parameter.", 401)
    if visit.call in PUBLIC:
        return APP_KEY
    check_clock(given.get("timestamp", ""))
    if not given.get("sign"):
        raise Refusal(
            "36009004", "Missing credentials. The request does not include a required signature.", 401
        )
    if not hmac.compare_digest(given["sign"].encode(), sign(visit).encode()):
        raise Refusal("106001", "Invalid credentials. The `sign` query parameter is invalid.", 401)
    return shop(visit)


def check_clock(timestamp: str) -> None:
    if not timestamp.isdecimal():
        raise Refusal(
            "36009004", "Invalid timestamp. The value of the `timestamp` query parameter is missing.", 400
        )
    age = time.time() - int(timestamp)
    if age > OLDEST_SECONDS or age < -NEWEST_SECONDS:
        message = "Invalid timestamp. The value must lie within 5 minutes before to 30 seconds beyond now."
        raise Refusal("36009004", message, 400)


def sign(visit: Visit) -> str:
    """Over the secret, the path, the sorted parameters, the body unless it is a form with files, and the secret."""
    given = visit.request.args
    words = [
        visit.path,
        *(f"{name}{given[name]}" for name in sorted(given) if name not in ("sign", "access_token")),
    ]
    text = "".join(words).encode()
    if visit.request.mimetype != "multipart/form-data":
        text += visit.request.get_data(cache=True)
    secret = APP_SECRET.encode()
    return hmac.new(secret, secret + text + secret, hashlib.sha256).hexdigest()


def shop(visit: Visit) -> str:
    token = tokens.of_access(visit.books, "tiktok", visit.request.headers.get("x-tts-access-token", ""))
    if token is None or token["revoked"]:
        raise Refusal("36009004", "Invalid credentials. The `x-tts-access-token` header is invalid.", 401)
    if token["expires_at"] <= time.time():
        message = "Expired credentials. The `access_token` or `x-tts-access-token` header has expired."
        raise Refusal("105002", message, 401)
    cipher = visit.request.args.get("shop_cipher")
    if visit.call in WITHOUT_SHOP:
        if cipher:
            raise Refusal(
                "36009004", "Unexpected identifier. The `shop_cipher` query parameter is not required.", 400
            )
    elif not cipher:
        raise Refusal("106013", "Missing identifier. The `shop_cipher` query parameter is required.", 400)
    elif cipher != token["account"]:
        raise Refusal("36009004", "Invalid identifier. The `shop_cipher` query parameter is invalid.", 400)
    return str(token["account"])


def answer(data: Any) -> Response:
    return say({"code": 0, "message": "Success", "request_id": uuid.uuid4().hex, "data": data})


def refuse(refusal: Refusal) -> Response:
    code = int(refusal.code) if refusal.code.isdecimal() else refusal.code
    form = {"code": code, "message": refusal.message, "request_id": uuid.uuid4().hex, "data": None}
    return say(form, refusal.status)


DOOR = Door("tiktok", admit, refuse, THROTTLED, NOT_FOUND)


@DOOR.call("GET", "/api/v2/token/refresh", "refresh_token")
def refresh_token(visit: Visit) -> Response:
    given = visit.request.args
    known = given.get("app_secret") == APP_SECRET and given.get("grant_type") == "refresh_token"
    used = (
        tokens.use_refresh(visit.books, "tiktok", given.get("refresh_token", ""), TOKEN_SECONDS)
        if known
        else None
    )
    if used is None:
        raise Refusal("36004004", "The refresh token is invalid or expired.")
    return answer(
        {
            "access_token": used["access"],
            "access_token_expire_in": used["expires_at"],
            "refresh_token": used["refresh"],
            "refresh_token_expire_in": used["refresh_expires_at"],
            "seller_base_region": "VN",
            "user_type": 0,
        }
    )
