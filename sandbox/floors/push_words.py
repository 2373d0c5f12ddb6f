"""What the floors push when an order was made or has changed, in their own words and signed as the real ones do."""

import hashlib
import hmac
import json
import time
from base64 import b64encode

from sandbox.floors.books import Row
from sandbox.floors.lazada import door as lazada
from sandbox.floors.shopee import door as shopee
from sandbox.floors.tiktok import door as tiktok
from sandbox.floors.woocommerce import door as woocommerce
from sandbox.floors.woocommerce.orders import view


def push_of(order: Row, url: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the push to `url`."""
    body = json.dumps(_BODIES[order["floor"]](order), ensure_ascii=False).encode()
    return body, {"Content-Type": "application/json", **_signed(order["floor"], url, body)}


def _signed(floor: str, url: str, body: bytes) -> dict[str, str]:
    if floor == "woocommerce":
        seal = b64encode(_seal(woocommerce.SECRET, body)).decode()
        return {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": seal}
    secret, first = {
        "shopee": (shopee.PARTNER_KEY, f"{url}|"),
        "lazada": (lazada.APP_SECRET, lazada.APP_KEY),
        "tiktok": (tiktok.APP_SECRET, tiktok.APP_KEY),
    }[floor]
    return {"Authorization": _seal(secret, first.encode() + body).hex()}


def _seal(secret: str, words: bytes) -> bytes:
    return hmac.new(secret.encode(), words, hashlib.sha256).digest()


def _of_shopee(order: Row) -> Row:
    told = {"ordersn": order["id"], "status": order["status"], "update_time": order["updated_at"]}
    return {"shop_id": int(order["account"]), "code": 3, "timestamp": int(time.time()), "data": told}


def _of_lazada(order: Row) -> Row:
    told = {
        "trade_order_id": order["id"],
        "order_status": order["status"],
        "status_update_time": order["updated_at"],
    }
    sent_at = int(time.time() * 1000)
    return {
        "seller_id": order["account"],
        "message_type": 0,
        "data": told,
        "timestamp": sent_at,
        "site": "lazada_vn",
    }


def _of_tiktok(order: Row) -> Row:
    told = {
        "order_id": order["id"],
        "order_status": order["status"],
        "is_on_hold_order": False,
        "update_time": order["updated_at"],
    }
    return {"type": 1, "shop_id": order["account"], "timestamp": int(time.time()), "data": told}


_BODIES = {"shopee": _of_shopee, "lazada": _of_lazada, "tiktok": _of_tiktok, "woocommerce": view}
