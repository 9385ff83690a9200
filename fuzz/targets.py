"""What the fuzzers feed: byte layer and revisions, changes, CMS, certificates, lists.

A target takes any bytes and must return, or raise a SigcheckError; whatever else it raises is a
finding. Nothing here asks for a verdict: a verdict on noise means nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sigcheck import TrustStore, Verifier
from sigcheck.api import INTERNAL
from sigcheck.errors import SigcheckError
from sigcheck.evidence.cms import Certificate, examine, examine_token, parse_signed_data
from sigcheck.evidence.trust import RevocationSources
from sigcheck.model.finding import Status
from sigcheck.model.policy import Limits

ROOT = Path(__file__).resolve().parent.parent
SMALL = Limits(
    max_file_size=1 << 20,
    max_stream_expansion=1 << 20,
    max_total_expansion=4 << 20,
    max_seconds=5.0,
)
"""A fuzzer learns from many small cases, not from a few that fill the memory."""
_AT = datetime(2026, 11, 23, tzinfo=UTC)
_VERIFIERS: list[Verifier] = []


def document(data: bytes) -> None:
    """Judge bytes as a document: reader, byte layer, changes, CMS and checks together."""
    if not _VERIFIERS:
        trust = TrustStore.load([ROOT / "fixtures" / "pki"])
        _VERIFIERS.append(Verifier(trust=trust, limits=SMALL))
    report = _VERIFIERS[0].verify(data, at=_AT).document
    if report.reason and report.reason.code == INTERNAL:
        raise AssertionError(report.reason.facts)
    for signature in report.signatures:
        crashed = [f.code for f in signature.findings if f.outcome.status is Status.CRASHED]
        if crashed:
            raise AssertionError(crashed)


def cms(data: bytes) -> None:
    """Read bytes as a CMS object and as a time-stamp token, and verify what they hold."""
    parsed = parse_signed_data(data, SMALL)
    examine(parsed, lambda name: b"\0" * 32 if name else b"")
    examine_token(data, b"stamped", "signature", limits=SMALL)


def certificate(data: bytes) -> None:
    """Read bytes as a certificate, with all its facts."""
    found = Certificate.parse(data)
    if found is not None:
        found.facts()


def revocation(data: bytes) -> None:
    """Read bytes as a CRL and as an OCSP response."""
    RevocationSources.of([("fuzz", data)], [("fuzz", data)])


def tolerated(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Return the target with the errors a caller is told to expect."""

    def run(data: bytes) -> None:
        with contextlib.suppress(SigcheckError):
            target(data)

    return run


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "document": tolerated(document),
    "cms": tolerated(cms),
    "certificate": tolerated(certificate),
    "revocation": tolerated(revocation),
}
