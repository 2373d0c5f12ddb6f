"""The API: `/api/v1`, described by the OpenAPI document that it generates from its own code."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every part of the API."""
