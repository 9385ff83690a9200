"""Tells schemathesis that a PDF or a package travels as it is."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.serializer("application/pdf", "application/zip")
def pdf(_ctx: Any, value: Any) -> bytes:
    """Return the bytes of a body that is the document itself."""
    if isinstance(value, bytes):
        return value
    found: Any = getattr(value, "data", None)
    return found if isinstance(found, bytes) else str(value).encode()
