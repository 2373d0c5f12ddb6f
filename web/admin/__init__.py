"""Pages of the admin room."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__)
