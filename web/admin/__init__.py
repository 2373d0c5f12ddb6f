"""The administrator's room: people and their roles, channels, floors, banks, tax rules, work that was given
up."""

from flask import Blueprint

from web.admin import banks, channels, dead_letters, floors, people, tax_rules

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

blueprint.add_url_rule("/people", view_func=people.people)
blueprint.add_url_rule("/people/new", view_func=people.new_person, methods=["GET", "POST"])
blueprint.add_url_rule("/channels", view_func=channels.channels)
blueprint.add_url_rule("/banks", view_func=banks.banks)
blueprint.add_url_rule("/banks/reload", endpoint="reload_banks", view_func=banks.reload, methods=["POST"])
blueprint.add_url_rule("/tax-rules", view_func=tax_rules.tax_rules)
blueprint.add_url_rule("/tax-rules/reload", view_func=tax_rules.reload, methods=["POST"])
blueprint.add_url_rule("/floors", view_func=floors.floors)
blueprint.add_url_rule("/floors/<marketplace>/ask-again", view_func=floors.ask_floor_again, methods=["POST"])
blueprint.add_url_rule("/dead-letters", view_func=dead_letters.dead_letters)
blueprint.add_url_rule("/dead-letters/replay", view_func=dead_letters.replay, methods=["POST"])
