"""`Idempotency-Key` on every POST of the API: the same key and body give the first answer again.

The key is stored in the request's own transaction: a failed request leaves none, and of two at the same time
the second waits for the first. Source: draft-ietf-httpapi-idempotency-key-header.
"""

import hashlib

from flask import Flask, Response, current_app, g, request
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from core.errors import Conflict, InvalidInput, text
from models import IdempotencyKey
from web import database
from web.auth import API, View, policy_of

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
FIRST_FAILURE = 400


def init_app(app: Flask) -> None:
    app.before_request(_replay)
    app.after_request(_remember)


def not_remembered(view: View) -> View:
    """Nothing is stored for this POST: its answer follows from its body alone, and is not for keeping."""
    view.remembered = False  # type: ignore[attr-defined]
    return view


def _replay() -> Response | None:
    key = request.headers.get(HEADER)
    if request.method != "POST" or not key or not g.get("actor") or not request.path.startswith(API):
        return None
    if not getattr(policy_of(current_app, request.endpoint or "", request.method), "remembered", True):
        return None
    if len(key) > LONGEST_KEY:
        raise InvalidInput.of(HEADER, text("Khóa quá dài"))
    body = hashlib.sha256(f"{request.path}?{request.query_string!r}\n".encode() + _body()).digest()
    row = {"user_id": g.actor.user_id, "key": key, "request_hash": body}
    statement = upsert(IdempotencyKey).values(row).on_conflict_do_nothing().returning(IdempotencyKey.key)
    if database.session().scalar(statement):
        g.idempotency_key = key
        return None
    return _first_answer(key, body)


def _body() -> bytes:
    """What was sent; of a form with files what is in it, since every sending parts it by other marks."""
    if request.mimetype != "multipart/form-data":
        return request.get_data()
    parts = [f"{name}={value}".encode() for name, value in request.form.items(multi=True)]
    for name, file in request.files.items(multi=True):
        parts.append(
            f"{name}:{file.filename}:".encode() + hashlib.file_digest(file.stream, "sha256").digest()
        )
        file.stream.seek(0)
    return b"\n".join(sorted(parts))


def _first_answer(key: str, body: bytes) -> Response:
    query = select(IdempotencyKey).where(IdempotencyKey.user_id == g.actor.user_id, IdempotencyKey.key == key)
    stored = database.session().scalars(query).one()
    if stored.request_hash != body:
        raise Conflict(text("Khóa này đã dùng cho một yêu cầu khác"))
    return Response(stored.body, stored.status, content_type="application/json")


def _remember(response: Response) -> Response:
    if "idempotency_key" in g and response.status_code < FIRST_FAILURE:
        database.session().execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.user_id == g.actor.user_id, IdempotencyKey.key == g.idempotency_key)
            .values(status=response.status_code, body=response.get_data(as_text=True))
        )
    return response
