"""API keys: known by their SHA-256 only, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request

from sigcheck.errors import UsageError
from sigcheck.service.problems import ProblemError

_LINE = re.compile(r"(?P<name>[\w.@-]{1,64})\s+(?P<digest>[0-9a-f]{64})", re.ASCII)


def load_keys(path: str) -> Mapping[str, str]:
    """Return SHA-256 to holder from a file with `NAME SHA256` on each line, `#` for comments.

    Raises:
        UsageError: KEYS-FILE, for a file that cannot be read, a line that is none, or no line.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, ValueError) as problem:
        raise UsageError(path, code="KEYS-FILE") from problem
    keys: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        found = _LINE.fullmatch(text)
        if text and not found:
            raise UsageError(f"{path}:{number}", code="KEYS-FILE")
        if found:
            keys[found["digest"]] = found["name"]
    if not keys:
        raise UsageError(path, code="KEYS-FILE")
    return keys


def caller(request: Request, keys: Mapping[str, str]) -> str:
    """Return who calls: a key's holder, or an address where no keys are wanted.

    Raises:
        ProblemError: KEY-NEEDED, when a key is missing or unknown.
    """
    if not keys:
        return request.client.host if request.client else "-"
    digest = hashlib.sha256(_presented(request).encode()).hexdigest()
    holders = [name for known, name in keys.items() if hmac.compare_digest(known, digest)]
    if not holders:
        raise ProblemError("KEY-NEEDED")
    return f"key:{holders[0]}"


def _presented(request: Request) -> str:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credential.strip()
    return request.headers.get("x-api-key", "")
