"""How much may be sent: more where people upload files of a bank's."""

from flask import Flask, request

LARGEST_STATEMENT = 64 * 1024 * 1024
LONG = frozenset({"statements.upload", "market.statements"})


def init_app(app: Flask) -> None:
    """Before anything reads what was sent."""
    app.before_request(_allow_long_files)


def _allow_long_files() -> None:
    if request.endpoint in LONG:
        request.max_content_length = LARGEST_STATEMENT
