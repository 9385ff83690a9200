"""Preserve a document that passes: material first, then time, then proof of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from sigcheck.api import Verifier
from sigcheck.checks import proof_end
from sigcheck.errors import PreserveError
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import DocumentEvidence, Evidence, PathFacts, SignatureKind
from sigcheck.model.indication import DocumentIndication, Indication
from sigcheck.model.report import DocumentReport, Report, SignatureReport, require_passed

LEAD = timedelta(days=180)
"""How long before the end a renewal is due: an archive needs time to do thousands."""


class Renewal(Struct, frozen=True):
    """The first thing that stops proving, and when."""

    until: datetime
    """End of validity."""
    subject: str
    """Whose certificate ends; untrusted text."""
    field: str
    """The signature or document time-stamp that rests on it."""

    def due(self, at: datetime, lead: timedelta = LEAD) -> bool:
        """Say whether it is time to act."""
        return at >= self.until - lead


def renewal(document: DocumentReport) -> Renewal | None:
    """Return what will stop proving first; None for a document without signatures."""
    ending = proof_end(document.evidence) if document.evidence else None
    if ending is None:
        return None
    certificate, field = ending
    return Renewal(certificate.not_after, certificate.subject, field)


# --- What a document needs to be checked without its CAs: sorted for the security store


class StoreMaterial(Struct, frozen=True):
    """DER bytes, each once, in a fixed order."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


def material_of(document: DocumentEvidence) -> StoreMaterial:
    """Return the certificates, lists and responses the document's verdict rests on.

    The evidence must have been gathered with `keep_materials`. Statements that did not count, and
    certificates of paths that lead nowhere, are left out: a store is no place for noise.
    """
    at_hand = document.materials
    certificates = dict.fromkeys(_certificates(document.signatures))
    lists = [a for p in _paths(document.signatures) for s in p.steps for a in s.revocation]
    counting = [a for a in lists if not a.problem and a.sha256 in at_hand]
    crls = dict.fromkeys(a.sha256 for a in counting if a.source.startswith("crl"))
    ocsps = dict.fromkeys(a.sha256 for a in counting if a.source.startswith("ocsp"))
    named = [at_hand[sha256] for sha256 in certificates if sha256 in at_hand]
    return StoreMaterial(
        tuple(named),
        tuple(at_hand[sha256] for sha256 in crls),
        tuple(at_hand[sha256] for sha256 in ocsps),
    )


def _paths(signatures: Iterable[Evidence]) -> Iterator[PathFacts]:
    for evidence in signatures:
        yield from (path for path in evidence.paths if path.anchor)


def _certificates(signatures: Iterable[Evidence]) -> Iterator[str]:
    for path in _paths(signatures):
        yield from (step.certificate.sha256 for step in path.steps)


# --- Proof that preserving changed nothing that was signed, and that it was worth doing

_LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


def prove(before: DocumentReport, after: DocumentReport, *, stamped: bool) -> None:
    """Compare the reports on a document before and after.

    Raises:
        PreserveError: PRESERVE-BROKE where a former verdict or byte range is not what it was,
            PRESERVE-STAMP where the new time-stamp does not pass, PRESERVE-LEVEL where a
            signature fell below its former level.
    """
    former = after.signatures[: len(before.signatures)]
    for old, new in zip(before.signatures, former, strict=False):
        _same(old, new)
        if _rank(new) < _rank(old):
            raise PreserveError(old.evidence.field, code="PRESERVE-LEVEL")
    if len(former) < len(before.signatures):
        raise PreserveError("a signature is gone", code="PRESERVE-BROKE")
    if stamped:
        _stamp_passes(after.signatures[len(before.signatures) :])


def _same(old: SignatureReport, new: SignatureReport) -> None:
    one, other = old.evidence.byte_range, new.evidence.byte_range
    same_bytes = one is not None and other is not None and one.values == other.values
    kept = old.evidence.field == new.evidence.field and old.indication is new.indication
    if not (same_bytes and kept):
        raise PreserveError(old.evidence.field, code="PRESERVE-BROKE")


def _stamp_passes(added: Sequence[SignatureReport]) -> None:
    stamps = [s for s in added if s.evidence.kind is SignatureKind.DOCUMENT_TIMESTAMP]
    if len(stamps) == 1 and stamps[0].indication is Indication.TOTAL_PASSED:
        return
    deciding = stamps[0].deciding if stamps else None
    raise PreserveError(deciding.code if deciding else "", code="PRESERVE-STAMP")


def _rank(report: SignatureReport) -> int:
    return _LEVELS.index(report.pades_level) if report.pades_level in _LEVELS else -1


# --- Preserve a document that passes: material first, then time, then proof of both

_GRACE = timedelta(minutes=10)
"""How far an authority's clock may run ahead of ours when the fresh stamp is judged."""


class Preserved(Struct, frozen=True):
    """A preserved document and the reports before and after."""

    data: bytes
    before: Report
    after: Report


def preserve(
    data: bytes,
    verifier: Verifier,
    *,
    tsa: str | None = None,
    fetch: Fetcher | None = None,
    at: datetime | None = None,
) -> Preserved:
    """Return the document with its validation material and, given `tsa`, a document time-stamp.

    With the material alone signatures rise to B-LT, with the stamp to B-LTA
    (EN 319 142-1, 6.3). `fetch` is how the authority is asked; `at` is the time it is done.

    Raises:
        NotPassedError: the document does not pass under the verifier's policy.
        PreserveError: the document is encrypted, could not be written, or what was written does
            not prove what it should; nothing is handed out then.
        FetchError: the authority could not be asked, or gave no time-stamp.
    """
    moment = at if at is not None else datetime.now(UTC)
    keeping = Verifier(
        verifier.trust, verifier.policy, verifier.fetch, verifier.limits, keep_materials=True
    )
    before = require_passed(keeping.verify(data, at=moment))
    evidence = _evidence(before.document)
    if evidence.encrypted:
        raise PreserveError(code="PRESERVE-ENCRYPTED")
    written = _written(data, evidence, tsa, fetch)
    if not written.startswith(data):
        raise PreserveError("the signed bytes were not kept", code="PRESERVE-BROKE")
    after = keeping.verify(written, at=moment + _GRACE if tsa else moment)
    if after.document.indication is not DocumentIndication.TOTAL_PASSED and tsa is None:
        raise PreserveError(str(after.document.indication), code="PRESERVE-BROKE")
    prove(before.document, after.document, stamped=tsa is not None)
    return Preserved(written, before, after)


def _written(
    data: bytes, evidence: DocumentEvidence, tsa: str | None, fetch: Fetcher | None
) -> bytes:
    # pyHanko costs a third of a second to import: only this command pays for it.
    from sigcheck.preserve.write import FetcherTimeStamper, with_store, with_timestamp

    written = with_store(data, material_of(evidence))
    if tsa is None:
        return written
    if fetch is None:
        raise PreserveError(code="PRESERVE-NO-FETCHER")
    return with_timestamp(written, FetcherTimeStamper(tsa, fetch), _free_name(evidence))


def _evidence(document: DocumentReport) -> DocumentEvidence:
    if document.evidence is None:
        raise PreserveError(code="PRESERVE-WRITE")
    return document.evidence


def _free_name(evidence: DocumentEvidence) -> str:
    taken = {s.field for s in evidence.signatures} | {*evidence.unsigned_fields}
    names = (f"DocTimeStamp{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
