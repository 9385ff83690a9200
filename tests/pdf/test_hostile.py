"""Files made to hang, crash or exhaust the reader end in a limit or an anomaly."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.errors import (
    DamagedError,
    EmptyFileError,
    LimitExceededError,
    NotAPdfError,
    SigcheckError,
)
from sigcheck.evidence.pdf import (
    PdfDocument,
    Ref,
    audit,
    byte_range_facts,
    signature_dictionaries,
)
from tests.pdf.builder import FORM_CATALOG, Pdf, codes, open_pdf, signed


def _read_all(data: bytes, **limits: float) -> PdfDocument:
    """Do with a file everything the layers above do."""
    document = open_pdf(data, **limits)
    for location in signature_dictionaries(document):
        byte_range_facts(document, location)
    audit(document)
    for revision in document.revisions:
        view = document.view(revision.number)
        view.pages()
        for num in list(revision.entries)[:1_000]:
            view.object(num)
    return document


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyFileError),
        (b"hello", NotAPdfError),
        (b"\0" * 5000, NotAPdfError),
        (b"%PDF-1.7\n", DamagedError),
        (b"%PDF-1.7\nstartxref\n0\n%%EOF", DamagedError),
        (b"%PDF-1.7\nstartxref\n99999999999999999999\n%%EOF", DamagedError),
        (b"%PDF-1.7\n1 0 obj << /Type /Catalog", DamagedError),
    ],
)
def test_what_cannot_be_read_says_so(data: bytes, error: type[SigcheckError]) -> None:
    """Each kind of unreadable file has its own error."""
    with pytest.raises(error):
        open_pdf(data)


def test_a_file_too_large_is_refused_by_its_size() -> None:
    """Before a byte of it is read."""
    with pytest.raises(LimitExceededError) as caught:
        open_pdf(bytes(100), max_file_size=99)

    assert caught.value.code == "LIMIT-FILE-SIZE"


def test_deep_nesting_is_a_limit_that_is_named() -> None:
    """A million brackets: nothing is said of a document of which a part was not read."""
    pdf, _ = signed(1)
    pdf.add(30, b"[" * 1_000_000)
    pdf.table()
    with pytest.raises(LimitExceededError) as caught:
        _read_all(bytes(pdf))

    assert caught.value.code == "LIMIT-NESTING"


def test_a_length_that_needs_itself_is_cut() -> None:
    """/Length that refers to its own stream, or to a ring of streams."""
    pdf = Pdf().basics()
    pdf.add(4, b"<< /Length 4 0 R >>\nstream\nabc\nendstream")
    for num in range(100, 300):
        pdf.add(num, b"<< /Length %d 0 R >>\nstream\nabc\nendstream" % (num + 1))
    pdf.table()
    document = _read_all(bytes(pdf))

    assert "object-needs-itself" in codes(document)


def test_a_ring_of_references_is_null() -> None:
    """References that lead to each other end."""
    pdf = Pdf().basics()
    pdf.add(4, b"5 0 R")
    pdf.add(5, b"4 0 R")
    pdf.table()
    document = open_pdf(bytes(pdf))

    assert document.view().get(Ref(4, 0)) is None
    assert "reference-loop" in codes(document)


def test_a_page_tree_that_bites_its_tail_is_cut() -> None:
    """A node listed again, or above itself, counts once."""
    pdf = Pdf()
    pdf.basics()
    pdf.add(2, b"<< /Type /Pages /Kids [3 0 R 2 0 R 3 0 R 4 0 R] >>")
    pdf.add(4, b"<< /Type /Pages /Kids [2 0 R 4 0 R] >>")
    pdf.table()
    document = open_pdf(bytes(pdf))

    assert len(document.view().pages()) == 1
    assert "page-tree-loop" in codes(document)


def test_an_object_stream_inside_itself_is_cut() -> None:
    """A stream whose own entry says that it lies in itself."""
    pdf = Pdf().basics()
    pdf.object_stream(5, {7: b"1"})
    pdf.xref_stream(6, {7: (5, 0), 5: (5, 1)})
    document = _read_all(bytes(pdf))

    assert document.view().object(7) is None
    assert "object-stream-missing" in codes(document)


def test_fields_in_a_ring_are_cut() -> None:
    """/Kids that lead back to their parents."""
    pdf = Pdf().basics(FORM_CATALOG % b"5 0 R")
    pdf.add(5, b"<< /T (a) /FT /Sig /Kids [6 0 R] >>")
    pdf.add(6, b"<< /T (b) /Kids [5 0 R 6 0 R] /V 8 0 R >>")
    pdf.signature(8)
    pdf.table()

    (location,) = signature_dictionaries(open_pdf(bytes(pdf)))

    assert location.field_name == "a.b"


def test_a_bomb_in_an_object_stream_is_a_limit() -> None:
    """100 MiB in 100 kB stops at the limit on one stream."""
    pdf = Pdf().basics()
    body = zlib.compress(bytes(100 << 20), 9)
    pdf.stream(5, body, b"/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode")
    pdf.xref_stream(6, {7: (5, 0)})

    with pytest.raises(LimitExceededError) as caught:
        open_pdf(bytes(pdf)).view().object(7)

    assert caught.value.code == "LIMIT-STREAM-SIZE"


def test_time_is_a_limit() -> None:
    """Whatever takes too long ends with its own code."""
    pdf = Pdf().basics()
    for num in range(10, 2_000):
        pdf.add(num, b"1")
    pdf.table()

    with pytest.raises(LimitExceededError) as caught:
        _read_all(bytes(pdf), max_seconds=0.0)

    assert caught.value.code == "LIMIT-TIME"


def _unending_streams(count: int) -> bytes:
    pdf = Pdf().basics()
    for num in range(10, 10 + count):
        pdf.add(num, b"<< /Length 9999999 >>\nstream\nabc")
    return bytes(pdf.table())


def _stray_headers(count: int) -> bytes:
    return bytes(signed(1)[0]) + b"7 0 obj " * count


def _broken_traces(count: int) -> bytes:
    pdf = Pdf().basics()
    for num in range(10, 10 + count):
        pdf.add(num, b"[/ByteRange /ByteRange /Type /Sig]")
    return bytes(pdf.table())


def _long_field_list(count: int) -> bytes:
    pdf = Pdf().basics(FORM_CATALOG % (b"5 0 R " * count))
    pdf.field(5, None, b"F")
    return bytes(pdf.table())


def _duplicate_keys(count: int) -> bytes:
    pdf = Pdf().basics()
    pdf.add(9, b"<<" + b"".join(b"/K%d 1 /K%d 2 " % (i, i) for i in range(count)) + b">>")
    return bytes(pdf.table())


def _broken_everywhere(count: int) -> bytes:
    return b"%PDF-1.7\n" + b"1 0 obj << /Length 5 >> stream\n" * count + b"trailer <<"


@pytest.mark.parametrize(
    "make",
    [
        _unending_streams,
        _stray_headers,
        _broken_traces,
        _long_field_list,
        _duplicate_keys,
        _broken_everywhere,
    ],
)
def test_cost_grows_in_a_straight_line(make: Callable[[int], bytes]) -> None:
    """Eight times the size costs nowhere near sixty-four times the time."""
    small, large = make(500), make(4_000)

    assert _seconds(large) < 24 * _seconds(small) + 0.05


def _seconds(data: bytes) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        _survives(data)
        best = min(best, time.perf_counter() - start)
    return best


_SEED, _ = signed(2)
_SEED_BYTES = bytes(_SEED)


def _packed_seed() -> bytes:
    pdf = Pdf().basics()
    pdf.object_stream(5, {7: b"<< /A [1 2 (x)] >>"})
    pdf.xref_stream(6, {7: (5, 0)})
    pdf.add(8, b"1")
    return bytes(pdf.xref_stream(9))


_SEEDS = (_SEED_BYTES, _packed_seed())


@given(
    st.sampled_from(_SEEDS),
    st.lists(
        st.tuples(st.integers(0, 10_000), st.binary(min_size=0, max_size=12), st.integers(0, 12)),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_no_change_of_bytes_makes_the_reader_stumble(
    seed: bytes, edits: list[tuple[int, bytes, int]]
) -> None:
    """Replaced, inserted and deleted bytes give facts or one of our own errors."""
    data = bytearray(seed)
    for at, new, removed in edits:
        start = at % (len(data) or 1)
        data[start : start + removed] = new

    _survives(bytes(data))


@pytest.mark.parametrize("seed", _SEEDS)
def test_no_truncation_makes_the_reader_stumble(seed: bytes) -> None:
    """A file cut anywhere gives facts or one of our own errors."""
    for end in range(0, len(seed), 7):
        _survives(seed[:end])


def _survives(data: bytes) -> None:
    try:
        _read_all(data)
    except SigcheckError:
        return


def test_clean_objects_inside_one_another_cost_too_much() -> None:
    """Each a string that holds the next: every byte belongs to thousands of them."""
    count = 2_500
    pdf = Pdf().basics()
    for num in range(4, count):
        pdf.offsets[num] = pdf.raw(b"%d 0 obj\n(" % num)
    pdf.raw(b")\nendobj\n" * (count - 4))
    pdf.size = count
    view = open_pdf(bytes(pdf.table().data)).view()

    with pytest.raises(LimitExceededError) as stopped:
        [view.object(num) for num in range(4, count)]

    assert stopped.value.code == "LIMIT-TIME"
