"""Colours of images: transparent samples and paper do not count; the unreadable says nothing."""

from __future__ import annotations

import io
import zlib

import pytest

from sigcheck.evidence.appearance.images import colour_name, dominant
from tests.appearance.builder import Sheet, image

RED, BLUE, WHITE, GREEN = b"\xd0\x20\x28", b"\x30\x40\xb0", b"\xff\xff\xff", b"\x20\xa0\x20"
SIDE = 40


def drawn(entries: bytes, data: bytes, **more: tuple[bytes, bytes | None]) -> Sheet:
    """Return a sheet whose appearance draws one image."""
    extra = {int(key[1:]): value for key, value in more.items()}
    sheet = Sheet(draws=b"q 100 0 0 20 0 0 cm /Im Do Q", images=b"/Im 10 0 R")
    sheet.more = {10: (entries, data), **extra}
    return sheet


@pytest.mark.parametrize(
    ("pixel", "name"), [(RED, "red"), (BLUE, "blue"), (GREEN, "other"), (b"\0\0\0", "black")]
)
def test_plain_images(pixel: bytes, name: str) -> None:
    """An image of one colour has that colour."""
    facts = drawn(*image(SIDE, SIDE, pixel * SIDE * SIDE)).facts()

    assert (facts.has_image, facts.colours) == (True, (name,))


def test_transparent_pixels_do_not_count() -> None:
    """A thin blue stroke on transparent red is blue, as a viewer shows it."""
    row = bytes([255 if x % 4 == 0 else 0 for x in range(SIDE)])
    pixels = b"".join(BLUE if x % 4 == 0 else RED for x in range(SIDE))
    mask = image(SIDE, SIDE, row * SIDE, b"/DeviceGray")

    facts = drawn(*image(SIDE, SIDE, pixels * SIDE, extra=b"/SMask 11 0 R"), o11=mask).facts()

    assert facts.colours == ("blue",)


def test_a_mask_of_another_size() -> None:
    """A mask is stretched over its image (11.6.5.3)."""
    mask = image(4, 4, bytes([255, 255, 0, 0]) * 4, b"/DeviceGray")
    pixels = RED * (SIDE // 2) + BLUE * (SIDE // 2)

    facts = drawn(*image(SIDE, SIDE, pixels * SIDE, extra=b"/SMask 11 0 R"), o11=mask).facts()

    assert facts.colours == ("red",)


def test_paper_does_not_count() -> None:
    """A scanned seal on white is red."""
    pixels = (WHITE * 3 + RED) * (SIDE * SIDE // 4)

    assert drawn(*image(SIDE, SIDE, pixels)).facts().colours == ("red",)


def test_indexed_colours() -> None:
    """A palette is looked up (8.6.6.3)."""
    space = b"[/Indexed /DeviceRGB 1 <" + (WHITE + RED).hex().encode() + b">]"

    assert drawn(*image(SIDE, SIDE, bytes([0, 1]) * (SIDE * SIDE // 2), space)).facts().colours == (
        "red",
    )


@pytest.mark.parametrize(
    "space",
    [b"/DeviceN", b"[/Indexed 10 0 R 1 <00>]", b"[/ICCBased 10 0 R]", b"[]", b"null", b"[[]]"],
)
def test_strange_colour_spaces_say_nothing(space: bytes) -> None:
    """An image whose colours cannot be known is still an image."""
    facts = drawn(*image(SIDE, SIDE, RED * SIDE * SIDE, space)).facts()

    assert (facts.has_image, facts.colours) == (True, ())


def test_a_predictor_is_undone() -> None:
    """PNG rows (here: difference to the left) are what iText takes over from opaque PNG files."""
    row = b"\x01" + RED + bytes(3 * (SIDE - 1))
    entries, _ = image(SIDE, SIDE, b"")
    parms = b"/DecodeParms << /Predictor 15 /Colors 3 /Columns %d >>" % SIDE

    assert drawn(entries + parms, zlib.compress(row * SIDE)).facts().colours == ("red",)


@pytest.mark.parametrize("sides", [(0, 0), (-1, 5), (10**9, 10**9), (SIDE, 10**6)])
def test_lying_sizes(sides: tuple[int, int]) -> None:
    """A size that the data cannot fill costs nothing."""
    facts = drawn(*image(*sides, RED * SIDE)).facts()

    assert facts.has_image


def test_a_bomb_is_not_inflated() -> None:
    """An image of gigabytes is looked at in part only."""
    facts = drawn(*image(20_000, 20_000, bytes(3 << 20))).facts()

    assert facts.colours == ("black",)


def test_jpeg_with_pillow() -> None:
    """A JPEG's colour is known where Pillow is installed."""
    pillow = pytest.importorskip("PIL.Image")
    out = io.BytesIO()
    pillow.new("RGB", (64, 64), tuple(BLUE)).save(out, "JPEG")
    entries = b"/Subtype /Image /Width 64 /Height 64 /BitsPerComponent 8 /ColorSpace /DeviceRGB"

    facts = drawn(entries + b" /Filter /DCTDecode", out.getvalue()).facts()

    assert (facts.has_image, facts.colours) == (True, ("blue",))


def test_a_broken_jpeg_says_nothing() -> None:
    """Data that are no JPEG give an image without colours."""
    entries = b"/Subtype /Image /Width 64 /Height 64 /BitsPerComponent 8 /ColorSpace /DeviceRGB"

    facts = drawn(entries + b" /Filter /DCTDecode", b"\xff\xd8\xff nonsense").facts()

    assert (facts.has_image, facts.colours) == (True, ())


@pytest.mark.parametrize(
    ("pixel", "name"),
    [
        ((255, 255, 255), ""),
        ((230, 235, 228), ""),
        ((150, 150, 150), "black"),
        ((214, 60, 102), "red"),
        ((70, 88, 170), "blue"),
        ((90, 60, 160), "blue"),
        ((40, 160, 60), "other"),
    ],
)
def test_names_of_colours(pixel: tuple[int, int, int], name: str) -> None:
    """Inks seen in real documents have the names people give them."""
    assert colour_name(*pixel) == name


def test_dominant_colours_come_first() -> None:
    """A fifth is enough to be named; less is not."""
    from collections import Counter

    assert dominant(Counter(red=60, black=25, blue=15)) == ("red", "black")
