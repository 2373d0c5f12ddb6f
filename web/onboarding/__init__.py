"""Pages of the onboarding room."""

from flask import Blueprint

blueprint = Blueprint("onboarding", __name__)
