"""Digests over byte ranges: nested ranges share prefixes, so the file is hashed once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

from sigcheck.evidence.cms.algorithms import SHAKE_LENGTHS
from sigcheck.evidence.pdf.objects import Buffer

_LARGE = 2 << 20
"""Bytes of a file from which on a thread that hashes it pays."""
_REST = 1 << 20
"""Bytes at the end left out: there the ranges of most signatures end."""

Beginning: TypeAlias = "tuple[int, Any]"
"""How many bytes are hashed, and the SHA-256 object that has taken them (None for none)."""


def hash_beginning(data: Buffer) -> Future[Beginning] | None:
    """Hash a large file but for its last megabyte in a thread, while its structure is read."""
    if len(data) < _LARGE:
        return None
    pool = ThreadPoolExecutor(1)
    future = pool.submit(_hash_beginning, data)
    pool.shutdown(wait=False)
    return future


def _hash_beginning(data: Buffer) -> Beginning:
    end = len(data) - _REST
    return end, hashlib.sha256(memoryview(data)[:end], usedforsecurity=False)


def digests(
    data: Buffer,
    ranges: Sequence[tuple[int, int, int]],
    algorithms: Sequence[str],
    beginning: Future[Beginning] | None = None,
) -> list[bytes | None]:
    """Return one digest for each [0 a b c], with the algorithm (hashlib's name) beside it.

    None where hashlib doesn't know the algorithm, or the range doesn't lie inside the file: a
    short read never becomes a digest. Each prefix is hashed once for each algorithm; `beginning`
    is what `hash_beginning` returned.
    """
    out: list[bytes | None] = [None] * len(ranges)
    with memoryview(data) as view:
        for algorithm in set(algorithms):
            wanted = [i for i, name in enumerate(algorithms) if name == algorithm]
            begun = beginning.result() if beginning and algorithm == "sha256" else (0, None)
            _digest_all(view, ranges, wanted, algorithm, begun, out)
    return out


def _digest_all(
    view: memoryview, ranges: Sequence[tuple[int, int, int]], wanted: list[int], algorithm: str,
    begun: Beginning, out: list[bytes | None],
) -> None:  # fmt: skip
    try:
        running: Any = hashlib.new(algorithm, usedforsecurity=False)
    except (ValueError, TypeError):
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
        out[index] = own.digest(*SHAKE_LENGTHS.get(algorithm, ()))
