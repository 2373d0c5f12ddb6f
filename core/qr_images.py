"""QR codes as pictures: error correction M, a quiet zone of four modules, the same bytes every time."""

import io
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pure import PyPNGImage
from qrcode.main import QRCode

QUIET_ZONE = 4
CACHED = 512
"""Pictures kept per process: drawing one costs tens of milliseconds, a stall's is shown all day."""


@lru_cache(CACHED)
def png(payload: str, scale: int = 8) -> bytes:
    """A black and white PNG, `scale` pixels a module."""
    out = io.BytesIO()
    _qr(payload, scale).make_image().save(out)
    return out.getvalue()


@lru_cache(CACHED)
def svg(payload: str) -> str:
    """One black path on white, without a size of its own: it fills the box that the page gives it."""
    modules = matrix(payload)
    size = len(modules)
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for x, y, width in bars(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{path}"/></svg>'
    )


def matrix(payload: str) -> list[list[bool]]:
    """The modules, row by row, the quiet zone included; True is black."""
    return [[bool(module) for module in row] for row in _qr(payload).get_matrix()]


def bars(modules: list[list[bool]]) -> Iterator[tuple[int, int, int]]:
    """The black runs of each row as (x, y, width): what a drawing has to fill."""
    for y, row in enumerate(modules):
        x = 0
        for black, run in groupby(row):
            width = len(list(run))
            if black:
                yield x, y, width
            x += width


def _qr(payload: str, scale: int = 1) -> QRCode[PyPNGImage]:
    code = QRCode(
        error_correction=ERROR_CORRECT_M, box_size=scale, border=QUIET_ZONE, image_factory=PyPNGImage
    )
    code.add_data(payload)
    code.make()
    return code
