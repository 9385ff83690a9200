"""Stream filters against independent encoders, and against bombs."""

from __future__ import annotations

import base64
import random
import zlib
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.filters import FilterError, FilterStep, apply_filters, filter_steps
from sigcheck.model.policy import Limits

DATA = b"sigcheck " * 40 + bytes(range(256))


def _decode(data: bytes, *names: str, **parms: object) -> bytes:
    steps = tuple(FilterStep(name, parms) for name in names)
    return apply_filters(data, steps, Budget(Limits(max_stream_expansion=1 << 20)))


def test_encodings_of_the_standard_library_are_undone() -> None:
    """What zlib, base64 and hex wrote is read back."""
    assert _decode(zlib.compress(DATA), "FlateDecode") == DATA
    assert _decode(base64.a85encode(DATA) + b"~>", "ASCII85Decode") == DATA
    assert _decode(base64.a85encode(bytes(9)), "ASCII85Decode") == bytes(9)
    assert _decode(DATA.hex().encode() + b">", "ASCIIHexDecode") == DATA


def test_filters_apply_in_the_order_written() -> None:
    """The first filter named is the last one applied when writing (7.4.1)."""
    data = base64.a85encode(zlib.compress(DATA))

    assert _decode(data, "ASCII85Decode", "FlateDecode") == DATA


def test_run_lengths_are_undone() -> None:
    """Literal runs, repeated bytes and the end marker (7.4.5)."""
    assert _decode(b"\x02abc\xfed\x80ignored", "RunLengthDecode") == b"abcddd"


def test_the_lzw_example_of_the_standard_is_decoded() -> None:
    """ISO 32000-2, 7.4.4.2, example 1."""
    data = bytes.fromhex("800B6050220C0C8501")

    assert _decode(data, "LZWDecode") == bytes([45, 45, 45, 45, 45, 65, 45, 45, 45, 66])


@pytest.mark.parametrize("kind", range(5))
@given(st.binary(min_size=1, max_size=60))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_png_predictors_are_undone(kind: int, data: bytes) -> None:
    """Rows filtered as the PNG specification says come back."""
    columns, pixel = 6, 2
    data += bytes(-len(data) % columns)
    rows = [data[i : i + columns] for i in range(0, len(data), columns)]
    filtered = b"".join(
        bytes((kind,)) + _png_filter(kind, row, rows[i - 1] if i else bytes(columns), pixel)
        for i, row in enumerate(rows)
    )

    decoded = _decode(zlib.compress(filtered), "FlateDecode", Predictor=15, Columns=3, Colors=2)

    assert decoded == data


@pytest.mark.parametrize("count", [511, 512, 513, 544, 2_000])
@pytest.mark.parametrize("columns", [1, 5])
def test_many_rows_are_summed_as_few_are(count: int, columns: int) -> None:
    """The filter of cross-reference streams, with rows enough for whole blocks of them."""
    data = random.Random(count).randbytes(count * columns - columns) + b"\xff" * columns
    rows = [data[i : i + columns] for i in range(0, len(data), columns)]
    filtered = b"".join(
        b"\2" + _png_filter(2, row, rows[i - 1] if i else bytes(columns), 1)
        for i, row in enumerate(rows)
    )

    assert _decode(zlib.compress(filtered), "FlateDecode", Predictor=12, Columns=columns) == data


def _png_filter(kind: int, row: bytes, above: bytes, pixel: int) -> bytes:
    out = bytearray()
    for i, value in enumerate(row):
        a = row[i - pixel] if i >= pixel else 0
        b = above[i]
        c = above[i - pixel] if i >= pixel else 0
        nearest = min((a, b, c), key=lambda v: abs(a + b - c - v))
        out.append((value - (0, a, b, (a + b) // 2, nearest)[kind]) & 0xFF)
    return bytes(out)


def test_the_tiff_predictor_is_undone() -> None:
    """Differences along a row (predictor 2)."""
    data = zlib.compress(bytes([1, 1, 1, 250, 10, 10]))

    assert _decode(data, "FlateDecode", Predictor=2, Columns=3) == bytes([1, 2, 3, 250, 4, 14])


def test_damaged_data_give_what_came_before_the_damage() -> None:
    """Viewers show what they could inflate; so does the reader."""
    whole = b"".join(sha256(bytes((i,))).digest() for i in range(200))
    data = zlib.compress(whole)

    decoded = _decode(data[: len(data) // 2] + b"\xff" * 99, "FlateDecode")

    assert decoded[:2_000] == whole[:2_000]
    with pytest.raises(FilterError):
        _decode(b"not zlib at all", "FlateDecode")


def test_an_unknown_filter_is_said() -> None:
    """Images in JPEG are not decoded here, and never taken for decoded."""
    with pytest.raises(FilterError):
        _decode(b"", "DCTDecode")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (zlib.compress(bytes(2 << 20)), "FlateDecode"),
        (b"\x81\0" * 20_000, "RunLengthDecode"),
        (b"z" * 300_000, "ASCII85Decode"),
    ],
)
def test_a_bomb_stops_at_the_limit(data: bytes, name: str) -> None:
    """One stream may not expand beyond its limit, whatever the filter."""
    with pytest.raises(LimitExceededError) as caught:
        _decode(data, name)

    assert caught.value.code == "LIMIT-STREAM-SIZE"


def test_many_small_bombs_stop_at_the_total() -> None:
    """Streams that stay below their own limit count together."""
    budget = Budget(Limits(max_total_expansion=1 << 20))
    data = zlib.compress(bytes(300_000))
    step = FilterStep("FlateDecode", {})
    for _ in range(3):
        apply_filters(data, (step,), budget)

    with pytest.raises(LimitExceededError) as caught:
        apply_filters(data, (step,), budget)

    assert caught.value.code == "LIMIT-EXPANSION"


def test_a_chain_of_filters_is_bounded() -> None:
    """Each further filter multiplies a bomb."""
    with pytest.raises(FilterError):
        filter_steps({"Filter": ["FlateDecode"] * 50}, lambda value: value)


@given(st.binary(max_size=120), st.sampled_from(["LZWDecode", "RunLengthDecode", "ASCII85Decode"]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_bytes_make_a_filter_stumble(data: bytes, name: str) -> None:
    """Arbitrary bytes decode to something."""
    assert isinstance(_decode(data, name), bytes)


def test_nothing_more_is_expanded_once_the_total_was_reached() -> None:
    """Whoever goes on after the limit gets the same answer, and no stream without bounds."""
    budget = Budget(Limits(max_total_expansion=1 << 20))
    data = zlib.compress(bytes(8 << 20))
    step = FilterStep("FlateDecode", {})

    for _ in range(3):
        with pytest.raises(LimitExceededError) as caught:
            apply_filters(data, (step,), budget)
        assert caught.value.code == "LIMIT-EXPANSION"
        assert budget.expansion_left == 0
