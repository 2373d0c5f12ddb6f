"""Pages as people open and send them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import User
from tests.integration.pages.dom import parse, words_of


class Shown:
    """An answer: its status, its tree, and the words in it."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.location = urlsplit(answer.headers.get("Location", "")).path
        self.html = answer.get_data().decode("utf-8", "replace")  # a file is no text

    @cached_property
    def tree(self) -> ET.Element:
        return parse(self.html)

    @property
    def words(self) -> str:
        return words_of(self.tree)

    def all(self, testid: str) -> list[ET.Element]:
        return self.tree.findall(f".//*[@data-testid='{testid}']")

    def has(self, testid: str) -> bool:
        return bool(self.all(testid))

    def text(self, testid: str) -> str:
        (found,) = self.all(testid)
        return words_of(found)

    def error(self, field: str) -> str | None:
        """What stands beside the field."""
        found = self.tree.find(f".//*[@id='field-{field}-error']")
        return None if found is None else words_of(found)

    def typed(self, field: str) -> str | None:
        """What stands in the field, or which of its choices is chosen."""
        for element in self.tree.findall(f".//*[@name='{field}']"):
            if element.tag == "textarea":
                return "".join(element.itertext())
            if element.tag == "select":
                chosen = element.find("option[@selected]")
                return None if chosen is None else chosen.get("value")
            if element.get("type") not in {"radio", "checkbox"}:
                return element.get("value")
            if "checked" in element.attrib:
                return element.get("value")
        return None


@dataclass(frozen=True)
class Browser:
    client: FlaskClient

    def get(self, path: str, **options: Any) -> Shown:
        return Shown(self.client.get(path, **options))

    def post(self, path: str, form: dict[str, Any] | None = None, *, page: str = "/sign-in") -> Shown:
        """Send a form with the token that `page` carries."""
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page).html)
        assert token, f"{page} carries no token"
        return Shown(self.client.post(path, data={"csrf_token": token[1], **(form or {})}))

    def follow(self, shown: Shown) -> Shown:
        """Go where a form that was taken leads."""
        assert shown.status == 303, (shown.status, shown.words)
        return self.get(shown.location)


Enter = Callable[[User], Browser]


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """A browser of somebody who has not signed in."""
    return Browser(client)


@pytest.fixture
def enter(browser: Browser, session: Session) -> Enter:
    """`enter(user)` opens that person's browser."""

    def open_for(user: User) -> Browser:
        with browser.client.session_transaction() as cookie:
            cookie.clear()
            cookie["user_id"], cookie["version"] = user.id, user.password_version
        return browser

    return open_for
