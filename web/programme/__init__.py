"""What the programme achieves, in numbers; no person's data."""

from flask import Blueprint

from web.programme import overview

blueprint = Blueprint("programme", __name__)

blueprint.add_url_rule("/programme", view_func=overview.overview)
