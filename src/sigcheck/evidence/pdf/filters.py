"""Stream filters and their predictors (ISO 32000-2, 7.4), bounded against expansion bombs."""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from binascii import Error as BinasciiError
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import NamedTuple

from sigcheck.evidence.pdf.budget import Budget

_CLEAR = 256
_END = 257
_MAX_WIDTH = 12


def lzw_decode(data: bytes, room: int, *, early: bool = True) -> bytes:
    """Decode at most a little over `room` bytes; codes that make no sense end the data."""
    out = bytearray()
    table: list[bytes] = []
    previous = b""
    width, bits, held = 9, 0, 0
    for byte in data:
        bits = (bits << 8) | byte
        held += 8
        if held < width:
            continue
        held -= width
        code = bits >> held
        bits &= (1 << held) - 1
        if code == _CLEAR:
            table, previous, width = _fresh(), b"", 9
            continue
        if code == _END or not (entry := _entry(table, code, previous)):
            break
        out += entry
        if previous:
            table.append(previous + entry[:1])
        previous = entry
        if len(out) > room or len(table) > 1 << _MAX_WIDTH:
            break
        width = min(_MAX_WIDTH, max(9, (len(table) + early).bit_length()))
    return bytes(out)


def _fresh() -> list[bytes]:
    return [bytes((i,)) for i in range(256)] + [b"", b""]


def _entry(table: list[bytes], code: int, previous: bytes) -> bytes:
    if not table:  # data that do not begin with the clear code, as the standard demands
        table.extend(_fresh())
    if code < len(table):
        return table[code]
    return previous + previous[:1] if code == len(table) else b""


# --- Predictor functions of the Flate and LZW filters

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


# --- Stream filters (ISO 32000-2, 7.4), bounded against expansion bombs

_CHUNK = 1 << 16
_MAX_FILTERS = 8
"""Filters on one stream. Honest files use at most two; every further one multiplies a bomb."""

_ABBREVIATIONS = {
    "AHx": "ASCIIHexDecode",
    "A85": "ASCII85Decode",
    "LZW": "LZWDecode",
    "Fl": "FlateDecode",
    "RL": "RunLengthDecode",
}


class FilterError(ValueError):
    """The stream cannot be decoded: an unknown filter, or data that break its rules."""


class FilterStep(NamedTuple):
    """One filter and its parameters."""

    name: str
    parms: Mapping[str, object]


def filter_steps(
    dictionary: Mapping[str, object], resolve: Callable[..., object]
) -> tuple[FilterStep, ...]:
    """Read /Filter and /DecodeParms (7.4.1, table 5).

    Raises FilterError when they are malformed or too many.
    """
    only = dictionary.get("Filter", dictionary.get("F"))
    if only is None:
        return ()
    if isinstance(only, str) and "DecodeParms" not in dictionary and "DP" not in dictionary:
        return (FilterStep(_ABBREVIATIONS.get(only, str(only)), {}),)  # nearly every stream
    names = _as_list(resolve(only))
    parms = _as_list(resolve(dictionary.get("DecodeParms", dictionary.get("DP"))))
    if len(names) > _MAX_FILTERS:
        raise FilterError(f"{len(names)} filters")
    steps = []
    for index, raw in enumerate(names):
        name = resolve(raw)
        if not isinstance(name, str):
            raise FilterError("a filter that is no name")
        parm = resolve(parms[index]) if index < len(parms) else None
        plain = {k: resolve(v) for k, v in parm.items()} if isinstance(parm, dict) else {}
        steps.append(FilterStep(_ABBREVIATIONS.get(name, str(name)), plain))
    return tuple(steps)


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def apply_filters(data: bytes, steps: tuple[FilterStep, ...], budget: Budget) -> bytes:
    """Decode `data` step by step; every step's output counts against the budget.

    Raises FilterError, LimitExceededError.
    """
    for step in steps:
        decoder = _DECODERS.get(step.name)
        if decoder is None:
            raise FilterError(f"filter {step.name}")
        try:
            data = decoder(data, step.parms, budget.expansion_left)
        except (BinasciiError, PredictorError) as error:
            raise FilterError(f"{step.name}: {error}") from error
        budget.expanded(len(data))
    return data


def _flate(data: bytes, parms: Mapping[str, object], room: int) -> bytes:
    return undo_predictor(inflate(data, room), parms)


def inflate(data: bytes, room: int) -> bytes:
    """Inflate at most `room` + 1 bytes; damaged data give what came before the damage.

    Raises FilterError when nothing at all can be inflated.
    """
    engine = zlib.decompressobj()
    try:
        return engine.decompress(data, room + 1)
    except zlib.error:
        return _inflate_damaged(data, room)


def _inflate_damaged(data: bytes, room: int) -> bytes:
    engine = zlib.decompressobj()
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(data), 256):
            part = engine.decompress(data[start : start + 256], room + 1 - size)
            parts.append(part)
            size += len(part)
            if size > room:
                break
    except zlib.error as error:
        if not size:
            raise FilterError(f"FlateDecode: {error}") from error
    return b"".join(parts)


def _lzw(data: bytes, parms: Mapping[str, object], room: int) -> bytes:
    early = parms.get("EarlyChange", 1)
    return undo_predictor(lzw_decode(data, room, early=early != 0), parms)


_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")


def hex_bytes(data: bytes) -> bytes:
    """Decode hexadecimal digits; anything else is skipped, a missing last digit is 0 (7.3.4.3)."""
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        digits = _NOT_HEX.sub(b"", data)
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _ascii_hex(data: bytes, _parms: Mapping[str, object], _room: int) -> bytes:
    return hex_bytes(data.partition(b">")[0])


_A85_ZERO = 33 * (85**4 + 85**3 + 85**2 + 85 + 1)
"""What five `!` come to, each of which stands for nothing."""
_A85_ALIEN = re.compile(rb"[^!-uz]")


def _ascii85(data: bytes, _parms: Mapping[str, object], room: int) -> bytes:
    body = data.partition(b"~>")[0].removeprefix(b"<~")
    digits = _A85_ALIEN.sub(b"", body).replace(b"z", b"!!!!!")
    if len(digits) // 5 * 4 > room:
        return bytes(room + 1)
    padding = -len(digits) % 5
    digits += b"u" * padding
    columns = [digits[place::5] for place in range(5)]
    words = array(
        "I",
        [
            ((((a * 85 + b) * 85 + c) * 85 + d) * 85 + e - _A85_ZERO) & 0xFFFFFFFF
            for a, b, c, d, e in zip(*columns, strict=True)
        ],
    )
    if sys.byteorder == "little":
        words.byteswap()
    out = words.tobytes()
    return out[: len(out) - padding] if padding else out


_RUN_END = 128


def _run_length(data: bytes, _parms: Mapping[str, object], room: int) -> bytes:
    out = bytearray()
    at = 0
    while at < len(data) and len(out) <= room:
        length = data[at]
        if length == _RUN_END:
            break
        if length < _RUN_END:
            out += data[at + 1 : at + 2 + length]
            at += length + 2
        else:
            out += data[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out)


def _crypt(data: bytes, parms: Mapping[str, object], _room: int) -> bytes:
    # The crypt filter was already undone, or not, by the encryption layer (7.6.6).
    del parms
    return data


_DECODERS: dict[str, Callable[[bytes, Mapping[str, object], int], bytes]] = {
    "FlateDecode": _flate,
    "LZWDecode": _lzw,
    "ASCIIHexDecode": _ascii_hex,
    "ASCII85Decode": _ascii85,
    "RunLengthDecode": _run_length,
    "Crypt": _crypt,
}
