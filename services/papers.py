"""Papers of products: certificates with a number and a last day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from core.clock import business_day, now
from core.errors import InvalidInput, text
from core.ids import new_id
from models import Certificate

WARN_BEFORE = timedelta(days=30)
Paper = Mapping[str, Any]
"""`name`, `number`, `expires_on` (a date), as somebody tells of it."""


def require_different(papers: Iterable[Paper]) -> None:
    """Raises InvalidInput where one is told twice."""
    seen = set()
    for name, number in ((paper["name"], paper["number"]) for paper in papers):
        if (name, number) in seen:
            said = text("Giấy %(name)s số %(number)s được ghi hai lần", name=name, number=number)
            raise InvalidInput.of("papers", said)
        seen.add((name, number))


def certificates(papers: Sequence[Paper]) -> list[Certificate]:
    """`papers` as rows. What has run out already was never named on a floor."""
    rows = [Certificate(id=new_id(), **paper) for paper in papers]
    for row in rows:
        row.lapsed_at = None if row.is_valid(business_day(now())) else now()
    return rows


def running_out(papers: Iterable[Certificate], today: date) -> list[Certificate]:
    """Those that are not valid any more, and those that will not be before long; the most pressing first."""
    pressing = [paper for paper in papers if paper.expires_on <= today + WARN_BEFORE]
    return sorted(pressing, key=lambda paper: paper.expires_on)
