"""Bytes in, facts out: the one entrance of the evidence layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sigcheck.config import TrustStore
from sigcheck.errors import LimitExceededError
from sigcheck.evidence.active import active_content
from sigcheck.evidence.appearance import page_marks
from sigcheck.evidence.authority import Authority
from sigcheck.evidence.changes.engine import revision_changes
from sigcheck.evidence.complete import Surroundings, complete
from sigcheck.evidence.draft import Draft, drafts, hash_once
from sigcheck.evidence.dss import validation_data
from sigcheck.evidence.fonts import fonts_not_embedded
from sigcheck.evidence.metadata import pdfa_claim, producer
from sigcheck.evidence.pdf import PdfDocument, SignatureLocation, audit, survey
from sigcheck.evidence.pdf.byterange import trailing_bytes
from sigcheck.evidence.trust.lent import Lent
from sigcheck.model.evidence import ChangeItem, DocumentEvidence, Evidence, RevisionFacts
from sigcheck.model.limits import Limits


def collect(
    data: bytes,
    *,
    trust: TrustStore,
    limits: Limits,
    password: str | None = None,
    name: str = "",
    lent: Lent | None = None,
    keep_materials: bool = False,
) -> DocumentEvidence:
    """Return everything the checks may know about a document.

    `name` is the file's, where it has one: offices mark stamped files there (`kydauden`); `lent`
    is what the network gave for it. `keep_materials` keeps the bytes of every certificate, list,
    response and token the evidence names.
    Raises an `UnreadableError` when nothing can be said: not a PDF, a missing password, a limit.
    """
    with PdfDocument.open(data, limits, password) as document:
        found = survey(document)
        audit(document)
        gathered = drafts(document, found.signatures, limits)
        around = _surroundings(document, found.signatures, trust, limits, lent)
        hash_once(document, gathered)  # not before: a large file's hash may still be on its way
        signatures = tuple(complete(draft, i, around) for i, draft in enumerate(gathered))
        marks = page_marks(document, signatures, name)
        return DocumentEvidence(
            size=len(data),
            sha256=document.sha256,
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
            materials=_materials(gathered, signatures, around) if keep_materials else {},
        )


def _materials(
    gathered: Sequence[Draft], signatures: Sequence[Evidence], around: Surroundings
) -> Mapping[str, bytes]:
    from sigcheck.evidence.materials import materials

    return materials(gathered, signatures, around.authority)


def _surroundings(
    document: PdfDocument,
    signatures: Sequence[SignatureLocation],
    trust: TrustStore,
    limits: Limits,
    lent: Lent | None,
) -> Surroundings:
    changes, unread = _changes(document, signatures)
    material = validation_data(document, limits)
    authority = Authority(trust, material, limits, lent)
    return Surroundings(document, authority, material, limits, changes, unread)


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
    except Exception:  # noqa: BLE001 - a comparison that breaks must not hide the signatures
        document.context.note("revisions-not-compared")
        return ((),) * count, True


def _revisions(document: PdfDocument) -> tuple[RevisionFacts, ...]:
    rebuilt = any(a.code == "xref-rebuilt" for a in document.anomalies)
    return tuple(
        RevisionFacts(r.number, r.start, r.end, len(r.entries), "rebuilt" if rebuilt else r.kind)
        for r in document.revisions
    )
