"""Preserve a document that passes: material first, then time, then proof of both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from sigcheck._verify import Verifier
from sigcheck.errors import PreserveError
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import DocumentEvidence
from sigcheck.model.indication import DocumentIndication
from sigcheck.model.report import DocumentReport, Report, require_passed
from sigcheck.preserve.material import material_of
from sigcheck.preserve.proof import prove

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
    from sigcheck.preserve.write import with_store, with_timestamp

    written = with_store(data, material_of(evidence))
    if tsa is None:
        return written
    if fetch is None:
        raise PreserveError(code="PRESERVE-NO-FETCHER")
    from sigcheck.preserve.stamper import FetcherTimeStamper

    return with_timestamp(written, FetcherTimeStamper(tsa, fetch), _free_name(evidence))


def _evidence(document: DocumentReport) -> DocumentEvidence:
    if document.evidence is None:
        raise PreserveError(code="PRESERVE-WRITE")
    return document.evidence


def _free_name(evidence: DocumentEvidence) -> str:
    taken = {s.field for s in evidence.signatures} | {*evidence.unsigned_fields}
    return _first_free(taken, (f"DocTimeStamp{n}" for n in range(1, len(taken) + 2)))


def _first_free(taken: set[str], names: Iterable[str]) -> str:
    return next(name for name in names if name not in taken)
