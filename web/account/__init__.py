"""Signing in and out, the language, and the page on which everybody begins."""

from flask import Blueprint
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Unauthorized

from web.account import home, language, sign_in

blueprint = Blueprint("account", __name__)
blueprint.app_errorhandler(Unauthorized)(sign_in.ask)
blueprint.app_errorhandler(CSRFError)(sign_in.show_stale)

blueprint.add_url_rule("/", view_func=home.home)
blueprint.add_url_rule("/sign-in", view_func=sign_in.sign_in, methods=["GET", "POST"])
blueprint.add_url_rule("/sign-out", view_func=sign_in.leave, methods=["POST"])
blueprint.add_url_rule("/language", view_func=language.choose, methods=["POST"])
