"""Photos as people take them, made ready to be shown: upright, small enough for a cheap phone, and without what the
camera wrote into them (place, time, device)."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import InvalidInput, Text, text

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_PIXELS = 60_000_000
SHORTEST_SIDE = 330
"""What the strictest floor takes (Lazada)."""
LONGEST_SIDE = {"large": 1600, "medium": 800, "small": 320}
"""Of each rendition, in pixels: for floors, for a page, for a list."""
LARGEST_RENDITION = 1024 * 1024
QUALITIES = (85, 75, 65, 50)
MEDIA_TYPE = "image/jpeg"
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class Rendition:
    """A JPEG of one size."""

    size: str
    content: bytes
    width: int
    height: int


class UnreadablePhoto(ValueError):
    """Not a photo that can be shown; `reason` says why, for the person who took it."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


def check_photo(content: bytes, field: str) -> None:
    """Refuse at once what its first bytes tell. Raises InvalidInput at `field`."""
    try:
        with opened(content):
            pass
    except UnreadablePhoto as problem:
        raise InvalidInput.of(field, problem.reason) from None


def renditions(content: bytes) -> list[Rendition]:
    """Every size of a photo. Raises UnreadablePhoto where its pixels cannot be read."""
    try:
        with opened(content) as photo:
            # A JPEG is decoded at a fraction of its size, never below what is asked for.
            photo.draft("RGB", (LONGEST_SIDE["large"], LONGEST_SIDE["large"]))
            upright = _on_white(ImageOps.exif_transpose(photo))
            upright.info.clear()  # comments and the like: Pillow would write them again
    except (OSError, SyntaxError, ValueError) as problem:
        if isinstance(problem, UnreadablePhoto):
            raise
        raise UnreadablePhoto(text("Ảnh hỏng, không đọc được; hãy chụp lại")) from problem
    made = []
    for size, longest in LONGEST_SIDE.items():
        upright.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        made.append(Rendition(size, _jpeg(upright), upright.width, upright.height))
    return made


def opened(content: bytes) -> Image.Image:
    """The photo, its pixels not yet read. Raises UnreadablePhoto."""
    if len(content) > LARGEST_FILE:
        raise UnreadablePhoto(text("Ảnh quá 10 MB; hãy chọn ảnh nhỏ hơn"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            photo = Image.open(io.BytesIO(content), formats=_FORMATS)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as problem:
        raise UnreadablePhoto(text("Tệp này không phải ảnh JPEG, PNG hoặc WebP")) from problem
    if photo.width * photo.height > LARGEST_PIXELS:
        raise UnreadablePhoto(text("Ảnh quá lớn; hãy chụp ở cỡ thường"))
    if min(photo.size) < SHORTEST_SIDE:
        raise UnreadablePhoto(
            text("Ảnh nhỏ quá; mỗi cạnh cần ít nhất %(pixels)s điểm ảnh", pixels=SHORTEST_SIDE)
        )
    return photo


def _on_white(photo: Image.Image) -> Image.Image:
    """What is transparent becomes white: JPEG knows no transparency."""
    if "A" not in photo.getbands() and "transparency" not in photo.info:
        return photo.convert("RGB")
    layers = photo.convert("RGBA")
    white = Image.new("RGB", layers.size, "white")
    white.paste(layers, mask=layers.getchannel("A"))
    return white


def _jpeg(photo: Image.Image) -> bytes:
    """In the best quality in which it is small enough; the pixels alone, nothing of what came with them."""
    for quality in QUALITIES:
        written = io.BytesIO()
        photo.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
        if written.tell() <= LARGEST_RENDITION:
            break
    return written.getvalue()
