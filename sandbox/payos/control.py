"""The hand on the sandbox: play the customer, order faults, read the books."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException, abort

from sandbox.payos.books import Books, Row
from sandbox.payos.collecting import MAX_AMOUNT, books, whole
from sandbox.payos.faults import Faults
from sandbox.payos.notices import Notices

DELIVERIES_SHOWN = 1000

blueprint = Blueprint("control", __name__, url_prefix="/sandbox")


@blueprint.errorhandler(HTTPException)
def show_error(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


@blueprint.post("/pay/<link_id>")
def pay(link_id: str) -> Response:
    amount = wish().get("amount")
    if amount is not None and not whole(amount, MAX_AMOUNT):
        abort(400, f"amount: a whole number of đồng from 1 to {MAX_AMOUNT}")
    link, transfer = take_money(link_id, amount)
    return jsonify(reference=transfer["reference"], amount=transfer["amount"], status=link["status"])


@blueprint.get("/faults")
def list_faults() -> Response:
    return jsonify(faults=[asdict(fault) for fault in faults().list()])


@blueprint.post("/faults")
def add_fault() -> tuple[Response, int]:
    try:
        return jsonify(asdict(faults().add(wish()))), 201
    except ValueError as problem:
        abort(400, str(problem))


@blueprint.delete("/faults")
def clear_faults() -> Response:
    faults().clear()
    return jsonify(faults=[])


@blueprint.get("/webhooks")
def list_webhooks() -> Response:
    """The latest deliveries, oldest first; `status` null is no answer."""
    limit = request.args.get("limit", DELIVERIES_SHOWN, int)
    sql = "SELECT * FROM deliveries WHERE client_id = coalesce(?, client_id) ORDER BY id DESC LIMIT ?"
    deliveries = books().rows(sql, request.args.get("client_id"), limit)[::-1]
    addresses = {row["client_id"]: row["url"] for row in books().rows("SELECT * FROM webhooks")}
    return jsonify(addresses=addresses, webhooks=deliveries)


@blueprint.get("/books")
def show_books() -> Response:
    """Every transfer taken, and what was paid out again."""
    sql = """
        SELECT order_code, client_id, transfers.amount, reference, links.id AS payment_link_id,
               account_number, description, occurred_at
        FROM transfers JOIN links ON links.id = link_id
        WHERE client_id = coalesce(?, client_id) ORDER BY transfers.rowid
    """
    transfers = books().rows(sql, request.args.get("client_id"))
    total = sum(transfer["amount"] for transfer in transfers)
    sql = """
        SELECT client_id, idempotency_key, reference_id, amount, created_at FROM payouts
        WHERE client_id = coalesce(?, client_id) ORDER BY rowid
    """
    payouts = books().rows(sql, request.args.get("client_id"))
    return jsonify(count=len(transfers), total=total, transfers=transfers, payouts=payouts)


@blueprint.get("/links")
def list_links() -> Response:
    sql = "SELECT id FROM links WHERE client_id = coalesce(?, client_id) ORDER BY rowid"
    ids = books().rows(sql, request.args.get("client_id"))
    return jsonify(links=[books().link(row["id"]) for row in ids])


def take_money(link_id: str, amount: int | None) -> tuple[Row, Row]:
    """The link after a transfer, and the transfer: of what is missing, unless `amount` says otherwise."""
    kept: Books = books()
    try:
        link = kept.link(link_id)
    except LookupError:
        abort(404, "no such payment link")
    missing = link["amount"] - link["amount_paid"]
    transfer = kept.pay(link, amount or (missing if missing > 0 else link["amount"]))
    notices: Notices = current_app.extensions["notices"]
    notices.tell(link, transfer)
    return kept.link(link_id), transfer


def wish() -> dict[str, Any]:
    if not request.get_data():
        return {}
    read = request.get_json(force=True, silent=True)
    if not isinstance(read, dict):
        abort(400, "the body is no JSON object")
    return read


def faults() -> Faults:
    waiting: Faults = current_app.extensions["faults"]
    return waiting
