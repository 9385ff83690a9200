"""What the document says of its own making: producer, and the PDF/A it claims (ISO 19005)."""

from __future__ import annotations

import re

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.pdf import FilterError, PdfDocument, PdfString, Stream, text

_PART = re.compile(rb"pdfaid:part(?:>|=[\"'])\s*(\d)")
_CONFORMANCE = re.compile(rb"pdfaid:conformance(?:>|=[\"'])\s*([A-Za-z])")
_MAX_XMP = 1 << 20
_MAX_TEXT = 200


def producer(document: PdfDocument) -> str:
    """Return /Info /Producer; untrusted text."""
    view = document.view()
    value = view.get(view.dict(view.trailer.get("Info")).get("Producer"))
    return text(value)[:_MAX_TEXT] if isinstance(value, PdfString) else ""


def pdfa_claim(document: PdfDocument) -> str:
    """Return the part and conformance the XMP claims, such as `2B`; a claim, not a check.

    NOTE: The two properties are found by pattern: an XML parser would buy nothing but attacks.
    """
    view = document.view()
    stream = view.get(view.catalog.get("Metadata"))
    if not isinstance(stream, Stream):
        return ""
    try:
        xmp = stream.decode(_MAX_XMP)
    except (FilterError, LimitExceededError):
        return ""
    part, conformance = _PART.search(xmp), _CONFORMANCE.search(xmp)
    if part is None:
        return ""
    return (part[1] + (conformance[1] if conformance else b"")).decode("ascii").upper()
