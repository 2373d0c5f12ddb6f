"""Photos for offers, at an address that a floor can fetch them from."""

import hashlib
import io
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

from PIL import Image

from gateways.ports import Picture

_shades = count(1)


class PhotoHost(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.photos: dict[str, bytes] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def show(self, key: str, content: bytes) -> str:
        self.photos[f"/{key}.jpg"] = content
        return f"http://127.0.0.1:{self.server_port}/{key}.jpg"


class _Handler(BaseHTTPRequestHandler):
    server: PhotoHost

    def do_GET(self) -> None:
        content = self.server.photos.get(self.path, b"")
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@cache
def photo_host() -> PhotoHost:
    """One for all tests of the process."""
    return PhotoHost()


def make_picture(width: int = 800, height: int = 600) -> Picture:
    """No two alike."""
    shade = next(_shades)
    image = Image.new("RGB", (width, height), (shade % 251, shade // 251 % 251, 90))
    file = io.BytesIO()
    image.save(file, "JPEG", comment=str(shade))
    content = file.getvalue()
    key = hashlib.sha256(content).hexdigest()
    return Picture(key, photo_host().show(key, content), content)
