"""How Alembic reaches the database. A migration that cannot get its lock gives up instead of stalling the site."""

from alembic import context
from sqlalchemy import text

from core.config import config
from models import Base
from models.base import make_engine

ADVISORY_LOCK = 7_251_034
"""Two installers at once take turns."""

engine = make_engine(config().database_url)
with engine.connect() as connection:
    connection.execute(text("SET lock_timeout = '5s'; SET statement_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
