"""Revision 5 of the standard handler: Acrobat 9's AES-256, before ISO 32000-2 made it revision 6.

Deprecated, unknown to pyHanko and still met in old files. It differs from revision 6 only in how a
password becomes a key (Adobe Supplement to ISO 32000, ExtensionLevel 3, algorithms 3.2a, 3.12).
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_VALIDATION, _KEY, _END = 32, 40, 48
"""Where the two salts of /U and /O stand, each of eight bytes."""
_MAX_PASSWORD = 127


def file_key(password: str, entries: dict[str, bytes]) -> bytes | None:
    """Return the file's key for a user's or the owner's password; None for a wrong one.

    `entries` are /U, /UE, /O and /OE as written.
    """
    secret = password.encode()[:_MAX_PASSWORD]
    user = entries.get("U", b"")[:_END]
    for stored, sealed, more in (
        (user, entries.get("UE", b""), b""),
        (entries.get("O", b"")[:_END], entries.get("OE", b""), user),
    ):
        if len(stored) != _END or len(sealed) != _VALIDATION:
            continue
        check = sha256(secret + stored[_VALIDATION:_KEY] + more).digest()
        if compare_digest(check, stored[:_VALIDATION]):
            return _unseal(sha256(secret + stored[_KEY:] + more).digest(), sealed)
    return None


def _unseal(key: bytes, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()
