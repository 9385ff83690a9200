"""Which PAdES baseline level a signature has reached (EN 319 142-1, 6)."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.model.evidence import Evidence, SignatureKind, TimestampFacts


def pades_level(evidence: Evidence, stamped_revisions: Iterable[int]) -> str | None:
    """Return B-B, B-T, B-LT or B-LTA; None for what is no PAdES signature or doesn't hold.

    `stamped_revisions` are those of the document time-stamps that hold cryptographically. The level
    says what is there, not what it is worth: trust and policy have their own words. A signature by
    `adbe.pkcs7.detached` has no level, whatever follows it: PAdES asks for `ETSI.CAdES.detached`
    with a signing-certificate attribute (EN 319 142-1, 6.3).
    """
    if not _is_pades(evidence):
        return None
    later = [revision for revision in stamped_revisions if revision > evidence.revision]
    if not later and not any(map(is_sound, evidence.timestamps)):
        return "B-B"
    since = evidence.material_since
    if since is None:
        return "B-T"
    return "B-LTA" if any(revision >= since for revision in later) else "B-LT"


def _is_pades(evidence: Evidence) -> bool:
    cms = evidence.cms
    asked = (
        evidence.kind is not SignatureKind.DOCUMENT_TIMESTAMP,
        evidence.dictionary.sub_filter == "ETSI.CAdES.detached",
        cms.parsed and cms.has_signed_attributes,
        cms.signing_certificate_version > 0 and cms.signing_certificate_matches is not False,
        cms.digest_matches is True and cms.signature_ok is True,
    )
    return all(asked)


def is_sound(token: TimestampFacts) -> bool:
    """Say whether a token is about what it stamps and its own value verifies."""
    value = token.cms.signature_ok is True and token.cms.digest_matches is not False
    return token.parsed and token.time is not None and token.imprint_matches is True and value
