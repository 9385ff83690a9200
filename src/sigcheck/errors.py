"""What sigcheck raises when it could not do the job. A bad signature is never an exception.

SigcheckError
├── UnreadableError            the document could not be read at all (exit code 1)
│   ├── EmptyFileError
│   ├── NotAPdfError
│   ├── EncryptedError         no password can open it
│   │   └── PasswordNeededError
│   ├── DamagedError
│   └── LimitExceededError     a limit of `Limits` was reached first
├── UsageError                 wrong arguments, a folder without PDFs (exit 2)
│   ├── PolicyError            a policy file that does not hold
│   └── TrustError             a trust store or certificate file that does not hold
├── FetchError                 the network answered badly, or was refused
├── PackageError               an evidence package that is damaged or was altered
├── MissingPartError           an optional part, or a program it needs, is not installed
└── PreserveError              a document could not be preserved; nothing was written
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,  # RecursionError and NotImplementedError as well
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What malformed input, or a mistake of ours, makes Python raise. Where one signature or check is
isolated from the others these alone are caught: a caller's own exceptions (a time limit set from
outside) and MemoryError go through to the caller."""


class SigcheckError(Exception):
    """Base of everything sigcheck raises; `code` names the sentence in `data/words`."""

    code: str = "ERROR"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        """Keep a technical detail (never shown as the only explanation) and, if given, a code."""
        super().__init__(detail)
        self.detail = detail
        if code is not None:
            self.code = code

    def diagnostics(self) -> str:
        """Return the technical detail, for logs and bug reports."""
        return f"{self.code}: {self.detail}" if self.detail else self.code

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process with the code intact."""
        return _rebuild, (type(self), self.detail, self.code)


def _rebuild(kind: type[SigcheckError], detail: str, code: str) -> SigcheckError:
    return kind(detail, code=code)


class UnreadableError(SigcheckError):
    """The document could not be read, so nothing is said about its signatures."""

    code = "DOC-UNREADABLE"


class EmptyFileError(UnreadableError):
    """The file has no bytes."""

    code = "DOC-EMPTY"


class NotAPdfError(UnreadableError):
    """The file does not start like a PDF (ISO 32000-2, 7.5.2); the detail names what it is."""

    code = "DOC-NOT-A-PDF"


class EncryptedError(UnreadableError):
    """The file is encrypted for others, or in a way nobody here knows (ISO 32000-2, 7.6)."""

    code = "DOC-ENCRYPTED-OTHERWISE"


class PasswordNeededError(EncryptedError):
    """The password is missing or wrong; `code` says which (ISO 32000-2, 7.6.4)."""

    code = "DOC-PASSWORD-NEEDED"


class DamagedError(UnreadableError):
    """The file starts like a PDF, but has no structure that could be read."""

    code = "DOC-DAMAGED"


class LimitExceededError(UnreadableError):
    """A limit on size, depth, objects, time or memory was reached; `code` names which."""

    code = "LIMIT-EXCEEDED"


class UsageError(SigcheckError):
    """The caller asked for something that cannot be done."""

    code = "USAGE"


class Mistake(NamedTuple):
    """One mistake in a TOML file; `code` names the sentence in `data/words/policy.*.toml`."""

    path: str
    line: int
    """From 1; 0 for the file as a whole."""
    code: str
    facts: Mapping[str, str]


class PolicyError(UsageError):
    """A policy that is unknown or does not hold; the detail names the line where it can."""

    code = "POLICY-INVALID"
    mistakes: tuple[Mistake, ...] = ()
    """What is wrong, for a reader of another language; the detail says it in English."""


class TrustError(UsageError):
    """A certificate, anchor list or trust folder that cannot be read."""

    code = "TRUST-INVALID"


class FetchError(SigcheckError):
    """A network answer was refused, missing, too slow or too large."""

    code = "FETCH-FAILED"


class PackageError(SigcheckError):
    """An evidence package is damaged or was altered."""

    code = "PACKAGE-ALTERED"


class MissingPartError(SigcheckError):
    """An optional part of sigcheck, or a program it needs, is not installed; named in `detail`."""

    code = "PART-MISSING"


class PreserveError(SigcheckError):
    """A document could not be preserved; nothing was written."""

    code = "PRESERVE-WRITE"
