"""ECDSA as a value is verified with it, apart from the library's class, which loads its backend."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils


class Ecdsa(ec.ECDSA):
    """Names the digest, and nothing else.

    Its parent's constructor imports ciphers and bindings to learn whether it could sign with a
    nonce made from the message: 4 ms, and nothing is signed here.
    """

    def __init__(self, algorithm: utils.Prehashed | hashes.HashAlgorithm) -> None:
        """Take the digest."""
        self._digest = algorithm

    @property
    def algorithm(self) -> utils.Prehashed | hashes.HashAlgorithm:
        """The digest, or that one was made already."""
        return self._digest

    @property
    def deterministic_signing(self) -> bool:
        """Whether a nonce would be made from the message."""
        return False
