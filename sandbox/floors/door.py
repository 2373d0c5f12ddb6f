"""The door of one floor: finds the call, lets faults happen, admits, counts, carries out, answers."""

import json
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gevent
from werkzeug.wrappers import Request, Response

from sandbox.floors.books import Books
from sandbox.floors.faults import OF_CALLS, Fault
from sandbox.floors.house import House
from sandbox.floors.pace import Throttled
from sandbox.payos.server import CONNECTION

HTML = "<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>"


class Refusal(Exception):
    """An answer that is no success, by the floor's own code."""

    def __init__(self, code: str, message: str, status: int = 200, **more: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.more = code, message, status, more


@dataclass
class Visit:
    """One call as it is carried out; `account` is known once it is admitted, `path` is the floor's own."""

    request: Request
    house: House
    path: str
    named: Mapping[str, str]
    floor: str
    call: str
    account: str = ""
    _body: Any = field(default=None, repr=False)

    @property
    def books(self) -> Books:
        return self.house.books

    def body(self) -> dict[str, Any]:
        """The request's JSON object; empty where there is none."""
        if self._body is None:
            read = self.request.get_json(force=True, silent=True) if self.request.get_data() else {}
            self._body = read if isinstance(read, dict) else {}
        return dict(self._body)

    def happens(self, kind: str) -> bool:
        """Whether a fault of content is to happen in this call."""
        return self.house.faults.take((kind,), self.floor, self.call) is not None


@dataclass(frozen=True)
class Call:
    method: str
    pattern: re.Pattern[str]
    name: str
    work: Callable[[Visit], Response]


class Door:
    """`admit` makes out the account or raises Refusal; `refuse` gives a refusal the floor's form."""

    def __init__(
        self,
        floor: str,
        admit: Callable[[Visit], str],
        refuse: Callable[[Refusal], Response],
        throttled: Refusal,
        unknown: Refusal,
    ) -> None:
        self.floor = floor
        self._admit, self._refuse = admit, refuse
        self._throttled, self._unknown = throttled, unknown
        self._calls: list[Call] = []

    def call(self, method: str, path: str, name: str) -> Callable[[Callable[[Visit], Response]], Any]:
        """Registers the work behind `path`, whose `<parts>` are named."""
        pattern = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path))

        def register(work: Callable[[Visit], Response]) -> Callable[[Visit], Response]:
            self._calls.append(Call(method, pattern, name, work))
            return work

        return register

    def answer(self, request: Request, house: House, path: str) -> Response:
        for call in self._calls:
            if call.method == request.method and (found := call.pattern.fullmatch(path)):
                visit = Visit(request, house, path, found.groupdict(), self.floor, call.name)
                return self._suffer(visit, call)
        return self._refuse(self._unknown)

    def _suffer(self, visit: Visit, call: Call) -> Response:
        fault = visit.house.faults.take(OF_CALLS, self.floor, call.name)
        if fault and (instead := self._instead(fault)):
            return instead
        response = self._carry_out(visit, call)
        if fault and fault.kind == "delay":
            gevent.sleep(fault.seconds)
        elif fault and fault.kind == "drop":
            visit.request.environ[CONNECTION].shutdown(socket.SHUT_RDWR)
        return response

    def _instead(self, fault: Fault) -> Response | None:
        """What is said in the place of carrying anything out."""
        if fault.kind == "http_500":
            return Response(HTML, 500, content_type="text/html")
        if fault.kind == "html":
            return Response(HTML, 200, content_type="text/html")
        if fault.kind == "http_429":
            headers = {"Retry-After": str(int(fault.seconds))} if fault.seconds else {}
            return Response("Too many requests", 429, headers)
        if fault.kind == "error":
            return self._refuse(Refusal(fault.code, fault.message or "as ordered"))
        return None

    def _carry_out(self, visit: Visit, call: Call) -> Response:
        try:
            visit.account = self._admit(visit)
            visit.house.pace.enter(self.floor, visit.account)
            return call.work(visit)
        except Throttled:
            return self._refuse(self._throttled)
        except Refusal as refusal:
            return self._refuse(refusal)


def say(answer: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(answer, ensure_ascii=False)
    return Response(body, status, dict(headers or {}), content_type="application/json; charset=utf-8")
