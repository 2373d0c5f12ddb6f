"""Descriptions where a floor shows HTML."""

from html import escape


def html_of(description: str) -> str:
    """Our plain text as HTML that shows the same."""
    return escape(description, quote=False).replace("\n", "<br>\n")
