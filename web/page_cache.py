"""Pages for everybody, kept for some seconds in the process that made them.

It stands before Flask: what a page costs is Flask's session, limits, templates and a few statements; what a kept page
costs is a look into a dictionary. Nothing of whoever asks reaches these pages (cookies and tokens are taken off before
they are made), so one is as good as the other for all. docs/decisions/0011-shop-pages-kept.md says why.
"""

import gzip
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from prometheus_client import Counter

from core.clock import business_day, now

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

FRESH_SECONDS = 20.0
GRACE_SECONDS = 5.0
"""While one request makes a page anew, the others are given the old one, for no longer than this."""
BROWSER_SECONDS = 30
"""For how long browsers may keep it (`public_page`): together no page is older than a minute."""
MOST_BYTES = 8 * 1024 * 1024
"""Of packed pages in one process; those that nobody asked for lately go first."""
LARGEST_PAGE = 4 * 1024 * 1024

EVERYBODYS = re.compile(r"/(?:shop(?:/.*)?|feeds/.*|sitemap.*\.xml|robots\.txt|01/.*)")
"""Addresses under which nobody is known by a cookie: forms that need one stand elsewhere."""
KEPT_QUERY = re.compile(r"(?:page=[1-9][0-9]?)?(?:(?:^|&)lang=en)?")
"""Words that somebody searches for are endless; their pages are made each time, within the limits of `web.security`."""
FOLLOWED = re.compile(r"(?:fbclid|gclid|zarsrc|utm_[a-z]+)=")
"""What Facebook, Google and Zalo add to the links that are followed there."""
KEPT_HEADERS = frozenset(
    {
        "content-type",
        "cache-control",
        "content-language",
        "content-security-policy",
        "x-content-type-options",
        "x-robots-tag",
        "referrer-policy",
        "permissions-policy",
    }
)
NEVER_SENT = frozenset({"set-cookie", "vary"})
UNKNOWN_HERE = ("HTTP_COOKIE", "HTTP_AUTHORIZATION")

ANSWERS = Counter("chophien_public_pages", "Pages for everybody by where they came from", ["source"])


@dataclass
class Kept:
    """A page, packed."""

    headers: Headers
    etag: str
    packed: bytes
    fresh_until: float = 0.0


class PageCache:
    """WSGI: answers with kept pages, hands everything else on."""

    def __init__(self, following: Application) -> None:
        self._following = following
        self._pages: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not EVERYBODYS.fullmatch(environ["PATH_INFO"]) or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._following(environ, start_response)
        environ = _as_nobody(environ)
        key = _key(environ)
        if key and (kept := self._take(key)):
            ANSWERS.labels("kept").inc()
            return _send(kept, environ, start_response)
        status, headers, body = self._make(environ)
        ANSWERS.labels("made").inc()
        if environ["REQUEST_METHOD"] == "HEAD" or not status.startswith("200 ") or not _is_public(headers):
            if key:
                self._drop(key)
            start_response(status, headers)
            return [body]
        kept = _pack(headers, body)
        if key and len(kept.packed) <= LARGEST_PAGE:
            self._keep(key, kept)
        return _send(kept, environ, start_response)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._bytes = 0

    def _take(self, key: str) -> Kept | None:
        """The page, where it is fresh; where it is not, whoever asks first makes it anew."""
        with self._lock:
            kept, moment = self._pages.get(key), time.monotonic()
            if kept is None:
                return None
            self._pages.move_to_end(key)
            if kept.fresh_until > moment:
                return kept
            expired = kept.fresh_until + GRACE_SECONDS <= moment
            kept.fresh_until = moment + GRACE_SECONDS
            if expired:
                self._forget(key)
            return None

    def _make(self, environ: Environ) -> tuple[str, Headers, bytes]:
        told: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            told.append((status, headers))
            return lambda _: None

        answer = self._following(environ, start)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        status, headers = told[-1]
        return status, [(name, value) for name, value in headers if name.lower() not in NEVER_SENT], body

    def _keep(self, key: str, kept: Kept) -> None:
        kept.fresh_until = time.monotonic() + FRESH_SECONDS
        with self._lock:
            self._forget(key)
            self._pages[key] = kept
            self._bytes += len(kept.packed)
            while self._bytes > MOST_BYTES:
                self._forget(next(iter(self._pages)))

    def _drop(self, key: str) -> None:
        with self._lock:
            self._forget(key)

    def _forget(self, key: str) -> None:
        if old := self._pages.pop(key, None):
            self._bytes -= len(old.packed)


def _as_nobody(environ: Environ) -> Environ:
    """The request without what tells who asks, or by which link that person came."""
    asked = {name: value for name, value in environ.items() if name not in UNKNOWN_HERE}
    if query := asked.get("QUERY_STRING"):
        asked["QUERY_STRING"] = "&".join(part for part in query.split("&") if not FOLLOWED.match(part))
    return asked


def _key(environ: Environ) -> str | None:
    """A page is of one day: prices that hold until midnight are not shown after it."""
    query = environ.get("QUERY_STRING", "")
    day = business_day(now())
    return f"{day} {environ['PATH_INFO']}?{query}" if KEPT_QUERY.fullmatch(query) else None


def _is_public(headers: Headers) -> bool:
    return any(name.lower() == "cache-control" and value.startswith("public") for name, value in headers)


def _pack(headers: Headers, body: bytes) -> Kept:
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    kept = [(name, value) for name, value in headers if name.lower() in KEPT_HEADERS]
    kept += [("ETag", etag), ("Vary", "Accept-Encoding")]
    return Kept(kept, etag, gzip.compress(body, 6, mtime=0))


def _send(kept: Kept, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    if kept.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", kept.headers)
        return []
    if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
        body, encoding = kept.packed, [("Content-Encoding", "gzip")]
    else:
        body, encoding = gzip.decompress(kept.packed), []
    start_response("200 OK", [*kept.headers, *encoding, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
