"""Markets: their stalls, what they were paid, what does not add up."""

from flask import Blueprint

from web.market import (
    channels,
    closes,
    closing,
    collector_channels,
    decisions,
    exceptions,
    fee_invoices,
    fee_settings,
    fees,
    mappings,
    markets,
    qr_check,
    report,
    stalls,
    statements,
    virtual_accounts,
)

blueprint = Blueprint("market", __name__)
BOTH = ["GET", "POST"]
MARKET = "/markets/<uuid:market_id>"
EXCEPTION = "/exceptions/<uuid:exception_id>"
MAPPING = "/statement-mappings/<uuid:mapping_id>"
STALL = "/stalls/<uuid:stall_id>"
COLLECTOR = "/channels/<uuid:channel_id>/<collector>"
VIRTUAL = "/channels/<uuid:channel_id>/virtual-accounts"
FEE = "/fee-invoices/<uuid:invoice_id>"

blueprint.add_url_rule("/markets", view_func=markets.markets)
blueprint.add_url_rule("/markets/new", view_func=markets.new_market, methods=BOTH)
blueprint.add_url_rule(MARKET, view_func=markets.market)
blueprint.add_url_rule(f"{MARKET}/settings", view_func=markets.settings, methods=BOTH)
blueprint.add_url_rule(f"{MARKET}/stalls/new", view_func=stalls.new_stall, methods=BOTH)
blueprint.add_url_rule(f"{MARKET}/report", view_func=report.report)
blueprint.add_url_rule(f"{MARKET}/close", view_func=closes.close, methods=BOTH)
blueprint.add_url_rule(f"{MARKET}/close/reopen", view_func=closes.reopen, methods=BOTH)
blueprint.add_url_rule(f"{MARKET}/exceptions", view_func=exceptions.exceptions)
blueprint.add_url_rule(f"{MARKET}/qr-check", view_func=qr_check.qr_check, methods=BOTH)
blueprint.add_url_rule(EXCEPTION, view_func=exceptions.exception)
blueprint.add_url_rule(f"{EXCEPTION}/match", view_func=decisions.match_money, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/refund", view_func=decisions.refund, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/write-off", view_func=decisions.write_off, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/ignore", view_func=decisions.ignore, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/restore", view_func=decisions.restore, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/same", view_func=decisions.same_transfer, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/another", view_func=decisions.another_transfer, methods=BOTH)
blueprint.add_url_rule("/payments/<uuid:payment_id>/unmatch", view_func=decisions.unmatch, methods=BOTH)
blueprint.add_url_rule(f"{EXCEPTION}/approve", view_func=decisions.approve, methods=["POST"])
blueprint.add_url_rule(
    f"{EXCEPTION}/undo/<uuid:resolution_id>", view_func=decisions.undo_decision, methods=BOTH
)

blueprint.add_url_rule(f"{MARKET}/statements", view_func=statements.statements, methods=BOTH)
blueprint.add_url_rule("/statements/<uuid:statement_id>", view_func=statements.statement)
blueprint.add_url_rule("/statements/<uuid:statement_id>/state", view_func=statements.statement_state)

blueprint.add_url_rule(
    "/statements/<uuid:statement_id>/mapping", view_func=mappings.mapping_new, methods=BOTH
)
blueprint.add_url_rule(
    "/statements/<uuid:statement_id>/discard", view_func=mappings.discard, methods=["POST"]
)
blueprint.add_url_rule(f"{MARKET}/statement-mappings", view_func=mappings.mappings)
blueprint.add_url_rule(MAPPING, view_func=mappings.mapping, methods=BOTH)
blueprint.add_url_rule(f"{MAPPING}/delete", view_func=mappings.forget, methods=["POST"])

blueprint.add_url_rule(f"{MARKET}/channels", view_func=channels.channels)
blueprint.add_url_rule(f"{MARKET}/channels/open", view_func=channels.open_channel, methods=["POST"])
blueprint.add_url_rule(
    "/channels/<uuid:channel_id>/notices", view_func=channels.channel_notices, methods=BOTH
)
blueprint.add_url_rule(
    "/channels/<uuid:channel_id>/notices/stop", view_func=channels.stop_notices, methods=["POST"]
)

blueprint.add_url_rule(VIRTUAL, view_func=virtual_accounts.virtual_accounts, methods=BOTH)
blueprint.add_url_rule(
    f"{VIRTUAL}/<uuid:stall_id>/end", view_func=virtual_accounts.end_virtual_account, methods=["POST"]
)

blueprint.add_url_rule(
    "/channels/<collector>/new", view_func=collector_channels.new_collector_channel, methods=BOTH
)
blueprint.add_url_rule(COLLECTOR, view_func=collector_channels.collector_channel, methods=BOTH)
blueprint.add_url_rule(f"{COLLECTOR}/state", view_func=collector_channels.collector_state)
blueprint.add_url_rule(f"{COLLECTOR}/ask", view_func=collector_channels.ask_collector_again, methods=["POST"])
blueprint.add_url_rule(f"{STALL}/channel", view_func=stalls.stall_channel, methods=BOTH)
blueprint.add_url_rule(f"{STALL}/close", view_func=closing.close_stall, methods=BOTH)
blueprint.add_url_rule(f"{STALL}/reopen", view_func=closing.reopen_stall, methods=["POST"])

blueprint.add_url_rule(f"{MARKET}/fees", view_func=fees.fees)
blueprint.add_url_rule(f"{MARKET}/fees/issue", view_func=fees.issue, methods=["POST"])
blueprint.add_url_rule(f"{MARKET}/fees/remind", view_func=fees.remind, methods=["POST"])
blueprint.add_url_rule(f"{MARKET}/fees/arrears", view_func=fees.arrears)
blueprint.add_url_rule(f"{MARKET}/fees/ticket", view_func=fees.ticket, methods=BOTH)
blueprint.add_url_rule(f"{MARKET}/fees/tariffs", view_func=fee_settings.tariffs, methods=BOTH)
blueprint.add_url_rule(
    "/provinces/<province_code>/fee-tariffs", view_func=fee_settings.province_tariffs, methods=BOTH
)
blueprint.add_url_rule(f"{MARKET}/fees/account", view_func=fee_settings.account, methods=BOTH)
blueprint.add_url_rule(FEE, view_func=fee_invoices.fee_invoice)
blueprint.add_url_rule(f"{FEE}/state", view_func=fee_invoices.fee_state)
blueprint.add_url_rule(f"{FEE}/ask", view_func=fee_invoices.ask, methods=["POST"])
blueprint.add_url_rule(f"{FEE}/cash", view_func=fee_invoices.cash, methods=BOTH)
blueprint.add_url_rule(f"{FEE}/cash/<uuid:fee_payment_id>/undo", view_func=fee_invoices.undo, methods=BOTH)
blueprint.add_url_rule(f"{FEE}/cancel", view_func=fee_invoices.cancel, methods=BOTH)
blueprint.add_url_rule(f"{FEE}/issue-anew", view_func=fee_invoices.issue_anew, methods=["POST"])
blueprint.add_url_rule("/fee-requests/<uuid:request_id>", view_func=fee_invoices.of_request)
