"""What a page of the shop says of itself: to browsers, to search engines, to whoever is sent its link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, render_template, url_for

from core.config import config
from web.languages import LANGUAGES, choose_language
from web.page_cache import BROWSER_SECONDS

LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class Head:
    """`path` is the page's one address; `facts` are things of schema.org, as JSON-LD."""

    title: str
    description: str
    path: str
    photo_id: UUID | None = None
    kind: str = "website"
    indexed: bool = True
    facts: Sequence[Mapping[str, Any]] = ()

    @property
    def url(self) -> str:
        return absolute(self.in_language(choose_language()))

    @property
    def image(self) -> str | None:
        return photo_url(self.photo_id) if self.photo_id else None

    @property
    def versions(self) -> list[tuple[str, str]]:
        return [(language, absolute(self.in_language(language))) for language in LANGUAGES]

    def in_language(self, language: str) -> str:
        """The address in that language; the first one is said without a word."""
        if language == "vi":
            return self.path
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={language}"

    @property
    def facebook(self) -> str:
        return f"https://www.facebook.com/sharer/sharer.php?u={quote(self.url, safe='')}"


def absolute(path: str) -> str:
    return config().base_url + path


def photo_url(photo_id: UUID) -> str:
    return absolute(url_for("photo_files.photo", photo_id=photo_id, size="large"))


def shorten(words: str) -> str:
    """One line of at most LONGEST_DESCRIPTION characters, cut between words."""
    line = " ".join(words.split())
    if len(line) <= LONGEST_DESCRIPTION:
        return line
    return line[:LONGEST_DESCRIPTION].rpartition(" ")[0] + "…"


def page(template: str, head: Head, **values: Any) -> Response:
    """A page for everybody."""
    return for_everybody(Response(render_template(template, head=head, **values)), indexed=head.indexed)


def for_everybody(answer: Response, *, indexed: bool = True) -> Response:
    """It may be kept, by us and by browsers."""
    answer.headers["Cache-Control"] = f"public, max-age={BROWSER_SECONDS}"
    answer.headers["Content-Language"] = choose_language()
    if not indexed:
        answer.headers["X-Robots-Tag"] = "noindex"
    return answer
