"""Money that goes back: `/v1/payouts`, signed in headers, once per idempotency key."""

import json
import time
import uuid
from datetime import datetime
from typing import Any

from flask import Response, jsonify, request

from sandbox.payos.books import Row
from sandbox.payos.clock import vietnam_now
from sandbox.payos.collecting import MAX_AMOUNT, books, whole
from sandbox.payos.provider import Refusal, bad_signature, body, client, invalid, provider_blueprint
from sandbox.payos.signing import same, sign_header

BANK_SECONDS = 1
TEXTS = ("referenceId", "description", "toBin", "toAccountNumber")

blueprint = provider_blueprint("paying_out")


@blueprint.post("/v1/payouts", endpoint="payout")
def create_payout() -> Response:
    wish, key = body(), request.headers.get("x-idempotency-key")
    if not key or not whole(wish.get("amount"), MAX_AMOUNT):
        raise invalid()
    if not all(isinstance(wish.get(name), str) and wish[name] for name in TEXTS):
        raise invalid()
    if not same(request.headers.get("x-signature"), sign_header(wish, client().checksum_key)):
        raise bad_signature()
    text = json.dumps(wish, sort_keys=True)
    known = books().row("SELECT * FROM payouts WHERE client_id = ? AND idempotency_key = ?", client().id, key)
    if known and known["body"] != text:
        raise Refusal("20", "x-idempotency-key đã dùng cho một lệnh chi khác")
    return signed(payout_view(known or new_payout(wish, key, text)))


@blueprint.get("/v1/payouts/<payout_id>", endpoint="get_payout")
def get_payout(payout_id: str) -> Response:
    payout = books().row("SELECT * FROM payouts WHERE id = ? AND client_id = ?", payout_id, client().id)
    if payout is None:
        raise Refusal("101", "Lệnh chi không tồn tại")
    return signed(payout_view(payout))


@blueprint.get("/v1/payouts", endpoint="list_payouts")
def list_payouts() -> Response:
    limit = min(request.args.get("limit", 10, int), 100)
    offset = request.args.get("offset", 0, int)
    condition = "client_id = ? AND reference_id = coalesce(?, reference_id)"
    chosen = (client().id, request.args.get("referenceId"))
    total = books().rows(f"SELECT count(*) AS n FROM payouts WHERE {condition}", *chosen)[0]["n"]
    sql = f"SELECT * FROM payouts WHERE {condition} ORDER BY rowid DESC LIMIT ? OFFSET ?"
    page = [payout_view(payout) for payout in books().rows(sql, *chosen, limit, offset)]
    more = offset + len(page) < total
    pagination = {"limit": limit, "offset": offset, "total": total, "count": len(page), "hasMore": more}
    return signed({"pagination": pagination, "payouts": page})


@blueprint.get("/v1/payouts-account/balance", endpoint="balance")
def get_balance() -> Response:
    data = {
        "accountNumber": client().account_number,
        "accountName": client().account_name,
        "currency": "VND",
        "balance": str(balance()),
    }
    return signed(data)


def new_payout(wish: dict[str, Any], key: str, text: str) -> Row:
    if wish["amount"] > balance():
        raise Refusal("20", "Số dư không đủ")
    payout = {
        "id": f"batch_{uuid.uuid4().hex}",
        "client_id": client().id,
        "idempotency_key": key,
        "reference_id": wish["referenceId"],
        "body": text,
        "reference": f"FTOUT{uuid.uuid4().hex[:10].upper()}",
        "amount": wish["amount"],
        "created_at": vietnam_now(),
    }
    books().insert("payouts", payout)
    return payout


def balance() -> int:
    """What the client has taken in, less what went out."""
    taken = "SELECT coalesce(sum(amount_paid), 0) AS amount FROM links WHERE client_id = ?"
    spent = "SELECT coalesce(sum(amount), 0) AS amount FROM payouts WHERE client_id = ?"
    amounts = [books().rows(sql, client().id)[0]["amount"] for sql in (taken, spent)]
    return int(amounts[0] - amounts[1])


def payout_view(payout: Row) -> dict[str, Any]:
    wish = json.loads(payout["body"])
    done = time.time() - datetime.fromisoformat(payout["created_at"]).timestamp() >= BANK_SECONDS
    transfer = {
        "id": payout["id"].replace("batch_", "batch_txn_"),
        "referenceId": wish["referenceId"],
        "amount": wish["amount"],
        "description": wish["description"],
        "toBin": wish["toBin"],
        "toAccountNumber": wish["toAccountNumber"],
        "toAccountName": None,
        "reference": payout["reference"] if done else None,
        "transactionDatetime": payout["created_at"] if done else None,
        "errorMessage": None,
        "errorCode": None,
        "state": "SUCCEEDED" if done else "PROCESSING",
    }
    return {
        "id": payout["id"],
        "referenceId": wish["referenceId"],
        "transactions": [transfer],
        "category": wish.get("category"),
        "approvalState": "COMPLETED" if done else "PROCESSING",
        "createdAt": payout["created_at"],
    }


def signed(data: dict[str, Any]) -> Response:
    response = jsonify(code="00", desc="success", data=data)
    response.headers["x-signature"] = sign_header(data, client().checksum_key)
    return response
