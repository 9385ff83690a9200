"""What a signer signed: a byte range outside the CMS object, or bytes inside it (RFC 5652, 5.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.signed_data import SignedData

DigestOf = Callable[[str], bytes]
"""Digests the byte range; takes hashlib's names."""


class Content(NamedTuple):
    """What the signer should have signed, and what may be said against it."""

    digest: Callable[[str], bytes | None]
    holds: bool = True
    """False when the encapsulated content is not what it should be."""
    whole: Callable[[], bytes] | None = None
    """The bytes themselves, which EdDSA without signed attributes asks for."""


def detached(digest_of: DigestOf, whole: Callable[[], bytes] | None = None) -> Content:
    """Content that stands outside the CMS object: the byte range."""
    return Content(lambda name: ask(digest_of, name), whole=whole)


def encapsulated(data: SignedData, *, holds: bool = True) -> Content:
    """Content that stands inside the CMS object."""
    inner = data.econtent
    if inner is None:
        return Content(lambda _name: None, holds=False)
    return Content(lambda name: digest(name, inner), holds, lambda: inner)


def ask(digest_of: DigestOf, name: str) -> bytes | None:
    """Ask the caller for a digest; one it cannot make is no digest."""
    try:
        return digest_of(name)
    except (KeyError, ValueError):
        return None
