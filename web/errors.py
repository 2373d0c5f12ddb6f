"""What went wrong, said kindly: RFC 9457 problem+json to programs, a page to people; never a stack trace."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests

from core.errors import BusinessError, InvalidInput, Text, text
from services.storing import refusal
from web.languages import translate
from web.page_cache import EVERYBODYS

log = structlog.get_logger()

PLACES = {"json", "form", "query", "files", "path", "headers"}
PAGES_BEGIN_AFTER = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics")
TITLES: dict[int, Text] = {
    400: text("Yêu cầu chưa hợp lệ"),
    401: text("Hãy đăng nhập"),
    403: text("Bạn không có quyền làm việc này"),
    404: text("Không tìm thấy"),
    405: text("Không dùng được cách gọi này ở đây"),
    409: text("Trùng với dữ liệu đã có"),
    413: text("Nội dung gửi lên quá lớn"),
    415: text("Không đọc được kiểu nội dung này"),
    422: text("Có ô chưa đúng"),
    429: text("Gửi quá nhanh, hãy chờ một chút"),
    500: text("Máy chủ gặp lỗi, hãy thử lại sau"),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(BusinessError, answer_business_error)
    app.register_error_handler(IntegrityError, answer_refused_write)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_defect)


def answer_business_error(error: BusinessError) -> Response:
    errors = error.errors if isinstance(error, InvalidInput) else None
    return answer(error.status, error.title, error.detail, errors)


def answer_refused_write(error: IntegrityError) -> Response:
    """A refusal of the database's, in words where we have them."""
    try:
        return answer_business_error(refusal(error))
    except IntegrityError:
        return answer_defect(error)


def answer_http_error(error: HTTPException) -> Response:
    """A refusal of Flask's, or of the schemas' (whose messages lie in `error.data`)."""
    if error.response is not None:
        return current_app.make_response(error.response)
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages", {}) if hasattr(error, "data") else {}
    response = answer(status, TITLES.get(status, text("Yêu cầu chưa hợp lệ")), None, flatten(messages))
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    if isinstance(error, TooManyRequests):
        response.headers.setdefault("Retry-After", "1")
    return response


def answer_defect(error: Exception) -> Response:
    """A defect: logged with a number that the person can tell us; nothing of it is shown."""
    number = uuid4().hex[:8]
    log.error("request_failed", incident=number, endpoint=request.endpoint, exc_info=error)
    detail = text("Mã sự cố: %(number)s", number=number)
    return answer(InternalServerError.code, TITLES[500], detail)


def answer(
    status: int, title: str, detail: str | None = None, errors: Mapping[str, list[str]] | None = None
) -> Response:
    if not request.path.startswith(PAGES_BEGIN_AFTER):
        for_everybody = EVERYBODYS.fullmatch(request.path) is not None
        page = render_template(
            "error.html",
            frame="shop/frame.html" if for_everybody else "base.html",
            for_everybody=for_everybody,
            status=status,
            title=title,
            detail=detail,
            errors=errors,
        )
        return Response(page, status)
    problem: dict[str, Any] = {"type": "about:blank", "title": translate(title), "status": status}
    problem["detail"] = translate(detail or title)
    if errors:
        problem["errors"] = {field: [translate(t) for t in texts] for field, texts in errors.items()}
    if request_id := g.get("request_id"):
        problem["instance"] = f"urn:request:{request_id}"
    return Response(json.dumps(problem, ensure_ascii=False), status, content_type="application/problem+json")


def flatten(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """The schemas' nested messages as `field.part` → texts; the place they came from (json, form) is dropped."""
    if isinstance(messages, str):
        return {prefix or "_": [messages]}
    if isinstance(messages, list):
        return {prefix or "_": [m if isinstance(m, str) else str(m) for m in messages]}
    flat: dict[str, list[str]] = {}
    for field, inner in messages.items():
        here = str(field)
        place = here == "_schema" or (not prefix and here in PLACES and isinstance(inner, dict))
        flat |= flatten(inner, prefix if place else f"{prefix}.{here}".strip("."))
    return flat
