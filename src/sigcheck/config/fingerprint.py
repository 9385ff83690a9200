"""SHA-256 of certificates and lists, which is what they are known by."""

from __future__ import annotations

try:
    # `hashlib` takes 3 ms to load an OpenSSL; `random` in the standard library does as we do here.
    from _sha256 import sha256 as _small  # type: ignore[import-not-found]  # private: no types
except ImportError:  # pragma: no cover - a Python that has it otherwise
    from hashlib import sha256 as _small

_LARGE = 1 << 18
"""Bytes from which on OpenSSL's speed makes up for loading it."""


def fingerprint(data: bytes) -> str:
    """Return the SHA-256, hexadecimal."""
    if len(data) < _LARGE:
        text: str = _small(data).hexdigest()
        return text
    from hashlib import sha256

    return sha256(data).hexdigest()
