"""Households and sellers: registering them, looking after what was written down."""

from flask import Blueprint

from web.onboarding import communes, household_deeds, households, seller_access, sellers, thresholds

blueprint = Blueprint("onboarding", __name__)
BOTH = ["GET", "POST"]

blueprint.add_url_rule("/communes", view_func=communes.find_communes)
blueprint.add_url_rule("/households", view_func=households.households)
blueprint.add_url_rule("/households/new", view_func=households.new_household, methods=BOTH)
blueprint.add_url_rule("/households/<uuid:household_id>", view_func=households.household)
blueprint.add_url_rule(
    "/households/<uuid:household_id>/verify", view_func=household_deeds.verify, methods=["POST"]
)
blueprint.add_url_rule(
    "/households/<uuid:household_id>/reveal", view_func=household_deeds.reveal, methods=BOTH
)
blueprint.add_url_rule(
    "/households/<uuid:household_id>/consents", view_func=household_deeds.consents, methods=BOTH
)
blueprint.add_url_rule("/sellers", view_func=sellers.sellers)
blueprint.add_url_rule("/sellers/thresholds", view_func=thresholds.thresholds)
blueprint.add_url_rule("/sellers/new", view_func=sellers.new_seller, methods=BOTH)
blueprint.add_url_rule("/sellers/<uuid:seller_id>", view_func=sellers.seller)
blueprint.add_url_rule("/sellers/<uuid:seller_id>/access", view_func=seller_access.open_access, methods=BOTH)
blueprint.add_url_rule(
    "/sellers/<uuid:seller_id>/access/<uuid:user_id>", view_func=seller_access.access, methods=BOTH
)
blueprint.add_url_rule(
    "/sellers/<uuid:seller_id>/access/<uuid:user_id>/close",
    view_func=seller_access.close_access,
    methods=["POST"],
)
