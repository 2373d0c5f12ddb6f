"""Pictures that a floor was given: kept, checked for kind and size."""

import hashlib
import secrets
import struct
import time

from sandbox.floors.books import Row
from sandbox.floors.door import Visit

_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


def keep(visit: Visit, content: bytes, name: str | None = None) -> Row:
    """Written down under a new name, as floors do even where they have the same picture already."""
    row = {
        "id": name or f"vn-{secrets.token_hex(16)}",
        "floor": visit.floor,
        "account": visit.account,
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
        "taken_at": int(time.time()),
    }
    visit.books.insert("pictures", row)
    return row


def size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a JPEG or a PNG; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        return struct.unpack(">II", content[16:24])
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
