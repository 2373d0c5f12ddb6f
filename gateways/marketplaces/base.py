"""What every floor shares: how a call is measured, what an HTTP answer means, what no floor may be sent."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog

from core import clock
from core.errors import text
from core.money import amount_problem
from gateways.errors import GatewayError, GatewayRejected, GatewayThrottled, GatewayUnavailable, Problem
from gateways.ports import Offer

log = structlog.get_logger()

Pace = Callable[[], AbstractContextManager[None]]
"""Around a call: it begins when the call may go, and ends with its answer."""

_pace: ContextVar[Pace | None] = ContextVar("pace", default=None)


@contextmanager
def paced(pace: Pace) -> Iterator[None]:
    """Every call to a floor in the block waits for its turn: floors count calls, not listings."""
    token = _pace.set(pace)
    try:
        yield
    finally:
        _pace.reset(token)


@contextmanager
def measured(floor: str, operation: str, sku: str, **about: str) -> Iterator[None]:
    """Log one line for a call: what it was about (ids, nothing of a person), how it went, how long it took."""
    started = time.monotonic()
    outcome = "ok"
    try:
        yield
    except GatewayError as error:
        outcome = type(error).__name__
        raise
    finally:
        seconds = round(time.monotonic() - started, 3)
        log.info(f"{floor}_call", operation=operation, sku=sku, outcome=outcome, seconds=seconds, **about)


def connect(base_url: str) -> requests.Session:
    """A session that keeps its connections. What the environment says of proxies and certificates is looked up once,
    not for every call, and passwords in `~/.netrc` are nobody's business here."""
    session = requests.Session()
    found = session.merge_environment_settings(base_url, {}, None, None, None)
    session.proxies, session.verify = dict(found["proxies"]), found["verify"]
    session.trust_env = False
    return session


def send(
    session: requests.Session,
    method: str,
    url: str,
    timeout: float,
    *,
    allow_redirects: bool = True,
    **request: Any,
) -> requests.Response:
    """The floor's answer. Raises GatewayUnavailable for none or a 5xx, GatewayThrottled for 429."""
    try:
        prepared = session.prepare_request(requests.Request(method, url, **request))
        pace = _pace.get() or nullcontext
        with pace():
            response = session.send(prepared, timeout=timeout, allow_redirects=allow_redirects)
    except requests.RequestException as error:
        # What it says holds the address, and floors have tokens and secrets in their addresses.
        raise GatewayUnavailable(f"no answer: {type(error).__name__}") from None
    if response.status_code == requests.codes.too_many_requests:
        raise GatewayThrottled("HTTP 429", retry_after(response.headers.get("Retry-After")))
    if response.status_code >= requests.codes.server_error:
        raise GatewayUnavailable(f"HTTP {response.status_code}")
    return response


def json_answer(response: requests.Response) -> Any:
    """What the floor said. Raises GatewayUnavailable where another speaks for it (a proxy's HTML page)."""
    try:
        return response.json()
    except requests.JSONDecodeError as error:
        raise GatewayUnavailable(f"HTTP {response.status_code} without JSON") from error


def json_object(response: requests.Response) -> dict[str, Any]:
    """The object that the floor said. Raises GatewayUnavailable for anything else."""
    answer = json_answer(response)
    if not isinstance(answer, dict):
        raise GatewayUnavailable(f"HTTP {response.status_code} without a JSON object")
    return answer


def retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a `Retry-After` of seconds or of an HTTP date (RFC 9110, 10.2.3)."""
    if header is None or header.isdecimal():
        return float(header) if header else None
    try:
        return max(0.0, (parsedate_to_datetime(header) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return None


def page_at(base_url: str, hosts: Mapping[str, str], path: str) -> str | None:
    """Where people see what the API at `base_url` shows: `path` at the shop that `hosts` name for it. None where it is
    not the real one."""
    shop = hosts.get(urlsplit(base_url).hostname or "")
    return f"{shop}{path}" if shop else None


def offer_problems(offer: Offer) -> list[Problem]:
    """What would be wrong with `offer` on any floor."""
    problems = []
    if not offer.sku.strip():
        problems.append(Problem("sku", "required", text("Thiếu mã hàng")))
    if not offer.title.strip():
        problems.append(Problem("title", "required", text("Thiếu tên hàng")))
    if price := amount_problem(offer.price):
        problems.append(Problem("price", "not_payable", price))
    if offer.stock < 0:
        problems.append(Problem("stock", "negative", text("Số lượng không được âm")))
    return problems


def rejected(*problems: Problem) -> GatewayRejected:
    """The refusal that says `problems`."""
    return GatewayRejected("; ".join(f"{p.field or 'floor'} {p.code}" for p in problems), problems)
