"""The sandbox as one WSGI application: a floor by the first part of the path, and the hand on it."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.floors import control
from sandbox.floors.doors import DOORS
from sandbox.floors.house import House
from sandbox.floors.push_words import push_of

LARGEST_BODY = 12_000_000


def create_app(house: House) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    control.open_accounts(house)
    house.books.on_order = lambda order: house.pushes.tell(order, push_of)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        return answer(request, house)(environ, start_response)

    return app


def answer(request: Request, house: House) -> Response:
    first, _, rest = request.path.lstrip("/").partition("/")
    if first == "sandbox":
        return control.answer(request, house, rest)
    if first in DOORS:
        return DOORS[first].answer(request, house, f"/{rest}")
    return Response("no such floor", 404)
