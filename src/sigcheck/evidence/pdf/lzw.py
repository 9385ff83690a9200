"""The LZW filter (ISO 32000-2, 7.4.4), kept apart because almost no file needs it."""

from __future__ import annotations

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
