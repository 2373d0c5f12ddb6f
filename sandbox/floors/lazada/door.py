"""Who may in: signature, clock, token; and the form of Lazada's answers, which are mostly HTTP 200."""

import hashlib
import hmac
import time
import uuid
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import tokens
from sandbox.floors.door import Door, Refusal, Visit, say

APP_KEY, APP_SECRET = "100001", "sandbox-lazada-secret"
SELLERS = ("VN1", "VN2", "VN3")
CLOCK_SECONDS = 7200
TOKEN_SECONDS = 7 * 24 * 3600
PUBLIC = {"refresh_token"}
NOT_FOUND = Refusal("InvalidApiPath", "The specified Api Path is invalid", type="ISV")
THROTTLED = Refusal("ApiCallLimit", "This api access frequency exceeds the limit.", type="SYSTEM")


def admit(visit: Visit) -> str:
    """The seller. Raises Refusal."""
    given = parameters(visit)
    for name in ("app_key", "timestamp", "sign_method", "sign"):
        if not given.get(name):
            raise Refusal("MissingParameter", f"The input parameter {name} is missing", type="ISV")
    if given["app_key"] != APP_KEY:
        raise Refusal("InvalidAppKey", "The specified App Key is invalid", type="ISV")
    now = time.time() * 1000
    if not given["timestamp"].isdecimal() or abs(now - int(given["timestamp"])) > CLOCK_SECONDS * 1000:
        raise Refusal("InvalidTimestamp", "The specified timestamp is invalid or expired", type="ISV")
    if given["sign_method"] != "sha256" or not hmac.compare_digest(given["sign"], sign(visit.path, given)):
        message = "The request signature does not conform to platform standards"
        raise Refusal("IncompleteSignature", message, type="ISV")
    return APP_KEY if visit.call in PUBLIC else seller(visit, given)


def parameters(visit: Visit) -> dict[str, str]:
    """Those of the query and of the form, without files."""
    return {**visit.request.args.to_dict(), **visit.request.form.to_dict()}


def sign(path: str, given: dict[str, str]) -> str:
    words = path + "".join(f"{name}{given[name]}" for name in sorted(given) if name != "sign")
    return hmac.new(APP_SECRET.encode(), words.encode(), hashlib.sha256).hexdigest().upper()


def seller(visit: Visit, given: dict[str, str]) -> str:
    token = tokens.of_access(visit.books, "lazada", given.get("access_token", ""))
    if token is None or token["expires_at"] <= time.time():
        message = "The specified access token is invalid or expired"
        raise Refusal("IllegalAccessToken", message, type="ISV")
    return str(token["account"])


def answer(data: Any = None, **more: Any) -> Response:
    told = {} if data is None else {"data": data}
    return say({"code": "0", **told, **more, "request_id": uuid.uuid4().hex})


def refuse(refusal: Refusal) -> Response:
    form = {"code": refusal.code, "message": refusal.message, "request_id": uuid.uuid4().hex, "type": "ISP"}
    return say({**form, **refusal.more}, refusal.status)


DOOR = Door("lazada", admit, refuse, THROTTLED, NOT_FOUND)


@DOOR.call("POST", "/auth/token/refresh", "refresh_token")
def refresh_token(visit: Visit) -> Response:
    """The new pair stands beside `code`."""
    given = parameters(visit)
    used = tokens.use_refresh(visit.books, "lazada", given.get("refresh_token", ""), TOKEN_SECONDS)
    if used is None:
        message = "The specified refresh token is invalid or expired"
        raise Refusal("IllegalRefreshToken", message, type="ISV")
    return answer(
        access_token=used["access"],
        refresh_token=used["refresh"],
        expires_in=TOKEN_SECONDS,
        refresh_expires_in=tokens.REFRESH_SECONDS,
        country="vn",
        account_platform="seller_center",
    )
