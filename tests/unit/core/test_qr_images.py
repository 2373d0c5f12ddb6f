"""Pictures read back by readers that share no code with what drew them."""

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from core.qr_images import matrix, png, svg
from core.vietqr import encode
from tests.qr_readers import as_image, drawn, read_by_both

LONGEST = encode("970436", "9" * 19, amount=9_999_999_999_999, note="C1234567X ABCDEFGHIJKLMNO")


@settings(max_examples=30, deadline=None)
@given(
    account=st.text("0123456789ABCXYZabcxyz", min_size=1, max_size=19),
    amount=st.none() | st.integers(1, 9_999_999_999_999),
    note=st.text("ABCDEFGHIJ0123456789 ", max_size=25),
    scale=st.integers(2, 10),
)
def test_png_reads_back(account: str, amount: int | None, note: str, scale: int) -> None:
    payload = encode("970436", account, amount=amount, note=note)
    assert read_by_both(as_image(png(payload, scale))) == [payload]
    assert read_by_both(drawn(svg(payload))) == [payload]


def test_longest_reads_back() -> None:
    assert read_by_both(as_image(png(LONGEST))) == [LONGEST]
    assert read_by_both(drawn(svg(LONGEST))) == [LONGEST]


def test_a_torn_print_still_reads() -> None:
    """Error correction M mends about 15 %: a corner without a finder pattern may be gone."""
    image = as_image(png(LONGEST))
    edge = image.width - 4 * 8
    image.paste(255, (edge - 10 * 8, edge - 10 * 8, edge, edge))
    assert read_by_both(image) == [LONGEST]


def test_pictures_are_the_same_every_time() -> None:
    assert png.__wrapped__(LONGEST) == png.__wrapped__(LONGEST)
    assert svg.__wrapped__(LONGEST) == svg.__wrapped__(LONGEST)


def test_quiet_zone_is_four_modules_on_every_side() -> None:
    modules = matrix(LONGEST)
    columns = list(zip(*modules, strict=True))
    for side in (modules[:4], modules[-4:], columns[:4], columns[-4:]):
        assert not any(module for line in side for module in line)
    assert all((modules[4][4], modules[4][-5], modules[-5][4]))


def test_svg_takes_the_size_of_its_box() -> None:
    root = ElementTree.fromstring(svg(LONGEST))
    assert "width" not in root.attrib
    assert root.attrib["viewBox"] == f"0 0 {len(matrix(LONGEST))} {len(matrix(LONGEST))}"


def test_png_has_the_asked_scale() -> None:
    assert as_image(png(LONGEST, 3)).width == 3 * len(matrix(LONGEST))
