"""Proof that preserving changed nothing that was signed, and that it was worth doing."""

from __future__ import annotations

from collections.abc import Sequence

from sigcheck.errors import PreserveError
from sigcheck.model.evidence import SignatureKind
from sigcheck.model.indication import Indication
from sigcheck.model.report import DocumentReport, SignatureReport

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
