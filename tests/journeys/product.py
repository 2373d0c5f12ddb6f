"""The whole product, started as a user starts it, and people at work in a real browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, expect

from tests.qr_readers import as_image, read_by_both

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "chophien-demo"
PHONE: ViewportSize = {"width": 360, "height": 640}
FIRST_START_SECONDS = 300
"""Of which the floor's npm install takes most, the first time."""
STOP_SECONDS = 60
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "BLIND_INDEX_KEY",
    "BASE_URL",
    "PAYOS_BASE_URL",
    "SMS_BASE_URL",
    "VENDURE_URL",
)
"""What other tests of this process may have set; the product chooses its own."""
NEIGHBOURS = (0, 1, 2, 3, 4)
"""The ports beside PORT that a run may take."""


@dataclass(frozen=True)
class Product:
    """A running product: the addresses of its web, its payOS, the sandbox of the large floors, and its floor."""

    url: str
    payos_url: str
    floors_url: str
    floor_url: str


@contextmanager
def running(data_dir: Path, floors: str = "vendure") -> Iterator[Product]:
    """`make run` in a data directory of its own, until the block ends."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env |= {"PORT": str(port), "DATA_DIR": str(data_dir), "FLOORS": floors}
    log = data_dir / "run.log"
    with log.open("w") as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "runner", "run"],
            cwd=ROOT,
            env=env,
            stdout=screen,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, log)
        yield Product(*(f"http://127.0.0.1:{port + offset}" for offset in (0, 1, 2, 3)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + FIRST_START_SECONDS
    while "ready http" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.2)


def free_port() -> int:
    """A port whose neighbours are free as well."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        if port < 60_000 and all(_is_free(port + offset) for offset in NEIGHBOURS):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Person:
    """Somebody at a phone: reads, types and taps."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()

    def sign_in(self, phone: str) -> None:
        self.page.goto("/sign-in")
        self.fill(phone=phone, password=PASSWORD)
        self.submit()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def fill(self, **values: str) -> None:
        """Type into fields by name; choose, where there is a choice."""
        for name, value in values.items():
            field = self.page.locator(f"[name={name}]:not([type=hidden])")
            if field.first.get_attribute("type") in {"radio", "checkbox"}:
                self.page.locator(f"[name={name}][value='{value}']").check(force=True)
            elif field.first.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def submit(self) -> None:
        self.tap("submit")

    def tap(self, testid: str) -> None:
        self.look()
        self.page.get_by_test_id(testid).first.click()

    def follow(self, words: str) -> None:
        """Tap a link by its words."""
        self.look()
        self.page.get_by_role("link", name=words).first.click()

    def look(self) -> None:
        """Nothing of the page lies beside the phone."""
        expect(self.page.locator("html")).to_have_js_property("scrollWidth", PHONE["width"])

    def error_of(self, field: str) -> Locator:
        """The reason beside a field."""
        return self.page.locator(f"#field-{field}-error")

    def text(self, testid: str) -> str:
        return self.page.get_by_test_id(testid).first.inner_text()

    def qr(self, testid: str) -> str:
        """What a customer's phone reads off the screen."""
        (text,) = read_by_both(as_image(self.page.get_by_test_id(testid).screenshot()))
        return text

    def dong(self, testid: str) -> int:
        """The amount that is shown, in đồng."""
        return int(re.sub(r"\D", "", self.text(testid)) or 0)
