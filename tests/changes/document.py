"""A small signed form, and updates written by hand on top of it."""

from __future__ import annotations

from collections.abc import Mapping

from sigcheck.evidence.changes import revision_changes
from sigcheck.model.evidence import ChangeItem
from tests.pdf.builder import Pdf, open_pdf

Body = bytes | tuple[bytes, bytes]
"""An object as written, or the dictionary entries and data of a stream."""
Update = Mapping[int, Body]
"""What a revision writes, by object number."""

CATALOG = (
    b"<< /Type /Catalog /Pages 2 0 R /AcroForm 5 0 R /Metadata 6 0 R"
    b" /Extensions 21 0 R /StructTreeRoot 23 0 R %s >>"
)
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 20 0 R"
    b" /Annots [10 0 R 11 0 R 12 0 R 16 0 R 17 0 R %s] %s >>"
)
FORM = (
    b"<< /Fields [10 0 R 11 0 R 12 0 R 17 0 R %s] /SigFlags 3 /DA (/Helv 0 Tf 0 g)"
    b" /DR << /Font << /Helv 7 0 R >> >> %s >>"
)
CONTENT = (
    b"BT /F1 12 Tf 100 700 Td (A line of text that was signed) Tj ET"
    b" q 50 0 0 50 100 100 cm /Im Do Q"
)
IMAGE = (
    b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
)
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">%s</rdf:RDF></x:xmpmeta>'
)
XMP_ENTRIES = b"/Type /Metadata /Subtype /XML"
FORM_XOBJECT = b"/Type /XObject /Subtype /Form /BBox [0 0 100 20]"
WORDS = b"/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /Helv 7 0 R >> >>"
"""The dictionary of what the text field shows."""
TEXT_FIELD = (
    b"<< /FT /Tx /T (name) /Type /Annot /Subtype /Widget /P 3 0 R /Rect [100 500 300 520] %s >>"
)
FILLED = TEXT_FIELD % b"/V (old) /AP << /N 13 0 R >>"
SIGNED = (
    b"<< /FT /Sig /T (Signature1) /Type /Annot /Subtype /Widget /P 3 0 R /F 132"
    b" /Rect [300 200 500 280] /AP << /N 15 0 R >> /V %s >>"
)
EMPTY = (
    b"<< /FT /Sig /T (Signature2) /Type /Annot /Subtype /Widget /P 3 0 R /F 132"
    b" /Rect [100 200 200 280] %s >>"
)
NOTE = (
    b"<< /Type /Annot /Subtype /Text /P 3 0 R /Rect [500 800 520 820] /Contents (%s) /M (D:2024) >>"
)
BUTTON = (
    b"<< /FT /Btn /T (box) /Type /Annot /Subtype /Widget /P 3 0 R /Rect [100 450 110 460]"
    b" /AP << /N << /Yes 18 0 R /Off 19 0 R >> >> %s >>"
)
SIGNATURE = (
    b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange [0 1 2 3]"
    b" /Contents <3000> %s >>"
)
TIMESTAMP = (
    b"<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161"
    b" /ByteRange [0 1 2 3] /Contents <3000> >>"
)

BASE: Update = {
    1: CATALOG % b"",
    2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: PAGE % (b"", b""),
    4: (b"", CONTENT),
    5: FORM % (b"", b""),
    6: (XMP_ENTRIES, XMP % b""),
    7: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    8: (IMAGE, b"\x00"),
    9: b"<< /Title (A directive) /ModDate (D:20240101) >>",
    10: FILLED,
    11: SIGNED % b"14 0 R",
    12: EMPTY % b"",
    13: (WORDS, b"BT /Helv 10 Tf 2 6 Td (old) Tj ET"),
    14: SIGNATURE % b"",
    15: (FORM_XOBJECT, b"0 0 10 10 re f"),
    16: NOTE % b"first",
    17: BUTTON % b"/AS /Off /V /Off",
    18: (FORM_XOBJECT, b"(x) Tj"),
    19: (FORM_XOBJECT, b""),
    20: b"<< /Font << /F1 7 0 R >> /XObject << /Im 8 0 R >> >>",
    21: b"<< /ADBE << /BaseVersion /1.7 /ExtensionLevel 3 >> >>",
    22: b"<< /Lang (vi) >>",
    23: b"<< /Type /StructTreeRoot /K 24 0 R /ParentTree 25 0 R >>",
    24: b"<< /Type /StructElem /S /Document /P 23 0 R /K [26 0 R] >>",
    25: b"<< /Nums [0 [26 0 R] 1 28 0 R] >>",
    26: b"<< /Type /StructElem /S /P /P 24 0 R /Pg 3 0 R /K 0 >>",
    28: b"[26 0 R]",
}  # fmt: skip


def written(
    *updates: Update, base: Update | None = None, free: tuple[int, ...] = (), trailer: bytes = b""
) -> bytes:
    """Return the base document with updates, a revision each; the last frees `free`."""
    pdf = Pdf()
    info = b"/Info 9 0 R"
    _write(pdf, BASE if base is None else {**BASE, **base})
    pdf.table(extra=info)
    for index, update in enumerate(updates):
        _write(pdf, update)
        last = index == len(updates) - 1
        pdf.table(free=free if last else (), extra=trailer if last and trailer else info)
    return bytes(pdf)


def _write(pdf: Pdf, objects: Update) -> None:
    for num, body in objects.items():
        if isinstance(body, tuple):
            pdf.stream(num, body[1], body[0])
        else:
            pdf.add(num, body)


def changes(data: bytes, **limits: float) -> tuple[ChangeItem, ...]:
    """Return the changes of the last revision."""
    return revision_changes(open_pdf(data, **limits))[-1]


def named(items: tuple[ChangeItem, ...]) -> set[str]:
    """Return each change as `class rule`."""
    return {f"{item.change} {item.rule}" for item in items}
