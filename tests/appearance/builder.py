"""One signed page, drawn to order: a case states what its appearance or its page holds."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from sigcheck.evidence.appearance import widget_facts
from sigcheck.evidence.pdf import PdfDocument
from sigcheck.evidence.pdf.signatures import signature_dictionaries
from sigcheck.model.evidence import WidgetFacts
from sigcheck.model.policy import Limits
from tests.pdf.builder import Pdf

WIDGET = b"/FT /Sig /Type /Annot /Subtype /Widget /T (Signature1) /V 6 0 R"
FONT = b"<< /Type /Font /Subtype /TrueType /BaseFont /ABCDEF+TimesNewRoman /Encoding %s >>"


@dataclass
class Sheet:
    """Objects 1 to 9 are fixed; a case adds its own from 10."""

    rect: bytes = b"100 700 200 720"
    flags: bytes = b"/F 132"
    page: bytes = b"/P 3 0 R"
    appearance: bytes = b"/AP << /N 8 0 R >>"
    form: bytes = b"/BBox [0 0 100 20]"
    draws: bytes = b""
    """The appearance's content."""
    prints: bytes = b""
    """The page's content."""
    page_extra: bytes = b""
    fonts: bytes = b"/F1 9 0 R"
    images: bytes = b""
    encoding: bytes = b"/WinAnsiEncoding"
    more: dict[int, tuple[bytes, bytes | None]] = field(default_factory=dict)
    """Number to (dictionary entries, stream data or None for a plain object)."""

    def bytes(self) -> bytes:
        """Return the file."""
        pdf = Pdf()
        pdf.add(1, b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] >> >>")
        pdf.add(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 600 800] >>")
        resources = b"/Resources << /Font << %s >> /XObject << %s >> >>"
        inside = resources % (self.fonts, self.images)
        parts = (inside, self.page_extra)
        pdf.add(3, b"<< /Type /Page /Parent 2 0 R /Annots [5 0 R] /Contents 7 0 R %s %s >>" % parts)
        widget = (WIDGET, self.rect, self.flags, self.page, self.appearance)
        pdf.add(5, b"<< %s /Rect [%s] %s %s %s >>" % widget)
        pdf.signature(6)
        pdf.stream(7, self.prints)
        pdf.stream(8, self.draws, b"/Type /XObject /Subtype /Form %s %s" % (self.form, inside))
        pdf.add(9, FONT % self.encoding)
        for number, (entries, data) in self.more.items():
            if data is None:
                pdf.add(number, entries)
            else:
                pdf.stream(number, data, entries)
        return bytes(pdf.table().data)

    def open(self) -> PdfDocument:
        """Return the file opened."""
        return PdfDocument.open(self.bytes(), Limits())

    def facts(self) -> WidgetFacts:
        """Return the facts of its only signature."""
        return facts_of(self.open())[0]


def facts_of(document: PdfDocument) -> list[WidgetFacts]:
    """Return the facts of every signature of a document."""
    locations = signature_dictionaries(document)
    return [widget_facts(document, location) for location in locations]


def image(
    width: int, height: int, samples: bytes, space: bytes = b"/DeviceRGB", extra: bytes = b""
) -> tuple[bytes, bytes]:
    """Return an image XObject of eight bits a component, compressed."""
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8"
    entries += b" /ColorSpace %s /Filter /FlateDecode %s"
    return entries % (width, height, space, extra), zlib.compress(samples)
