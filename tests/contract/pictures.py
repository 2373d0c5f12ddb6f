"""Photos that floors may fetch, each another."""

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from PIL import Image

from gateways.ports import Picture

_numbers = count(1)


class PictureHost(ThreadingHTTPServer):
    """The product's own server, as far as floors fetch photos from it; `fetched` counts by key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.contents: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def make_picture(self, width: int = 640, height: int = 480) -> Picture:
        content = _photo(next(_numbers), width, height)
        key = hashlib.sha256(content).hexdigest()
        self.contents[key] = content
        return Picture(key, f"{self.url}/media/{key}.jpg", lambda: content)

    def make_pictures(self, number: int) -> tuple[Picture, ...]:
        return tuple(self.make_picture() for _ in range(number))


class _Handler(BaseHTTPRequestHandler):
    server: PictureHost

    def do_GET(self) -> None:
        key = self.path.partition("?")[0].rpartition("/")[2].removesuffix(".jpg")
        content = self.server.contents.get(key)
        if content is None:
            return self.send_error(404)
        self.server.fetched.append(key)
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None

    def log_message(self, *_: object) -> None:
        pass


def _photo(number: int, width: int, height: int) -> bytes:
    colour = (number * 37 % 256, number * 91 % 256, number // 256 % 256)
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "JPEG", comment=f"photo {number}".encode())
    return written.getvalue()


@contextmanager
def picture_host() -> Iterator[PictureHost]:
    host = PictureHost()
    thread = threading.Thread(target=host.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.shutdown()
        host.server_close()
        thread.join()


@cache
def shared_host() -> PictureHost:
    """For as long as the process lives."""
    host = PictureHost()
    threading.Thread(target=host.serve_forever, daemon=True).start()
    return host


def make_picture(width: int = 640, height: int = 480) -> Picture:
    """No two alike."""
    return shared_host().make_picture(width, height)
