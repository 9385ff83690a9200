"""Bytes in, facts out: the one entrance of the evidence layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sigcheck.config import TrustStore
from sigcheck.errors import FAULTS, DamagedError, LimitExceededError
from sigcheck.evidence.appearance import page_marks
from sigcheck.evidence.changes.engine import revision_changes
from sigcheck.evidence.dss import ValidationData, validation_data
from sigcheck.evidence.pdf import (
    Dict,
    FilterError,
    HiddenDefinition,
    Name,
    Obj,
    PdfDocument,
    PdfString,
    Ref,
    SignatureLocation,
    Stream,
    View,
    audit,
    survey,
    text,
)
from sigcheck.evidence.pdf.byterange import trailing_bytes
from sigcheck.evidence.pdf.document import is_cut_off
from sigcheck.evidence.pdf.strict.reading import ambiguities, read_what_is_drawn
from sigcheck.evidence.signature import (
    Authority,
    DocumentContext,
    ParsedSignature,
    complete,
    hash_once,
    parsed_signatures,
)
from sigcheck.evidence.trust.revocation import OnlineMaterial
from sigcheck.model.evidence import (
    Ambiguity,
    ChangeItem,
    DocumentEvidence,
    Evidence,
    RevisionFacts,
)
from sigcheck.model.policy import Limits

_ACTIONS = {
    "JavaScript": "javascript",
    "Launch": "launch",
    "ImportData": "import-data",
    "SubmitForm": "submit-form",
    "RichMediaExecute": "rich-media",
    "Rendition": "rendition",
    "GoToE": "embedded-go-to",
}
_MAX_PAGES = 2_000
"""Pages whose additional actions are looked at."""


def active_content(document: PdfDocument) -> tuple[str, ...]:
    """Name the kinds of active content the last revision offers a viewer.

    Looked for where viewers run it by themselves: the catalog, the pages and the form.
    Links a reader must click are not active content.
    """
    view = document.view()
    catalog = view.catalog
    found: dict[str, None] = {}
    for value in (catalog.get("OpenAction"), *view.dict(catalog.get("AA")).values()):
        _note_action(view, value, found)
    if view.dict(view.dict(catalog.get("Names")).get("JavaScript")):
        found["javascript"] = None
    if "XFA" in view.acroform:
        found["xfa"] = None
    for _, page in view.pages()[:_MAX_PAGES]:
        for value in view.dict(page.get("AA")).values():
            _note_action(view, value, found)
    return tuple(found)


def _note_action(view: View, value: Obj, found: dict[str, None]) -> None:
    action = view.get(value)
    if not isinstance(action, Dict):
        return
    kind = view.get(action.get("S"))
    if isinstance(kind, Name) and kind in _ACTIONS:
        found[_ACTIONS[kind]] = None


# --- Fonts a page uses and the file does not carry

_FILES = ("FontFile", "FontFile2", "FontFile3")
_MAX_FONT_PAGES = 500
_MAX_FONTS = 500
"""Fonts looked at; a real document has fewer than fifty."""


def fonts_not_embedded(document: PdfDocument) -> tuple[str, ...]:
    """Return the names of the pages' fonts without a font file, each once; untrusted text.

    NOTE: Forms inside pages are not followed: their fonts are the pages' own in real documents.
    """
    view = document.view()
    missing: dict[str, None] = {}
    seen: set[Ref] = set()
    for _, page in view.pages()[:_MAX_FONT_PAGES]:
        resources = view.dict(view.inherited(page, "Resources"))
        for value in view.dict(resources.get("Font")).values():
            if isinstance(value, Ref) and (value in seen or len(seen) >= _MAX_FONTS):
                continue
            if isinstance(value, Ref):
                seen.add(value)
            font = view.dict(value)
            if font and not _is_embedded(view, font):
                missing[str(view.get(font.get("BaseFont")) or "?")] = None
    return tuple(missing)


def _is_embedded(view: View, font: Dict) -> bool:
    if view.get(font.get("Subtype")) == "Type3":
        return True  # its glyphs are content streams of the file
    descendants: list[Obj] = view.list(font.get("DescendantFonts"))
    holder = view.dict(descendants[0]) if descendants else font
    descriptor = view.dict(holder.get("FontDescriptor"))
    return any(descriptor.get(name) is not None for name in _FILES)


# --- What the document says of its own making: producer, and the PDF/A it claims

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


# --- Bytes in, facts out: the one entrance of the evidence layer


def collect(
    data: bytes,
    *,
    trust: TrustStore,
    limits: Limits,
    password: str | None = None,
    name: str = "",
    online: OnlineMaterial | None = None,
    keep_materials: bool = False,
) -> DocumentEvidence:
    """Return everything the checks may know about a document.

    `name` is the file's, where it has one: offices mark stamped files there (`kydauden`); `online`
    is what the network gave for it. `keep_materials` keeps the bytes of every certificate, list,
    response and token the evidence names.
    Raises an `UnreadableError` when nothing can be said: not a PDF, a missing password, a limit.
    """
    with PdfDocument.open(data, limits, password) as document:
        found = survey(document)
        if not found.signatures and is_cut_off(document):
            raise DamagedError(code="DOC-CUT-OFF")
        hidden = audit(document)
        gathered = parsed_signatures(document, found.signatures, limits)
        material = validation_data(document, limits)
        signed = [parsed.signed_data for parsed in gathered]
        authority = Authority(trust, material, limits, online, signed)
        context = _document_context(document, found.signatures, hidden, authority, material)
        hash_once(context, gathered)  # not before: a large file's hash may still be on its way
        signatures = tuple(complete(parsed, i, context) for i, parsed in enumerate(gathered))
        marks = page_marks(document, signatures, name)
        return DocumentEvidence(
            size=len(data),
            sha256=sha256(data).hexdigest() if document.before_header else document.sha256,
            before_header=document.before_header,
            pdf_version=document.version,
            encrypted=document.encrypted,
            revisions=_revisions(document),
            signatures=signatures,
            unsigned_fields=tuple(field.name for field in found.unsigned),
            anomalies=tuple(document.anomalies),
            page_count=len(document.view().pages()),
            trailing_bytes=trailing_bytes(document),
            active_content=active_content(document),
            producer=producer(document),
            pdfa=pdfa_claim(document),
            fonts_not_embedded=fonts_not_embedded(document),
            stamps=marks.stamps,
            page_seals=marks.seals,
            materials=_materials(gathered, signatures, context) if keep_materials else {},
        )


def _materials(
    gathered: Sequence[ParsedSignature], signatures: Sequence[Evidence], context: DocumentContext
) -> Mapping[str, bytes]:
    from sigcheck.evidence.materials import materials

    return materials(gathered, signatures, context.authority)


def _document_context(
    document: PdfDocument,
    signatures: Sequence[SignatureLocation],
    hidden: tuple[HiddenDefinition, ...],
    authority: Authority,
    material: ValidationData,
) -> DocumentContext:
    changes, unread = _changes(document, signatures)
    limits = document.context.budget.limits
    read = _ambiguities(document, signatures, hidden)
    return DocumentContext(document, authority, material, limits, changes, unread, read, hidden)


def _changes(
    document: PdfDocument, signatures: Sequence[SignatureLocation]
) -> tuple[tuple[tuple[ChangeItem, ...], ...], bool]:
    """Compare the revisions; where that breaks, every earlier signature says so (rule 1)."""
    count = len(document.revisions)
    if count == 1 or not signatures:
        return ((),) * count, False
    try:
        since = min(signature.revision for signature in signatures)
        return ((), *revision_changes(document, since)), False
    except LimitExceededError:
        raise
    except FAULTS:  # a comparison that breaks must not hide the signatures
        document.context.note("revisions-not-compared")
        return ((),) * count, True


def _ambiguities(
    document: PdfDocument,
    signatures: Sequence[SignatureLocation],
    hidden: tuple[HiddenDefinition, ...],
) -> tuple[Ambiguity, ...]:
    if not signatures:
        return ()
    read_what_is_drawn(document)
    return ambiguities(document, min(s.revision for s in signatures), hidden)


def _revisions(document: PdfDocument) -> tuple[RevisionFacts, ...]:
    rebuilt = any(a.code == "xref-rebuilt" for a in document.anomalies)
    return tuple(
        RevisionFacts(r.number, r.start, r.end, len(r.entries), "rebuilt" if rebuilt else r.kind)
        for r in document.revisions
    )
