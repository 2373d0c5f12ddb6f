"""Who may in: a key and its secret by Basic; and the form of WordPress's errors."""

import hmac
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.door import Door, Refusal, Visit, say

ACCOUNT = "shop"
KEY, SECRET = "ck_sandbox", "cs_sandbox"
API = "/wp-json/wc/v3"
NOT_FOUND = Refusal("rest_no_route", "No route was found matching the URL and request method.", 404)
THROTTLED = Refusal("too_many_requests", "Too many requests.", 429)


def admit(visit: Visit) -> str:
    """A shop behind TLS: here the loopback stands for it. Raises Refusal."""
    given = visit.request.authorization
    if given is None or given.type != "basic" or given.username != KEY:
        raise Refusal("woocommerce_rest_authentication_error", "Consumer key is invalid.", 401)
    if not hmac.compare_digest((given.password or "").encode(), SECRET.encode()):
        raise Refusal("woocommerce_rest_authentication_error", "Consumer secret is invalid.", 401)
    return ACCOUNT


def refuse(refusal: Refusal) -> Response:
    data: dict[str, Any] = {"status": refusal.status, **refusal.more}
    return say({"code": refusal.code, "message": refusal.message, "data": data}, refusal.status)


def wrong(field: str, why: str) -> Refusal:
    """A parameter that WordPress's own checks refuse."""
    return Refusal("rest_invalid_param", f"Invalid parameter(s): {field}", 400, params={field: why})


DOOR = Door("woocommerce", admit, refuse, THROTTLED, NOT_FOUND)
