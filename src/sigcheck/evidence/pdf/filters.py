"""Stream filters (ISO 32000-2, 7.4), bounded against expansion bombs."""

from __future__ import annotations

import re
import sys
import zlib
from array import array
from binascii import Error as BinasciiError
from collections.abc import Callable, Mapping
from typing import NamedTuple

from sigcheck.evidence.pdf.budget import Budget
from sigcheck.evidence.pdf.predictors import PredictorError, undo_predictor

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
    from sigcheck.evidence.pdf.lzw import lzw_decode

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
