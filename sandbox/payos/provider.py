"""What all calls of the provider's API share: credentials, the form of answers, and the faults of calls."""

import socket
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request

from sandbox.payos.clients import CLIENTS, Client
from sandbox.payos.faults import OF_CALLS, Faults
from sandbox.payos.server import CONNECTION
from sandbox.payos.signing import sign_body

RETRY_AFTER_SECONDS = 2


class Refusal(Exception):
    """An answer other than `00`; payOS gives most of them with HTTP 200."""

    def __init__(self, code: str, desc: str, status: int = 200) -> None:
        super().__init__(desc)
        self.code, self.desc, self.status = code, desc, status


def provider_blueprint(name: str) -> Blueprint:
    """A blueprint whose calls need credentials and suffer faults, by their endpoint's name."""
    blueprint = Blueprint(name, __name__)
    blueprint.before_request(_suffer_before)
    blueprint.before_request(_authenticate)
    blueprint.after_request(_suffer_after)
    blueprint.register_error_handler(Refusal, _refused)
    return blueprint


def client() -> Client:
    known: Client = g.client
    return known


def answer(data: Mapping[str, Any]) -> Response:
    return jsonify(code="00", desc="success", data=data, signature=sign_body(data, client().checksum_key))


def body() -> dict[str, Any]:
    """The request's JSON object. Raises Refusal."""
    read = request.get_json(force=True, silent=True)
    if not isinstance(read, dict):
        raise invalid()
    return read


def invalid() -> Refusal:
    return Refusal("20", "Thông tin truyền lên không đúng.")


def bad_signature() -> Refusal:
    return Refusal("201", "Mã kiểm tra(signature) không hợp lệ")


def _suffer_before() -> Response | None:
    faults: Faults = current_app.extensions["faults"]
    g.fault = faults.take(OF_CALLS, str(request.endpoint).rpartition(".")[2])
    kind = g.fault.kind if g.fault else None
    if kind == "http_500":
        return Response("<h1>Internal Server Error</h1>", 500)
    if kind == "http_429":
        refused = _refused(Refusal("429", "Too many requests", 429))
        refused.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return refused
    if kind == "channel_inactive":
        return _refused(Refusal("214", "Cổng thanh toán không tồn tại hoặc đã tạm dừng"))
    return None


def _authenticate() -> Response | None:
    known = CLIENTS.get(request.headers.get("x-client-id", ""))
    if known is None or request.headers.get("x-api-key") != known.api_key:
        return _refused(Refusal("401", "Thông tin xác thực không hợp lệ", 401))
    g.client = known
    return None


def _suffer_after(response: Response) -> Response:
    kind = g.fault.kind if g.fault else None
    if kind == "timeout":
        time.sleep(g.fault.seconds)
    elif kind == "drop":
        request.environ[CONNECTION].shutdown(socket.SHUT_RDWR)
    elif kind == "bad_signature" and response.is_json:
        response.set_data(current_app.json.dumps(response.get_json() | {"signature": "0" * 64}))
    return response


def _refused(refusal: Refusal) -> Response:
    response = jsonify(code=refusal.code, desc=refusal.desc, data=None)
    response.status_code = refusal.status
    return response
