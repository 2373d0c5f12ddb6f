"""Pages of the stall room."""

from flask import Blueprint

blueprint = Blueprint("stall", __name__)
