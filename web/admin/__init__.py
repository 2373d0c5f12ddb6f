"""The administrator's room: people and their roles, channels, floors, their categories and their orders that are
nobody's, banks, tax rules, work that was given up."""

from flask import Blueprint

from web.admin import banks, categories, channels, dead_letters, floor_orders, floors, people, tax_rules

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
FLOOR_ORDER = "/floor-orders/<uuid:stray_id>"

blueprint.add_url_rule("/people", view_func=people.people)
blueprint.add_url_rule("/people/new", view_func=people.new_person, methods=["GET", "POST"])
blueprint.add_url_rule("/channels", view_func=channels.channels)
blueprint.add_url_rule("/banks", view_func=banks.banks)
blueprint.add_url_rule("/banks/reload", endpoint="reload_banks", view_func=banks.reload, methods=["POST"])
blueprint.add_url_rule("/tax-rules", view_func=tax_rules.tax_rules)
blueprint.add_url_rule("/tax-rules/reload", view_func=tax_rules.reload, methods=["POST"])
blueprint.add_url_rule("/floor-categories", endpoint="floor_categories", view_func=categories.floors)
blueprint.add_url_rule(
    "/floor-categories/<marketplace>/read",
    endpoint="read_categories",
    view_func=categories.read,
    methods=["POST"],
)
blueprint.add_url_rule(
    "/floor-categories/<marketplace>/<goods>", view_func=categories.standing, methods=["GET", "POST"]
)
blueprint.add_url_rule(
    "/floor-categories/<marketplace>/<goods>/choose",
    endpoint="choose_category",
    view_func=categories.choose,
    methods=["POST"],
)
blueprint.add_url_rule(
    "/floor-categories/<marketplace>/<goods>/publish",
    endpoint="publish_category",
    view_func=categories.publish,
    methods=["POST"],
)
blueprint.add_url_rule("/floor-orders", view_func=floor_orders.floor_orders)
blueprint.add_url_rule(FLOOR_ORDER, view_func=floor_orders.floor_order)
blueprint.add_url_rule(f"{FLOOR_ORDER}/tie", view_func=floor_orders.tie_goods, methods=["GET", "POST"])
blueprint.add_url_rule(
    f"{FLOOR_ORDER}/aside", view_func=floor_orders.set_order_aside, methods=["GET", "POST"]
)
blueprint.add_url_rule(f"{FLOOR_ORDER}/back", view_func=floor_orders.bring_order_back, methods=["POST"])
blueprint.add_url_rule("/floors", view_func=floors.floors)
blueprint.add_url_rule("/floors/<marketplace>/ask-again", view_func=floors.ask_floor_again, methods=["POST"])
blueprint.add_url_rule("/dead-letters", view_func=dead_letters.dead_letters)
blueprint.add_url_rule("/dead-letters/replay", view_func=dead_letters.replay, methods=["POST"])
