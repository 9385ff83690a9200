"""Handmade PDFs, written byte by byte, so that the reader is judged by what was written."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from sigcheck.evidence.pdf import PdfDocument
from sigcheck.model.policy import Limits

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
FORM_CATALOG = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] /SigFlags 3 >> >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"


def open_pdf(data: bytes, **limits: float) -> PdfDocument:
    """Open bytes under the default limits, some of them changed."""
    return PdfDocument.open(data, Limits(**limits))  # type: ignore[arg-type]


def codes(document: PdfDocument) -> set[str]:
    """Return the codes of a document's anomalies."""
    return {anomaly.code for anomaly in document.anomalies}


@dataclass
class Pdf:
    """A file in the making: objects, then a section, then perhaps another revision."""

    data: bytearray = field(default_factory=lambda: bytearray(HEADER))
    offsets: dict[int, int] = field(default_factory=dict)
    previous: int | None = None
    size: int = 0
    ends: list[int] = field(default_factory=list)
    """Where each revision ends, as written."""

    def add(self, num: int, body: bytes, gen: int = 0) -> int:
        """Write an object, return its offset."""
        offset = self.offsets[num] = len(self.data)
        self.data += b"%d %d obj\n%s\nendobj\n" % (num, gen, body)
        self.size = max(self.size, num + 1)
        return offset

    def stream(self, num: int, data: bytes, extra: bytes = b"") -> int:
        """Write a stream."""
        body = b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)
        return self.add(num, body)

    def raw(self, data: bytes) -> int:
        """Write anything, return its offset."""
        offset = len(self.data)
        self.data += data
        return offset

    def basics(self, catalog: bytes = CATALOG) -> Pdf:
        """Write a catalog, a page tree and a page."""
        for num, body in enumerate((catalog, PAGES, PAGE), 1):
            self.add(num, body)
        return self

    def table(self, free: tuple[int, ...] = (), extra: bytes = b"", eol: bytes = b"\n") -> Pdf:
        """Write a cross-reference table over what was added, its trailer and the end marker."""
        at = self.raw(b"xref\n" + self._rows(free))
        previous = b"/Prev %d" % self.previous if self.previous is not None else b""
        self.raw(b"trailer\n<< /Size %d /Root 1 0 R %s %s >>\n" % (self.size, previous, extra))
        return self.end(at, eol)

    def _rows(self, free: tuple[int, ...]) -> bytes:
        rows = b"0 1\n0000000000 65535 f \n" if self.previous is None else b""
        rows += b"".join(b"%d 1\n0000000000 00001 f \n" % num for num in free)
        return rows + b"".join(
            b"%d 1\n%010d 00000 n \n" % pair for pair in sorted(self.offsets.items())
        )

    def end(self, at: int, eol: bytes = b"\n") -> Pdf:
        """Write startxref and the end marker; what follows is the next revision."""
        self.raw(b"startxref\n%d\n%%%%EOF%s" % (at, eol))
        self.ends.append(len(self.data))
        self.previous = at
        self.offsets = {}
        return self

    def xref_stream(self, num: int, packed: dict[int, tuple[int, int]] | None = None) -> Pdf:
        """Write a cross-reference stream over what was added; `packed` maps to (stream, index)."""
        at = self.offsets[num] = len(self.data)
        self.size = max(self.size, num + 1, *(n + 1 for n in packed or {}), 0)
        rows: dict[int, bytes] = {n: _row(1, o, 0) for n, o in self.offsets.items()}
        rows |= {n: _row(2, s, i) for n, (s, i) in (packed or {}).items()}
        if self.previous is None:
            rows[0] = _row(0, 0, 255)
        index = b" ".join(b"%d 1" % n for n in sorted(rows))
        body = zlib.compress(b"".join(rows[n] for n in sorted(rows)))
        previous = b"/Prev %d" % self.previous if self.previous is not None else b""
        self.stream(
            num,
            body,
            b"/Type /XRef /W [1 4 1] /Index [%s] /Filter /FlateDecode /Size %d /Root 1 0 R %s"
            % (index, self.size, previous),
        )
        return self.end(at)

    def object_stream(self, num: int, members: dict[int, bytes]) -> Pdf:
        """Write an object stream."""
        table, body = b"", b""
        for member, value in members.items():
            table += b"%d %d " % (member, len(body))
            body += value + b" "
        extra = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(members), len(table))
        self.stream(num, zlib.compress(table + body), extra)
        return self

    def signature(self, num: int, extra: bytes = b"", size: int = 32) -> tuple[int, int]:
        """Write a signature dictionary with room for its range, return the span of /Contents."""
        self.offsets[num] = len(self.data)
        self.size = max(self.size, num + 1)
        self.raw(b"%d 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite %s /Contents " % (num, extra))
        start = self.raw(b"<" + b"30" * size + b">")
        end = len(self.data)
        self.raw(b" /ByteRange [" + b" " * 40 + b"] >>\nendobj\n")
        return start, end

    def sign(self, span: tuple[int, int], end: int | None = None) -> Pdf:
        """Fill in the range of the signature whose /Contents is at `span`."""
        stop = (len(self.data) if end is None else end) - span[1]
        self.fill(span, b"0 %d %d %d" % (*span, stop))
        return self

    def fill(self, span: tuple[int, int], values: bytes) -> None:
        """Write anything into the room left for /ByteRange."""
        at = self.data.index(b"/ByteRange [", span[1]) + len(b"/ByteRange [")
        self.data[at : at + len(values)] = values

    def field(self, num: int, value: int | None, name: bytes, extra: bytes = b"") -> int:
        """Write a signature field merged with its widget."""
        leads = b"/V %d 0 R" % value if value else b""
        body = b"<< /FT /Sig /Type /Annot /Subtype /Widget /T (%s) %s /Rect [0 0 9 9] %s >>"
        return self.add(num, body % (name, leads, extra))

    def __bytes__(self) -> bytes:
        """Return the file."""
        return bytes(self.data)


def _row(kind: int, second: int, third: int) -> bytes:
    return bytes((kind,)) + second.to_bytes(4, "big") + bytes((third,))


def signed(signatures: int = 1) -> tuple[Pdf, list[tuple[int, int]]]:
    """Return a file with some signatures, each in a revision of its own, and their spans."""
    pdf = Pdf().basics().table()
    spans: list[tuple[int, int]] = []
    fields: list[bytes] = []
    for index in range(signatures):
        num = 10 + 2 * index
        spans.append(pdf.signature(num))
        pdf.field(num + 1, num, b"Signature%d" % (index + 1))
        fields.append(b"%d 0 R" % (num + 1))
        pdf.add(1, FORM_CATALOG % b" ".join(fields))
        pdf.table()
        pdf.sign(spans[-1])
    return pdf, spans
