"""Certificate paths to pinned anchors, and what CRLs and OCSP responses say of each step."""

from sigcheck.evidence.trust.context import TrustContext
from sigcheck.evidence.trust.paths import build_path, known_path
from sigcheck.evidence.trust.revocation import RevocationSources, attach_revocation, known_status

__all__ = [
    "RevocationSources",
    "TrustContext",
    "attach_revocation",
    "build_path",
    "known_path",
    "known_status",
]
