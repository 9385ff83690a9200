"""Predictor functions of the Flate and LZW filters (ISO 32000-2, 7.4.4.4)."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from itertools import accumulate

_TIFF, _BYTE = 2, 8
_SUB, _UP, _AVERAGE, _PAETH = 1, 2, 3, 4
_MAX_COLUMNS = 1 << 20
_MAX_COLORS = 32


class PredictorError(ValueError):
    """The predictor's parameters make no sense."""


def undo_predictor(data: bytes, parms: Mapping[str, object]) -> bytes:
    """Undo the predictor that /DecodeParms names; raises PredictorError."""
    predictor = _number(parms, "Predictor", 1)
    if predictor <= 1:
        return data
    colors, bits = _number(parms, "Colors", 1), _number(parms, "BitsPerComponent", 8)
    columns = _number(parms, "Columns", 1)
    if not (1 <= colors <= _MAX_COLORS and bits in (1, 2, 4, 8, 16)):
        raise PredictorError("colors or bits")
    if not 1 <= columns <= _MAX_COLUMNS:
        raise PredictorError("columns")
    pixel = max(1, colors * bits // 8)
    row = (colors * bits * columns + 7) // 8
    if predictor == _TIFF:
        return _tiff(data, row, pixel, bits)
    return _png(data, row, pixel)


def _number(parms: Mapping[str, object], key: str, default: int) -> int:
    value = parms.get(key, default)
    return value if isinstance(value, int) else default


def _tiff(data: bytes, row: int, pixel: int, bits: int) -> bytes:
    if bits != _BYTE:
        raise PredictorError("TIFF predictor with other than 8 bits")
    out = bytearray(data)
    for start in range(0, len(out), row):
        for i in range(start + pixel, min(start + row, len(out))):
            out[i] = (out[i] + out[i - pixel]) & 0xFF
    return bytes(out)


def _png(data: bytes, row: int, pixel: int) -> bytes:
    stride = row + 1
    if not len(data) % stride and data[::stride].count(_UP) == len(data) // stride:
        return _all_up(data, row)
    out = bytearray()
    above = bytes(row)
    for start in range(0, len(data), row + 1):
        line = bytearray(data[start + 1 : start + 1 + row])
        line.extend(bytes(row - len(line)))
        _png_row(data[start], line, above, pixel)
        out += line
        above = bytes(line)
    missing = -len(data) % (row + 1)
    return bytes(out[: len(out) - missing]) if missing else bytes(out)


_LOWEST = 0 if sys.byteorder == "little" else 7
"""Place of the lowest byte in an integer of eight."""
_BLOCK = 32
_MANY = 512
"""Rows from which on blocks pay."""


def _all_up(data: bytes, row: int) -> bytes:
    """Undo `up` on every row, by columns: nearly every cross-reference stream is like this."""
    columns = [data[column :: row + 1] for column in range(1, row + 1)]
    if len(columns[0]) >= _MANY:
        columns = _summed_in_blocks(columns)
    else:
        columns = [_summed(column) for column in columns]
    out = bytearray(len(data) // (row + 1) * row)
    for place, column in enumerate(columns):
        out[place::row] = column
    return bytes(out)


def _summed(column: bytes) -> bytes:
    """Return the sum of all bytes up to each, modulo 256."""
    return array("Q", accumulate(column)).tobytes()[_LOWEST::8]


def _summed_in_blocks(columns: list[bytes]) -> list[bytes]:
    """Do as `_summed` with columns of one length: cut into blocks, and summed in all at once.

    The bytes at one place of every block make one large number, to which those at the next are
    added byte by byte: the highest bits apart, so that nothing is carried into the neighbour.
    """
    count = len(columns[0])
    blocks = -(-count // _BLOCK)
    size = blocks * len(columns)
    padded = b"".join([column.ljust(blocks * _BLOCK, b"\0") for column in columns])
    steps = [int.from_bytes(padded[place::_BLOCK], "little") for place in range(_BLOCK)]
    low, high = (int.from_bytes(byte * size, "little") for byte in (b"\x7f", b"\x80"))
    total = 0
    for step in steps:
        total = ((total & low) + (step & low)) ^ ((total ^ step) & high)
    totals = total.to_bytes(size, "little")
    # Each block starts where the one before ends, the first of a column at nothing.
    ends = [_summed(totals[at : at + blocks]) for at in range(0, size, blocks)]
    total = int.from_bytes(b"".join([b"\0" + end[:-1] for end in ends]), "little")
    out = bytearray(len(padded))
    for place, step in enumerate(steps):
        total = ((total & low) + (step & low)) ^ ((total ^ step) & high)
        out[place::_BLOCK] = total.to_bytes(size, "little")
    return [bytes(out[at : at + count]) for at in range(0, len(out), blocks * _BLOCK)]


def _png_row(kind: int, line: bytearray, above: bytes, pixel: int) -> None:
    if kind == _UP:
        line[:] = bytes([(a + b) & 0xFF for a, b in zip(line, above, strict=True)])
    elif kind == _SUB:
        for i in range(pixel, len(line)):
            line[i] = (line[i] + line[i - pixel]) & 0xFF
    elif kind == _AVERAGE:
        for i in range(len(line)):
            left = line[i - pixel] if i >= pixel else 0
            line[i] = (line[i] + (left + above[i]) // 2) & 0xFF
    elif kind == _PAETH:
        _paeth_row(line, above, pixel)
    elif kind != 0:
        raise PredictorError(f"row filter {kind}")


def _paeth_row(line: bytearray, above: bytes, pixel: int) -> None:
    for i in range(len(line)):
        left = line[i - pixel] if i >= pixel else 0
        corner = above[i - pixel] if i >= pixel else 0
        up = above[i]
        estimate = left + up - corner
        to_left, to_up, to_corner = (
            abs(estimate - left),
            abs(estimate - up),
            abs(estimate - corner),
        )
        if to_left <= to_up and to_left <= to_corner:
            best = left
        else:
            best = up if to_up <= to_corner else corner
        line[i] = (line[i] + best) & 0xFF
