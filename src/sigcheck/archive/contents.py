"""What the evidence names, and what of it a package can keep."""

from __future__ import annotations

from collections.abc import Iterator

from sigcheck.archive.info import Keeping, Kind, Material
from sigcheck.archive.masking import tells_identity
from sigcheck.evidence.cms import Certificate
from sigcheck.model.evidence import Anchor, DocumentEvidence, Evidence, PathFacts


def anchors(evidence: DocumentEvidence) -> tuple[Anchor, ...]:
    """Return the anchors that paths of the document end in."""
    found = {p.anchor.sha256: p.anchor for p in _paths(evidence) if p.anchor}
    return tuple(found[sha256] for sha256 in sorted(found))


def materials(evidence: DocumentEvidence, *, full: bool) -> Iterator[Material]:
    """Yield every material with what becomes of it; `full` withholds nothing."""
    kinds = named(evidence)
    for sha256 in sorted({*kinds, *evidence.materials}):
        kind = kinds.get(sha256) or _loose(evidence.materials[sha256])
        yield Material(sha256, kind, _keeping(evidence.materials.get(sha256), kind, full=full))


def _keeping(data: bytes | None, kind: Kind, *, full: bool) -> Keeping:
    if data is None:
        return Keeping.MISSING
    # A CRL names serial numbers only, and is long enough for chance to spell anything.
    tells = not full and kind is not Kind.CRL and tells_identity(data)
    return Keeping.WITHHELD if tells else Keeping.KEPT


def named(evidence: DocumentEvidence) -> dict[str, Kind]:
    """Return what the evidence names by SHA-256, and what each is."""
    found: dict[str, Kind] = {}
    for path in _paths(evidence):
        found |= dict.fromkeys((s.certificate.sha256 for s in path.steps), Kind.CERTIFICATE)
        for answer in (a for step in path.steps for a in step.revocation if a.sha256):
            found[answer.sha256] = Kind.CRL if answer.source.startswith("crl") else Kind.OCSP
        if path.anchor:
            found[path.anchor.sha256] = Kind.CERTIFICATE
    for signature in evidence.signatures:
        if signature.certificate:
            found[signature.certificate.sha256] = Kind.CERTIFICATE
        found |= _of_tokens(signature)
    return found


def _of_tokens(signature: Evidence) -> dict[str, Kind]:
    found = {token.sha256: Kind.TIMESTAMP for token in signature.timestamps if token.sha256}
    certificates = (t.certificate.sha256 for t in signature.timestamps if t.certificate)
    return found | dict.fromkeys(certificates, Kind.CERTIFICATE)


def _loose(data: bytes) -> Kind:
    """Tell the certificate of somebody who signed a CRL from a signature, CMS or bare value."""
    return Kind.CERTIFICATE if Certificate.parse(data) is not None else Kind.SIGNATURE


def _paths(evidence: DocumentEvidence) -> Iterator[PathFacts]:
    for signature in evidence.signatures:
        tokens = (token.path for token in signature.timestamps)
        yield from (path for path in (signature.path, *tokens) if path is not None)
