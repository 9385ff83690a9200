"""Words are found in raw bytes at the same places, natively or not."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sigcheck.evidence.native import native
from sigcheck.evidence.pdf import scan
from tests.speed.alike import layers

pytestmark = pytest.mark.skipif(
    not hasattr(native, "places"), reason="the native parts are not built here"
)

PIECES = (
    b"obj", b"endobj", b"end", b"o", b"ob", b"bj", b"oobj", b"startxref", b"/ByteRange", b"/Byte",
    b"/ByteRange[", b"/ByteRangeX", b"/Type", b"/Type/Sig", b"/Type /Sig", b"/Type\r\n\0/Sig ",
    b"/Type/SigX", b"/Type/DocTimeStamp", b"/Type /DocTimeStamp>", b"/Sig", b"/", b"//", b" ",
    b"\n", b"x" * 61, b"x" * 64, b"y", b"\xff", b"/T", b"/B",
)  # fmt: skip

Find = Callable[[], Iterator[int]]


def _both(find: Find) -> tuple[list[int], list[int]]:
    natively = list(find())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_native_places", None)
        patch.setattr(scan, "_native_traces", None)
        return natively, list(find())


@pytest.mark.parametrize("seed", range(60))
def test_made_bytes(seed: int) -> None:
    """Words across the borders of blocks and segments, with places known and words before."""
    chance = random.Random(seed)
    for _ in range(40):
        data = b"".join(chance.choices(PIECES, k=chance.randrange(80)))
        cuts = sorted(chance.choices(range(len(data) + 9), k=4))
        segments = [(cuts[0], cuts[1]), (cuts[2], cuts[3])]
        words = [m.start() for m in re.finditer(b"obj", data)]
        known = [*chance.sample(words, k=len(words) // 2), chance.randrange(1 << 62)]

        for word, after, given in ((b"obj", b"end", known), (b"startxref", b"", [])):
            natively, python = _both(lambda: scan.places(data, segments, word, after, given))  # noqa: B023 - used at once
            assert natively == python, (data, segments)
        natively, python = _both(lambda: scan.signature_traces(data, segments))  # noqa: B023 - used at once
        assert natively == python, (data, segments)


def test_real_bytes(fixtures: Path) -> None:
    """The files of the vectors, and what is packed in them."""
    seen = 0
    for path in sorted((fixtures / "vectors").rglob("*.pdf"))[::9]:
        for data in layers(path.read_bytes()):
            whole = [(0, len(data))]
            natively, python = _both(lambda: scan.places(data, whole, b"obj", b"end"))  # noqa: B023 - used at once
            assert natively == python, path
            seen += len(natively)
            natively, python = _both(lambda: scan.signature_traces(data, whole))  # noqa: B023 - used at once
            assert natively == python, path
            seen += len(natively)
    assert seen > 500


@pytest.mark.parametrize("count", [scan._MANY - 1, scan._MANY, scan._MANY + 1, 3 * scan._MANY])
def test_more_places_than_the_library_gives_at_a_time(count: int) -> None:
    """Not one is left out or given twice where it is asked again."""
    words = list(scan.places(b"obj " * count, [(0, 4 * count)], b"obj"))
    traces = list(scan.signature_traces(b"/ByteRange " * count, [(0, 11 * count)]))

    assert words == list(range(0, 4 * count, 4))
    assert traces == list(range(0, 11 * count, 11))


def test_bytes_that_may_change_are_left_to_python() -> None:
    """A bytearray is searched all the same."""
    assert list(scan.places(bytearray(b" obj"), [(0, 4)], b"obj")) == [1]  # type: ignore[arg-type]
    assert list(scan.signature_traces(bytearray(b" /ByteRange"), [(0, 11)])) == [1]  # type: ignore[arg-type]


def test_a_word_of_one_letter_is_left_to_python() -> None:
    """Two are what the library begins with."""
    assert list(scan.places(b"7 77x7", [(0, 3), (3, 6)], b"7")) == [0, 2, 3, 5]


def test_odd_arguments_are_refused() -> None:
    """By saying so, not by reading what is not there."""
    assert native is not None
    assert native.places(b"obj", 0, 99, b"obj", b"", b"") == [0]
    assert native.places(b"obj", 9, 3, b"obj", b"", b"") == []
    assert native.places(b"obj", 0, 3, b"o", b"", b"") is None
    assert native.places(b"obj", 0, 3, b"obj", b"", b"1234567") is None
    assert native.signature_traces(b"/ByteRange", 9, 99) == []
