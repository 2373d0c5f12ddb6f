"""Photos made ready: upright, small, and with nothing of the camera's in them."""

import io
import random

import pytest
from PIL import Image, ImageDraw

from core.errors import InvalidInput
from core.images import (
    LARGEST_FILE,
    LARGEST_RENDITION,
    LONGEST_SIDE,
    UnreadablePhoto,
    check_photo,
    renditions,
)

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def photo(
    width: int = 2000, height: int = 1000, form: str = "JPEG", mode: str = "RGB", **options: object
) -> bytes:
    """Red above, blue below."""
    picture = Image.new(mode, (width, height), (200, 30, 40, 255)[: len(mode)])
    ImageDraw.Draw(picture).rectangle((0, height // 2, width, height), fill=(20, 30, 200, 255)[: len(mode)])
    written = io.BytesIO()
    picture.save(written, form, **options)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_every_size_keeps_the_shape_and_is_never_larger() -> None:
    made = {one.size: one for one in renditions(photo())}
    assert {size: (one.width, one.height) for size, one in made.items()} == {
        "large": (1600, 800),
        "medium": (800, 400),
        "small": (320, 160),
    }
    for one in made.values():
        assert (opened(one.content).format, opened(one.content).size) == ("JPEG", (one.width, one.height))


def test_a_small_photo_is_not_blown_up() -> None:
    assert [(one.width, one.height) for one in renditions(photo(400, 500))] == [
        (400, 500),
        (400, 500),
        (256, 320),
    ]


@pytest.mark.parametrize(("orientation", "top"), [(1, "red"), (3, "blue")])
def test_the_camera_turned_is_turned_back(orientation: int, top: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    large = opened(renditions(photo(exif=exif))[0].content)
    red, _, blue = large.getpixel((800, 100))
    assert ("red" if red > blue else "blue") == top


def test_a_photo_taken_upright_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    assert opened(renditions(photo(exif=exif))[0].content).size == (800, 1600)


def test_place_and_device_are_gone() -> None:
    exif = Image.Exif()
    exif[MAKE] = "Ministry of Cameras"
    exif.get_ifd(GPS)[1] = "N"
    sent = photo(exif=exif, comment=b"taken at home")
    assert b"Ministry of Cameras" in sent
    for one in renditions(sent):
        assert not opened(one.content).getexif()
        assert b"Ministry" not in one.content
        assert b"taken at home" not in one.content


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    written = io.BytesIO()
    clear.save(written, "PNG")
    assert opened(renditions(written.getvalue())[0].content).getpixel((200, 200)) == (255, 255, 255)


def test_a_noisy_photo_stays_below_what_floors_take() -> None:
    noise = random.Random(7).randbytes(1600 * 1600 * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (1600, 1600), noise).save(written, "JPEG", quality=100)
    assert len(renditions(written.getvalue())[0].content) <= 2 * LARGEST_RENDITION
    assert LONGEST_SIDE["large"] == 1600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(100),
        photo(300, 600),
        photo(400, 400) + bytes(LARGEST_FILE),
        photo(form="BMP"),
    ],
    ids=["empty", "svg", "gif", "small", "heavy", "bmp"],
)
def test_what_is_no_photo_is_refused_at_once(content: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_photo(content, "file")
    assert list(caught.value.errors) == ["file"]


def test_a_photo_of_too_many_pixels_is_refused_unread() -> None:
    huge = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(huge, "PNG")
    with pytest.raises(InvalidInput):
        check_photo(huge.getvalue(), "file")


def test_a_broken_photo_is_told_by_who_reads_it() -> None:
    broken = photo()[:2_000]
    check_photo(broken, "file")
    with pytest.raises(UnreadablePhoto):
        renditions(broken)
