"""Digests, for the whole evidence layer, by whatever is at hand.

`hashlib` takes 3 ms to import, because it loads the system's OpenSSL beside the one inside
`cryptography`, which is there anyway and as fast. It alone computes without holding up other
threads, so what is large is left to it, and everything else as well once somebody imported it: for
a few bytes it is the quicker of the two.
"""

from __future__ import annotations

import sys
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

_LARGE = 1 << 20
"""Bytes from which on `hashlib` is worth its import."""
_SHA256 = hashes.SHA256()
_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - of names and old signatures; policies say what it proves
    "sha256": _SHA256,
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
"""By hashlib's name; any other is hashlib's business."""
SHAKE_LENGTHS = {"shake_128": (32,), "shake_256": (64,)}
"""Bytes of output where a SHAKE function is a message digest (RFC 8702, 3.1)."""


class _Own:
    """A digest of `cryptography`'s with the methods of hashlib's."""

    __slots__ = ("_hash", "digest", "update")

    def __init__(self, computing: hashes.Hash) -> None:
        self.update = computing.update
        self.digest = computing.finalize
        self._hash = computing

    def copy(self) -> _Own:
        return _Own(self._hash.copy())


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of some bytes, hexadecimal."""
    library = _hashlib(len(data))
    if library is not None:
        text: str = library.sha256(data).hexdigest()
        return text
    computing = hashes.Hash(_SHA256)
    computing.update(data)
    return computing.finalize().hex()


def digest(algorithm: str, data: bytes) -> bytes | None:
    """Digest some bytes by hashlib's name; None when that is nobody's."""
    computing = running(algorithm, len(data))
    if computing is None:
        return None
    computing.update(data)
    found: bytes = computing.digest(*SHAKE_LENGTHS.get(algorithm, ()))
    return found


def running(algorithm: str, size: int) -> Any:
    """Return a digest about to take so many bytes: it can `update`, `copy` and, once, `digest`.

    None when the name is nobody's. Any: the SHAKE functions' digest takes a length, which the type
    of the others denies.
    """
    library = _hashlib(size)
    if library is None and algorithm in _ALGORITHMS:
        try:
            return _Own(hashes.Hash(_ALGORITHMS[algorithm]))
        except UnsupportedAlgorithm:  # an OpenSSL that was told to refuse it
            pass
    try:
        return (library or _hashlib(_LARGE)).new(algorithm, usedforsecurity=False)
    except (ValueError, TypeError):
        return None


def _hashlib(size: int) -> Any:
    """Return `hashlib` for so many bytes, None where it is better left alone."""
    loaded = sys.modules.get("hashlib")
    if hasattr(loaded, "sha256"):  # else another thread is importing it just now
        return loaded
    if size < _LARGE:
        return None
    import hashlib

    return hashlib
