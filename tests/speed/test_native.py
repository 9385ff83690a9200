"""The compiled reader gives what the Python code beside it gives, or nothing (docs/adr/0010)."""

from __future__ import annotations

import gc
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigcheck.evidence.native import native
from sigcheck.evidence.pdf import Dict, HexString, PdfString, Ref, lexer
from tests.speed.alike import layers, python_alone, shape

pytestmark = pytest.mark.skipif(native is None, reason="the native parts are not built here")

Outcome = tuple[Any, ...]

PLACES = re.compile(rb"obj|<<|/|\(|\[|\n")
FRAGMENTS = (
    b"<<", b">>", b"[", b"]", b"/A", b"/B", b"/Type", b"/#41", b"/#4", b"/\xc3\xa9", b"/\xe9",
    b"/", b"(", b")", b"(a(b)c)", b"(\\101\\12\\8\\\r\n)", b"(a\rb\r\nc)", b"(\\", b"(\\)",
    b"<48 6>", b"<4x>", b"<", b">", b"<\x0b\x00>", b"0", b"-0", b"-0.0", b"+17", b"--3", b"1.5.2",
    b".5", b"-.5", b"4.", b".", b"-", b"1e5", b"00000000000000000001", b"123456789012345678",
    b"1234567890123456789", b"0.1234567890123456789", b"179769313486231570",
    b"0.30000000000000004", b"1 0 R", b"1 0 R/", b"1 0 Rx", b"10000000000 0 R", b"1 00000 R",
    b"1 000000 R", b"-1 0 R", b"1 %x\n0 R", b"1.0 0 R", b"0 0", b"true", b"false", b"null",
    b"nul", b"truer", b"R", b"endobj", b"stream", b"%c\n", b"%", b" ", b"\n", b"\0", b"\x0b",
    b"{", b"\xff",
)  # fmt: skip


def _python(function: Callable[..., Any], *arguments: Any, **named: Any) -> Outcome:
    """Return what the Python code gives, and the error or the notes by which it is unclean."""
    notes: list[str] = []
    with python_alone():
        try:
            if function is not lexer.literal_string:
                arguments = (*arguments[:2], lambda code, *_: notes.append(code), *arguments[2:])
            found = shape(function(*arguments, **named))
        except lexer.ParseError:
            return None, ["error"]
        return found, notes


def _compare(data: bytes, at: int, depth: int = 128) -> bool:
    """Read a place both ways; return whether the library took it."""
    assert native is not None
    taken = False
    for placed in (True, False):
        made = native.parse_value(data, at, depth, placed)
        if made is not None:
            taken = True
            expected = _python(lexer.parse_value, data, at, depth, placed=placed)
            assert (shape(made), []) == expected
    if (made := native.literal_string(data, at)) is not None:
        assert (shape(made), []) == _python(lexer.literal_string, data, at)
    if (made := native.value_spans(data, at, depth)) is not None:
        assert (shape(made), []) == _python(lexer.value_spans, data, at, depth)
    return taken


def _sample(paths: list[Path], count: int) -> Iterator[tuple[bytes, int]]:
    """Yield places of files where a value may begin, spread evenly."""
    for path in paths:
        for data in layers(path.read_bytes()):
            places = [match.end() for match in PLACES.finditer(data)]
            chosen = places[:: max(1, len(places) // count)]
            yield from ((data, at) for place in chosen for at in (place, place - 2) if at >= 0)


def test_every_object_of_the_vectors_is_read_alike(fixtures: Path) -> None:
    """Wherever a value may begin in our own files, and whatever the library takes."""
    paths = sorted((fixtures / "vectors").rglob("*.pdf"))

    taken = [_compare(data, at) for data, at in _sample(paths, 12)]

    assert len(taken) > 10_000


def test_the_common_object_is_taken(fixtures: Path) -> None:
    """Nearly all objects of our own files are clean: were they not taken, nothing would be won."""
    assert native is not None
    answers = [
        native.parse_value(data, header.end(), 128, True)
        for path in sorted((fixtures / "vectors").rglob("*.pdf"))
        for data in (path.read_bytes(),)
        for header in re.finditer(rb"\n\d+ 0 obj", data)
    ]

    assert sum(answer is not None for answer in answers) > 0.95 * len(answers)


@pytest.mark.corpus
@pytest.mark.slow
def test_objects_of_real_files_are_read_alike(corpus: Path) -> None:
    """The same in files that others made, and that others broke."""
    for data, at in _sample(sorted(corpus.rglob("*.pdf"))[::3], 6):
        _compare(data, at)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=3), max_size=16), st.integers(0, 4))
