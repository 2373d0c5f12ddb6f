"""Pages of the market room."""

from flask import Blueprint

blueprint = Blueprint("market", __name__)
