"""The web: forms, pages and the API. It writes rows and events and never calls outside."""

from flask import Flask

from core.config import config
from core.logging import set_up_logging
from web import cli, database


def create_app() -> Flask:
    set_up_logging("web")
    settings = config()
    app = Flask(__name__, template_folder="../templates")
    app.config.update(SECRET_KEY=settings.secret_key)
    database.init_app(app, settings.database_url)
    cli.register(app)
    return app
