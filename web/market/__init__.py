"""Markets: their stalls, what they were paid, what does not add up."""

from flask import Blueprint

from web.market import exceptions, markets, report, stalls

blueprint = Blueprint("market", __name__)
BOTH = ["GET", "POST"]
MARKET = "/markets/<uuid:market_id>"

blueprint.add_url_rule("/markets", view_func=markets.markets)
blueprint.add_url_rule("/markets/new", view_func=markets.new_market, methods=BOTH)
blueprint.add_url_rule(MARKET, view_func=markets.market)
blueprint.add_url_rule(f"{MARKET}/stalls/new", view_func=stalls.new_stall, methods=BOTH)
blueprint.add_url_rule(f"{MARKET}/report", view_func=report.report)
blueprint.add_url_rule(f"{MARKET}/exceptions", view_func=exceptions.exceptions)
