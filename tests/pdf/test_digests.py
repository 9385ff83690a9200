"""One pass over the file for all ranges gives what hashing each by itself gives."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.evidence.pdf import digests
from tests.pdf.builder import open_pdf, signed

DATA = bytes(range(256)) * 40


@st.composite
def _ranges(draw: st.DrawFn) -> tuple[int, int, int]:
    a, b, end = sorted(draw(st.lists(st.integers(0, len(DATA)), min_size=3, max_size=3)))
    return a, b, end - b


@given(
    st.lists(_ranges(), max_size=6),
    st.data(),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_every_range_has_its_own_digest(
    ranges: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Whatever the order of the ranges and the algorithms beside them."""
    names = [data.draw(st.sampled_from(["sha1", "sha256", "sha3_256"])) for _ in ranges]

    expected = [
        hashlib.new(name, DATA[:a] + DATA[b : b + c]).digest()
        for name, (a, b, c) in zip(names, ranges, strict=True)
    ]

    assert digests(DATA, ranges, names) == expected


@pytest.mark.parametrize("wrong", [(0, 5, len(DATA)), (9, 5, 1), (-1, 5, 1), (0, 5, -1)])
def test_a_range_outside_the_file_has_no_digest(wrong: tuple[int, int, int]) -> None:
    """A short read never becomes a digest, and does not disturb the others."""
    whole = (5, 5, len(DATA) - 5)

    assert digests(DATA, [wrong, whole], ["sha256"] * 2) == [None, hashlib.sha256(DATA).digest()]


def test_unknown_algorithms_have_no_digest() -> None:
    """What hashlib doesn't know is nobody's digest; SHAKE has the length of RFC 8702."""
    names = ["md17", "", "shake_256"]

    found = digests(DATA, [(3, 4, 5)] * 3, names)

    assert found[:2] == [None, None]
    assert found[2] == hashlib.shake_256(DATA[:3] + DATA[4:9]).digest(64)


def test_the_files_own_digest_comes_out_of_the_same_pass() -> None:
    """It is the digest of every byte, whether or not ranges were asked for."""
    data = bytes(signed(2)[0]) + b"\n"
    asked, alone = open_pdf(data), open_pdf(data)

    (found,) = asked.digests([(10, 20, 30)], ["sha256"])

    assert found == hashlib.sha256(data[:10] + data[20:50]).digest()
    assert asked.sha256 == alone.sha256 == hashlib.sha256(data).hexdigest()
