"""Evidence packages: what was seen, what came of it, and every byte it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.archive import files
from sigcheck.archive.bag import DOCUMENT, EVIDENCE, INFO, POLICY, STAMP, Bag, zipped
from sigcheck.archive.files import tells_identity
from sigcheck.archive.report import (
    SCHEMA,
    Keeping,
    KeptKind,
    KeptMaterial,
    PackageInfo,
    derived,
    judged,
)
from sigcheck.errors import PackageError, UnreadableError
from sigcheck.evidence.cms import Certificate
from sigcheck.model.evidence import Anchor, DocumentEvidence, Evidence, PathFacts
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Report
from sigcheck.render.sanitize import mask


def anchors(evidence: DocumentEvidence) -> tuple[Anchor, ...]:
    """Return the anchors that paths of the document end in."""
    found = {p.anchor.sha256: p.anchor for p in _paths(evidence) if p.anchor}
    return tuple(found[sha256] for sha256 in sorted(found))


def materials(evidence: DocumentEvidence, *, full: bool) -> Iterator[KeptMaterial]:
    """Yield every material with what becomes of it; `full` withholds nothing."""
    kinds = named(evidence)
    for sha256 in sorted({*kinds, *evidence.materials}):
        kind = kinds.get(sha256) or _loose(evidence.materials[sha256])
        yield KeptMaterial(sha256, kind, _keeping(evidence.materials.get(sha256), kind, full=full))


def _keeping(data: bytes | None, kind: KeptKind, *, full: bool) -> Keeping:
    if data is None:
        return Keeping.MISSING
    # A CRL names serial numbers only, and is long enough for chance to spell anything.
    tells = not full and kind is not KeptKind.CRL and tells_identity(data)
    return Keeping.WITHHELD if tells else Keeping.KEPT


def named(evidence: DocumentEvidence) -> dict[str, KeptKind]:
    """Return what the evidence names by SHA-256, and what each is."""
    found: dict[str, KeptKind] = {}
    for path in _paths(evidence):
        found |= dict.fromkeys((s.certificate.sha256 for s in path.steps), KeptKind.CERTIFICATE)
        for answer in (a for step in path.steps for a in step.revocation if a.sha256):
            found[answer.sha256] = (
                KeptKind.CRL if answer.source.startswith("crl") else KeptKind.OCSP
            )
        if path.anchor:
            found[path.anchor.sha256] = KeptKind.CERTIFICATE
    for signature in evidence.signatures:
        if signature.certificate:
            found[signature.certificate.sha256] = KeptKind.CERTIFICATE
        found |= _of_tokens(signature)
    return found


def _of_tokens(signature: Evidence) -> dict[str, KeptKind]:
    found = {token.sha256: KeptKind.TIMESTAMP for token in signature.tokens if token.sha256}
    named = [token.certificate for token in signature.tokens]
    named += [counter.certificate for counter in signature.counter_signatures]
    certificates = (certificate.sha256 for certificate in named if certificate)
    return found | dict.fromkeys(certificates, KeptKind.CERTIFICATE)


def _loose(data: bytes) -> KeptKind:
    """Tell the certificate of somebody who signed a CRL from a signature, CMS or bare value."""
    return KeptKind.CERTIFICATE if Certificate.parse(data) is not None else KeptKind.SIGNATURE


def _paths(evidence: DocumentEvidence) -> Iterator[PathFacts]:
    for signature in evidence.signatures:
        yield from signature.paths


# --- Evidence packages: what was seen, what came of it, and every byte it rests on, in one bag

Stamper = Callable[[bytes], bytes]
"""Takes a manifest, returns an RFC 3161 token over it; raises FetchError."""


class Wish(Struct, frozen=True):
    """What a package shall hold besides what it always holds."""

    made_at: datetime
    """The moment the package is made, with an offset."""
    lang: str = "vi"
    full: bool = False
    """Keep citizen identity numbers, and the objects that carry them."""
    document: bytes | None = None
    """The PDF itself."""
    stamp: Stamper | None = None
    ledger_head: str = ""


def build(report: Report, policy: Policy, wish: Wish) -> bytes:
    """Return the package of a report's first document, as the bytes of a zip.

    The report comes from a `Verifier` with `keep_materials` and this policy.

    Raises:
        UnreadableError: for a document that could not be read: there is no evidence of it.
        FetchError: if a time-stamp is wanted and can't be had.
    """
    bag = _bag(report, policy, wish)
    if wish.stamp is not None:
        bag = replace(bag, tags={**bag.tags, STAMP: wish.stamp(bag.manifest())})
    return zipped(bag, f"sigcheck-{report.document.sha256[:16]}")


def _bag(report: Report, policy: Policy, wish: Wish) -> Bag:
    document = report.document
    if document.evidence is None:
        code = document.reason.code if document.reason else None
        raise UnreadableError(document.path, code=code)
    recorded = files.evidence_bytes(document.evidence, full=wish.full)
    info = _info(report, document.evidence, wish)
    replayed = judged(files.read_evidence(recorded), info, policy)
    if _verdicts(replayed.document) != _verdicts(document):
        raise PackageError(document.path, code="PACKAGE-NOT-REPLAYED")
    kept = {
        material.path: document.evidence.materials[material.sha256]
        for material in info.materials
        if material.keeping is Keeping.KEPT
    }
    payload = {
        EVIDENCE: recorded,
        POLICY: files.policy_bytes(policy),
        INFO: files.record_bytes(SCHEMA, info, full=wish.full),
        **derived(info, replayed),
        **kept,
        **({DOCUMENT: wish.document} if wish.document is not None else {}),
    }
    return _described(Bag(payload), info)


def _verdicts(document: DocumentReport) -> list[object]:
    own = [(document.indication, document.sub_indication)]
    return [*own, *((s.indication, s.sub_indication) for s in document.signatures)]


def _described(bag: Bag, info: PackageInfo) -> Bag:
    lines = {
        "Bagging-Date": info.made_at.date().isoformat(),
        "Bag-Software-Agent": f"sigcheck {info.tool_version}",
        "External-Identifier": f"sha256:{info.document_sha256}",
        "Payload-Oxum": bag.oxum,
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return replace(bag, tags={"bag-info.txt": text.encode("utf-8")})


def _info(report: Report, evidence: DocumentEvidence, wish: Wish) -> PackageInfo:
    name = PurePath(report.document.path).name
    return PackageInfo(
        tool_version=report.tool_version,
        made_at=wish.made_at,
        validation_time=report.validation_time,
        lang=wish.lang,
        document_name=name if wish.full else mask(name),
        document_sha256=evidence.sha256,
        document_size=evidence.size,
        document_included=wish.document is not None,
        masked=not wish.full,
        policy_id=report.policy_id,
        policy_version=report.policy_version,
        trust_digest=report.trust.digest,
        trust_anchors=report.trust.anchors,
        anchors=anchors(evidence),
        materials=tuple(materials(evidence, full=wish.full)),
        ledger_head=wish.ledger_head,
    )
