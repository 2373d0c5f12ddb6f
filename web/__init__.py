"""The web: forms, pages and the API. It writes rows and events and never calls outside."""

from flask import Flask
from redis import Redis

from core.config import config
from core.logging import set_up_logging
from web import (
    account,
    admin,
    api,
    auth,
    cli,
    database,
    errors,
    health,
    idempotency,
    languages,
    market,
    onboarding,
    ordering,
    pages,
    photo_files,
    programme,
    receipts,
    requests_log,
    security,
    shop,
    stall,
    uploads,
)
from web.live import StallFeed
from web.page_cache import PageCache
from web.shop.scans import ScanTally
from web.webhooks.floor_pushes import FloorPushes
from web.webhooks.intake import NoticeIntake

LARGEST_REQUEST = 16 * 1024 * 1024


def create_app() -> Flask:
    """The whole web application, its webhooks and the kept pages standing before it."""
    set_up_logging("web")
    settings = config()
    app = Flask(__name__, template_folder="../templates")
    app.config.update(SECRET_KEY=settings.secret_key, MAX_CONTENT_LENGTH=LARGEST_REQUEST)
    app.extensions["redis"] = Redis.from_url(settings.redis_url, socket_connect_timeout=2)
    app.extensions["migration_head"] = health.migration_head()

    uploads.init_app(app)
    database.init_app(app, settings.database_url)
    requests_log.init_app(app)
    languages.init_app(app)
    auth.init_app(app)
    security.init_app(app, settings.redis_url, secure_cookies=settings.base_url.startswith("https:"))
    idempotency.init_app(app)
    errors.init_app(app)
    pages.init_app(app)
    api.init_app(app)
    for room in (
        health,
        account,
        onboarding,
        stall,
        market,
        programme,
        admin,
        receipts,
        photo_files,
        shop,
        ordering,
    ):
        app.register_blueprint(room.blueprint)
    cli.register(app)

    engine = app.extensions["engine"]
    app.extensions["stall_feed"] = StallFeed(app.extensions["redis"], engine)
    app.extensions["scans"] = ScanTally(engine)
    app.extensions["page_cache"] = PageCache(app.wsgi_app)
    pushes = FloorPushes(app.extensions["page_cache"], engine, settings)
    app.wsgi_app = NoticeIntake(pushes, engine)  # type: ignore[method-assign]
    return app
