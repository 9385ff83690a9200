"""The reader under everything: revision-aware, lenient, and a teller of every leniency."""

from sigcheck.evidence.pdf.audit import HiddenDefinition, audit
from sigcheck.evidence.pdf.byterange import byte_range_facts
from sigcheck.evidence.pdf.document import PdfDocument, digests
from sigcheck.evidence.pdf.filters import FilterError
from sigcheck.evidence.pdf.lexer import text
from sigcheck.evidence.pdf.objects import (
    Dict,
    Entry,
    EntryKind,
    HexString,
    Name,
    Obj,
    PdfString,
    Ref,
    Stream,
)
from sigcheck.evidence.pdf.revision import Revision
from sigcheck.evidence.pdf.signatures import (
    SignatureLocation,
    Standing,
    signature_dictionaries,
    survey,
    unsigned_signature_fields,
)
from sigcheck.evidence.pdf.view import View
from sigcheck.evidence.pdf.xref import XrefKind
from sigcheck.model.evidence import Anomaly

__all__ = [
    "Anomaly",
    "Dict",
    "Entry",
    "EntryKind",
    "FilterError",
    "HexString",
    "HiddenDefinition",
    "Name",
    "Obj",
    "PdfDocument",
    "PdfString",
    "Ref",
    "Revision",
    "SignatureLocation",
    "Standing",
    "Stream",
    "View",
    "XrefKind",
    "audit",
    "byte_range_facts",
    "digests",
    "signature_dictionaries",
    "survey",
    "text",
    "unsigned_signature_fields",
]
