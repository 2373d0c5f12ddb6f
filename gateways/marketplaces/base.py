"""What every floor shares: how a call is measured, what an HTTP answer means, what no floor may be sent."""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from email.utils import parsedate_to_datetime
from pathlib import Path
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

ODD = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What reading raises where an answer is not as the floor's documents say: a name that is missing, null, a list in the
place of an object, words for a number."""
LOST = (GatewayUnavailable, *ODD)
"""Whether the call did what it was asked is not known."""
LONGEST_RETRY_AFTER = 3_600.0
"""Seconds. What says more than that is taken for a mistake."""


@contextmanager
def paced(pace: Pace) -> Iterator[None]:
    """Every call to a floor in the block waits for its turn: floors count calls, not listings."""
    token = _pace.set(pace)
    try:
        yield
    finally:
        _pace.reset(token)


@contextmanager
def understood() -> Iterator[None]:
    """Answers are read in the block. Raises GatewayUnavailable for one that makes no sense: it is the floor's."""
    try:
        yield
    except ODD as error:
        # What it says itself may hold a piece of the answer, and with it people.
        raise GatewayUnavailable(f"an answer that makes no sense: {place_of(error)}") from None


def place_of(error: Exception) -> str:
    """What went wrong in which line of ours."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"


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
        wait = retry_after(response.headers.get("Retry-After"))
        raise GatewayUnavailable(f"HTTP {response.status_code}", retry_after=wait)
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


def listed(answer: Mapping[str, Any], name: str, count: str) -> list[Any]:
    """What stands under `name`; nothing only where the floor counts none. Raises GatewayUnavailable where it says
    neither: what is not found would be made anew."""
    found = answer.get(name) or []
    if isinstance(found, list) and (found or str(answer.get(count)) == "0"):
        return found
    raise GatewayUnavailable(f"an answer without {name}")


def words(value: object) -> str:
    """What must be words. Raises GatewayUnavailable for anything else."""
    if not isinstance(value, str):
        raise GatewayUnavailable(f"{type(value).__name__} in the place of words")
    return value


def yes(value: object) -> bool:
    """What must be yes or no. Raises GatewayUnavailable for anything else."""
    if not isinstance(value, bool):
        raise GatewayUnavailable(f"{type(value).__name__} in the place of yes or no")
    return value


def retry_after(header: str | None) -> float | None:
    """Seconds to wait, from a `Retry-After` of seconds or of an HTTP date (RFC 9110, 10.2.3); None for nonsense."""
    if header is None:
        return None
    try:
        told = float(header) if header.strip().isdecimal() else _seconds_until(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(told, 0.0), LONGEST_RETRY_AFTER)


def _seconds_until(date: str) -> float:
    return (parsedate_to_datetime(date) - clock.now()).total_seconds()


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
