"""Descriptions where a floor shows HTML."""

import re
from html import escape, unescape


def html_of(description: str) -> str:
    """Our plain text as HTML that shows the same."""
    return escape(description, quote=False).replace("\n", "<br>\n")


def text_of(markup: str) -> str:
    """What people read of a floor's HTML."""
    lines = re.sub(r"(?i)<br\s*/?>\n?|</p>", "\n", markup)
    return unescape(re.sub(r"<[^>]*>", "", lines)).strip()
