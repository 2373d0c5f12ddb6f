"""A page as a tree, read by the standard library: `page.one("[testid]")`, `page.words`, `page.form()`."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tree = ET.TreeBuilder()
        self.open: list[str] = []
        self.tree.start("page", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tree.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.tree.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tree.start(tag, {name: value or "" for name, value in attrs})
        self.tree.end(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> was never opened"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.tree.end(self.open.pop())

    def handle_data(self, data: str) -> None:
        self.tree.data(data)


def parse(html: str) -> ET.Element:
    """The tree of `html`; tags that do not close each other are a failure."""
    builder = _Builder()
    builder.feed(html)
    assert not builder.open, f"never closed: {builder.open}"
    builder.tree.end("page")
    return builder.tree.close()


def words_of(element: ET.Element) -> str:
    """What a person reads, with single spaces."""
    return " ".join("".join(element.itertext()).split())
