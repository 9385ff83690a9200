"""Certificate paths to pinned anchors, and what CRLs and OCSP responses say of each step."""

from sigcheck.evidence.trust.context import TrustContext
from sigcheck.evidence.trust.paths import build_path

__all__ = ["TrustContext", "build_path"]
