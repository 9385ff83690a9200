"""Facts about a document and its signatures; no verdict, nothing borrowed from a reader."""

from sigcheck.model.evidence.bytes import Anomaly, ByteRangeFacts, Coverage
from sigcheck.model.evidence.certificates import (
    Anchor,
    CertificateFacts,
    PathFacts,
    PathProblem,
    PathStep,
    Purpose,
    RevocationAnswer,
    RevocationStatus,
    SignerIdentity,
    SignerKind,
    Tier,
)
from sigcheck.model.evidence.changes import ChangeClass, ChangeItem, Permission, Rect
from sigcheck.model.evidence.cms import CmsFacts, ProofOfExistence, Scheme, TimestampFacts
from sigcheck.model.evidence.document import (
    Act,
    DictionaryFacts,
    DocumentEvidence,
    Evidence,
    RevisionFacts,
    SignatureKind,
    TimeBasis,
    WidgetFacts,
)

__all__ = [
    "Act",
    "Anchor",
    "Anomaly",
    "ByteRangeFacts",
    "CertificateFacts",
    "ChangeClass",
    "ChangeItem",
    "CmsFacts",
    "Coverage",
    "DictionaryFacts",
    "DocumentEvidence",
    "Evidence",
    "PathFacts",
    "PathProblem",
    "PathStep",
    "Permission",
    "ProofOfExistence",
    "Purpose",
    "Rect",
    "RevisionFacts",
    "RevocationAnswer",
    "RevocationStatus",
    "Scheme",
    "SignatureKind",
    "SignerIdentity",
    "SignerKind",
    "Tier",
    "TimeBasis",
    "TimestampFacts",
    "WidgetFacts",
]
