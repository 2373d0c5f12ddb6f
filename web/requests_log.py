"""One log line and one measurement a request: what was asked, how it ended, how long it took; no values."""

import time
from uuid import uuid4

import structlog
from flask import Flask, g, request
from flask.wrappers import Response
from prometheus_client import Counter, Histogram

REQUESTS = Counter("chophien_requests", "Requests by endpoint and status", ["endpoint", "method", "status"])
SECONDS = Histogram("chophien_request_seconds", "Time to the answer", ["endpoint"])

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = uuid4().hex[:12]


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    log.info(
        "request",
        request_id=g.get("request_id"),
        endpoint=endpoint,
        method=request.method,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
        user_id=str(g.actor.user_id) if g.get("actor") else None,
    )
    return response