@settings(max_examples=1000, deadline=None, derandomize=True)
def test_made_up_values_are_read_alike(parts: list[bytes], depth: int) -> None:
    """Clean and unclean tokens in any order, at any nesting limit."""
    for data in (b" ".join(parts), b"".join(parts), b"<<" + b" ".join(parts) + b">>"):
        _compare(data, 0, depth or 128)


@given(st.data())
@settings(
    max_examples=600,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_damaged_values_are_read_alike(data: st.DataObject) -> None:
    """A value of a real file, cut short anywhere and with any byte changed."""
    whole = bytearray(data.draw(st.sampled_from(_REAL)))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(whole)) | st.just(len(whole)))

    _compare(bytes(whole[:end]), 0)


_REAL = (
    b"<</Type/Page/MediaBox[0 0 595.276 841.89]/Parent 2 0 R/Contents[4 0 R 5 0 R]/Annots[]>>",
    b"<< /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 10 20 30] /Contents <30820aF0>\n/M(D:2)>>",
    b"<</T(\xfe\xff\\000A\\(\\)\\\\(in)ner)/F 1/Kids[<</A null/B true/C -12/D +.50>>]%c\r\n/V()>>",
    b"[/DeviceN[/A#20B/Sep]/DeviceCMYK 12 0 R<</Colorants<</X[.1 .2 -0 -0.0]>>>>]",
)


def test_random_bytes_do_no_harm() -> None:
    """Whatever bytes and numbers come: an answer that is Python's own, or none."""
    assert native is not None
    source = random.Random(5)
    for _ in range(20_000):
        data = source.choice((b"<<", b"[", b"(", b"<", b"")) + source.randbytes(40)
        _compare(data, source.choice((0, 0, 0, 1, 39, 40, 1 << 40)))
    for odd in (-1, 1 << 70, -(1 << 70)):
        assert native.parse_value(b"1", odd, 1, True) is None
        assert native.parse_value(b"[1]", 0, odd, True) is None


@pytest.mark.parametrize("data", [bytearray(b"1 "), memoryview(b"1 "), "1 ", None, 1])
def test_only_bytes_are_taken(data: object) -> None:
    """What may change while it is read, or is no data at all, is left to Python."""
    assert native is not None
    assert native.parse_value(data, 0, 128, True) is None
    assert native.literal_string(data, 0) is None
    assert native.value_spans(data, 0, 128) is None


@pytest.mark.parametrize("name", ["setup", "parse_value", "literal_string", "value_spans"])
def test_wrong_calls_are_refused(name: str) -> None:
    """Too few arguments or of the wrong kind raise, as they do in Python."""
    function = getattr(native, name)
    with pytest.raises(TypeError):
        function()
    with pytest.raises(TypeError):
        function(*[int] * 7)


def test_nothing_is_left_behind() -> None:
    """What was read, and what was given up half-way, goes when nobody holds it."""
    assert native is not None
    broken = [whole[:end] for whole in _REAL for end in range(len(whole))]
    everything = [*_REAL, *broken, b"[" * 300, b"<</A 1/A 2>>", b"<</A[1.5(x)<41>/" + b"n" * 50]

    def round_trip() -> None:
        for data in everything:
            native.parse_value(data, 0, 128, True)
            native.literal_string(data, 2)
            native.value_spans(data, 0, 128)

    def settled() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    round_trip()
    before = settled()
    for _ in range(100):
        round_trip()

    assert settled() - before < 100


def test_a_second_copy_of_the_package_does_without() -> None:
    """The classes are registered once: whoever comes later is told so."""
    assert native is not None
    kinds = (Ref, PdfString, HexString, Dict)
    assert native.setup(lexer.name, *kinds) is None
