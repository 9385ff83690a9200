"""Entries made when they are asked for are those a reading of the whole stream makes."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.evidence.pdf import Entry, EntryKind
from sigcheck.evidence.pdf.xref import PackedEntries, _spelt
from tests.pdf.builder import Pdf, open_pdf

_SIZES = [[1, 2, 1], [1, 4, 2], [1, 3, 0], [1, 0, 2], [1, 8, 8], [1, 2, 1, 2]]


@st.composite
def _streams(draw: st.DrawFn) -> tuple[bytes, list[int], list[range], int]:
    sizes = draw(st.sampled_from(_SIZES))
    lengths = draw(st.lists(st.integers(0, 80), min_size=1, max_size=5))
    gaps = draw(st.lists(st.integers(0, 9), min_size=5, max_size=5))
    ranges, at = [], 0
    for length, gap in zip(lengths, gaps, strict=False):
        ranges.append(range(at + gap, at + gap + length))
        at += gap + length
    chance = draw(st.randoms(use_true_random=False))
    surplus = draw(st.integers(0, 3))
    kinds = draw(st.sampled_from([b"\2", b"\2\2\2\1", b"\0\1\2\3"]))
    alike = chance.randbytes(sum(sizes) - 1)
    rows = [
        bytes([chance.choice(kinds)])
        + (alike if chance.random() < 0.7 else chance.randbytes(len(alike)))
        for _ in range(sum(lengths) + surplus)
    ]
    return b"".join(rows), sizes, draw(st.permutations(ranges)), draw(st.integers(0, 9))


@given(_streams())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_each_entry_is_what_the_whole_reading_makes(
    stream: tuple[bytes, list[int], list[range], int],
) -> None:
    """Whatever the widths, the kinds and the order of the ranges."""
    rows, sizes, ranges, base = stream
    numbers = [*chain.from_iterable(ranges)]
    count = len(rows) // sum(sizes)
    expected = _spelt(rows[: count * sum(sizes)], sizes, numbers, base)
    if not PackedEntries.suit(ranges, sizes):
        return
    packed = PackedEntries(rows, sizes, ranges, base, lambda: expected)

    of_kind = {kind: [e for e in expected.values() if e.kind is kind] for kind in EntryKind}

    assert [packed.get(num) for num in range(max(numbers) + 3)] == [
        expected.get(num) for num in range(max(numbers) + 3)
    ]
    assert packed.placed() == of_kind[EntryKind.OFFSET]
    assert packed.containers() == {e.container for e in of_kind[EntryKind.COMPRESSED]}
    assert [*packed] == [*expected] == numbers
    assert len(packed) == len(expected)


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [range(10)],
        [range(100), range(50, 60)],
        [range(50), range(49, 100)],
        [range(n * 10, n * 10 + 10) for n in range(17)],
    ],
)
def test_entries_that_do_not_suit(ranges: list[range]) -> None:
    """Too few, a number twice, ranges without end: those are read in one go."""
    assert not PackedEntries.suit(ranges, [1, 2, 1])
    assert not PackedEntries.suit([range(100)], [2, 2, 1])


def test_a_long_stream_is_read_like_a_short_one() -> None:
    """Objects of a document with enough entries, its later revisions, and what they change."""
    members = {num: b"(%d)" % num for num in range(10, 110)}
    pdf = Pdf().basics()
    pdf.object_stream(5, members)
    pdf.xref_stream(6, {num: (5, i) for i, num in enumerate(members)})
    pdf.add(20, b"(again)")
    pdf.table()
    document = open_pdf(bytes(pdf))
    first, last = document.view(1), document.view()

    assert isinstance(document.revisions[0].entries, PackedEntries)
    assert [first.object(num) for num in members] == [b"%d" % num for num in members]
    assert (last.object(20), last.object(21)) == (b"again", b"21")
    assert set(document.revisions[1].changed) == {20}
    assert document.revisions[0].entries[20] == Entry(20, 0, EntryKind.COMPRESSED, 0, 5, 10)
    assert document.anomalies == []
