"""Digests over byte ranges: nested ranges share prefixes, so the file is hashed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sigcheck.ahead import Ahead
from sigcheck.evidence import hashing
from sigcheck.evidence.pdf.objects import Buffer

_NOTHING = (0, None)


def digests(
    data: Buffer,
    ranges: Sequence[tuple[int, int, int]],
    algorithms: Sequence[str],
    hashed: Ahead | None = None,
) -> list[bytes | None]:
    """Return one digest for each [0 a b c], with the algorithm (hashlib's name) beside it.

    None where hashlib doesn't know the algorithm, or the range doesn't lie inside the file: a
    short read never becomes a digest. Each prefix is hashed once for each algorithm; `hashed` is
    the SHA-256 of one, which somebody else has seen to.
    """
    out: list[bytes | None] = [None] * len(ranges)
    view = memoryview(data)
    try:
        for algorithm in set(algorithms):
            wanted = [i for i, name in enumerate(algorithms) if name == algorithm]
            begun = hashed.prefix() if hashed and algorithm == "sha256" else _NOTHING
            _digest_all(view, ranges, wanted, algorithm, begun, out)
    finally:
        view.release()
    return out


def _digest_all(
    view: memoryview, ranges: Sequence[tuple[int, int, int]], wanted: list[int], algorithm: str,
    begun: tuple[int, Any], out: list[bytes | None],
) -> None:  # fmt: skip
    running = hashing.running(algorithm, len(view))
    if running is None:
        return
    at = 0
    known, other = begun
    # Up to its gap a range is a prefix of the file, which every range behind it shares.
    for index in sorted(wanted, key=lambda i: ranges[i][0]):
        first, second, length = ranges[index]
        if not 0 <= at <= first <= second <= second + length <= len(view) or length < 0:
            continue
        if at < known <= first:
            at, running = known, other.copy()
        running.update(view[at:first])
        at = first
        own = running.copy()
        own.update(view[second : second + length])
        out[index] = own.digest(*hashing.SHAKE_LENGTHS.get(algorithm, ()))
