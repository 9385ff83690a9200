"""Objects and cross-references come out alike, natively read or not: values, places, notes."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.native import native
from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.context import Context
from sigcheck.evidence.pdf.indirect import IndirectReader
from sigcheck.evidence.pdf.lexer import ParseError
from sigcheck.evidence.pdf.predictors import PredictorError, undo_predictor
from sigcheck.evidence.pdf.xref import XrefError, XrefReader
from sigcheck.model.limits import Limits
from tests.speed.alike import python_alone, shape

pytestmark = pytest.mark.skipif(native is None, reason="the native parts are not built here")

Read = Callable[[Context], object]

HEADER = re.compile(rb"(?<=\n)\d{1,9} \d{1,5} obj")
KEYWORD = re.compile(rb"\nxref|/XRef\b")
LIMITS = Limits(max_objects=5_000)


def _outcome(data: bytes, base: int, read: Read) -> object:
    context = Context(data, Budget(LIMITS), base)
    try:
        found = shape(read(context))
    except (ParseError, XrefError, LimitExceededError) as error:
        found = type(error), str(error)
    return found, context.anomalies, context.budget._scanned, context.budget._objects


def _compare(data: bytes, read: Read, base: int = 0) -> None:
    with python_alone():
        expected = _outcome(data, base, read)
    assert _outcome(data, base, read) == expected


def _object(at: int) -> Read:
    return lambda context: IndirectReader(context).read(at, lambda value: value)


def _section(at: int, *, lenient: bool = False) -> Read:
    def read(context: Context) -> object:
        found = XrefReader(IndirectReader(context), lenient=lenient).read(at)
        entries = list(found.entries.items())
        return found.offset, found.end, found.kind, entries, found.trailer, found.spans

    return read


def _files(folder: Path, each: int) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted(folder.rglob("*.pdf"))[::each])


def _headers(data: bytes, count: int) -> list[int]:
    """Return where some of a file's objects begin, its last ones too."""
    found = [header.start() for header in HEADER.finditer(data)]
    return found[:: max(1, len(found) // count)]


def _sections(data: bytes) -> Iterator[int]:
    """Yield where cross-references begin."""
    for keyword in KEYWORD.finditer(data):
        at = keyword.start()
        table = data[at : at + 1] == b"\n"
        yield at + 1 if table else data.rfind(b"\n", 0, data.rfind(b" obj", 0, at)) + 1


def test_objects_of_the_vectors_are_found_alike(fixtures: Path) -> None:
    """With their headers, their streams and what of them is noted."""
    for data in _files(fixtures / "vectors", 3):
        for at in _headers(data, 12):
            _compare(data, _object(at))
            _compare(data, _object(at - 1))


def test_sections_of_the_vectors_are_read_alike(fixtures: Path) -> None:
    """Tables, streams and hybrids."""
    count = 0
    for data in _files(fixtures / "vectors", 2):
        for at in _sections(data):
            count += 1
            _compare(data, _section(at))
    assert count > 200


@pytest.mark.corpus
@pytest.mark.slow
def test_real_files_are_read_alike(corpus: Path) -> None:
    """The same in files that others made, and that others broke."""
    for data in _files(corpus, 5):
        for at in list(_sections(data))[:4]:
            _compare(data, _section(at), base=data.find(b"%PDF") % 7)
        for at in _headers(data, 4):
            _compare(data, _object(at))


_OBJECTS = st.lists(
    st.sampled_from(
        b"1 0 obj| |\n|0000000012 00007 obj|<</Length 3>>|<</Length -1>>|<</Length 2 0 R>>|<<>>|"
        b"(x)|7|stream|\r\n|\r|abc|%c\n|endstream|\nendstream|endobj|123456 obj|1 0 R|        |"
        b"                                ".split(b"|")
    ),
    max_size=14,
)


@given(_OBJECTS)
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_made_up_objects_are_found_alike(parts: list[bytes]) -> None:
    """Headers, values and keywords in any order."""
    _compare(b"".join(parts), _object(0))
    _compare(b"1 0 obj<</Length 3>>stream\nabc" + b"".join(parts), _object(0))


_ROWS = st.lists(
    st.sampled_from((
        b"0000000000 65535 f \n", b"0000000000 65535 f\r\n", b"0000000007 00000 n \n",
        b"0000000007 00001 n \r", b"0000000000 00000 n \n", b"9999999999 99999 n \n",
        b"0000000003 00000 f \n", b"000000007 00000 n \n", b"0000000007 00000 x \n",
        b"0000000007 00000 n\n", b"0000000007  0000 n \n", b"0000000030 00000 n  ",
    )),
    max_size=6,
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 1), _ROWS), max_size=4))
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_made_up_tables_are_read_alike(sections: list[tuple[int, int, list[bytes]]]) -> None:
    """Subsections that overlap, start wrongly, count wrongly or have odd rows."""
    data = b"%PDF-1\n1 0 obj<<>>endobj\n0 0 obj 4 endobj xref\n"
    start = data.index(b"xref")
    for first, surplus, rows in sections:
        data += b"%d %d\n" % (first, max(0, len(rows) + surplus)) + b"".join(rows)
    data += b"trailer<</Size 3>>"
    for base in (0, 7):
        _compare(data, _section(start), base)


@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=4),
    st.lists(st.integers(0, 12), max_size=4),
    st.integers(0, 2**32),
)
@settings(max_examples=800, deadline=None, derandomize=True)
def test_made_up_streams_are_read_alike(widths: list[int], index: list[int], seed: int) -> None:
    """Any widths and any /Index over rows of any bytes."""
    source = random.Random(seed)
    row = sum(widths)
    rows = b"".join(
        source.choice((b"\0", b"\1", b"\2", b"\3"))[: widths[0]] + source.randbytes(row)
        for _ in range(9)
    )
    packed = zlib.compress(rows)
    head = b"5 0 obj<</Type/XRef/Size 9/W%a/Filter/FlateDecode" % widths
    head += b"/Index%a" % index if index else b""
    head += b"/Length %d>>stream\n" % len(packed)
    _compare(head + packed + b"\nendstream endobj", _section(0))


@pytest.mark.parametrize("rows", [4_999, 5_001])
def test_the_limit_on_objects_holds_either_way(rows: int) -> None:
    """A table and a stream of more entries than allowed are refused alike."""
    table = b"xref\n0 %d\n" % rows + b"0000000007 00000 n \n" * rows + b"trailer<<>>"
    _compare(table, _section(0))
    numbers = b"".join(struct.pack(">BHB", 2, index, 3) for index in range(rows))
    head = b"5 0 obj<</Type/XRef/Size %d/W[1 2 1]/Length %d>>stream\n" % (rows, len(numbers))
    _compare(head + numbers + b"\nendstream endobj", _section(0))


@given(st.binary(max_size=120), st.integers(1, 9), st.integers(1, 3), st.booleans())
@settings(max_examples=1500, deadline=None, derandomize=True)
def test_predictors_are_undone_alike(data: bytes, columns: int, colors: int, tame: bool) -> None:
    """Rows of every predictor, of none that there is, and cut short."""
    if tame:
        stride = columns * colors + 1
        data = bytes(b % 5 if i % stride == 0 else b for i, b in enumerate(data))
        data = data[: len(data) // stride * stride]
    parms = {"Predictor": 15, "Columns": columns, "Colors": colors}

    def undone() -> bytes | str:
        try:
            return undo_predictor(data, parms)
        except PredictorError as error:
            return str(error)

    with python_alone():
        expected = undone()
    assert undone() == expected
