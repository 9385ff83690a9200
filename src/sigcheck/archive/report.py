"""What an evidence package says of itself, and the forms of its report."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from sigcheck.api import judge_document
from sigcheck.archive.bag import PREMIS, REPORT, XML
from sigcheck.archive.premis import premis
from sigcheck.model.evidence import Anchor, DocumentEvidence
from sigcheck.model.policy import Policy
from sigcheck.model.report import Report, TrustSummary
from sigcheck.render import RenderOptions, Words, renderer
from sigcheck.render.sanitize import mask
from sigcheck.render.values import iso

SCHEMA = "sigcheck.package/1"


class KeptKind(StrEnum):
    """What a material is, and the folder it lies in below `materials/`."""

    CERTIFICATE = "certificates"
    CRL = "crls"
    OCSP = "ocsps"
    TIMESTAMP = "timestamps"
    SIGNATURE = "signatures"
    """A CMS object as the document carries it, without its padding."""


class Keeping(StrEnum):
    """What became of a material the evidence names."""

    KEPT = "kept"
    WITHHELD = "withheld"
    """It carries a citizen identity number, and the package is masked."""
    MISSING = "missing"
    """Nobody had the bytes: a pinned anchor whose certificate was not at hand."""


EXTENSIONS = {
    KeptKind.CERTIFICATE: "cer",
    KeptKind.CRL: "crl",
    KeptKind.OCSP: "ors",
    KeptKind.TIMESTAMP: "tst",
    KeptKind.SIGNATURE: "p7s",
}


class KeptMaterial(Struct, frozen=True):
    """One certificate, list, response, token or signature."""

    sha256: str
    kind: KeptKind
    keeping: Keeping

    @property
    def path(self) -> str:
        """Return where the bytes lie, below `data/`."""
        return f"materials/{self.kind}/{self.sha256}.{EXTENSIONS[self.kind]}"


class PackageInfo(Struct, frozen=True):
    """The circumstances of the check; everything else follows from evidence and policy."""

    tool_version: str
    made_at: datetime
    """When the package was made, by the clock of the machine."""
    validation_time: datetime
    lang: str
    document_name: str
    """Untrusted text."""
    document_sha256: str
    document_size: int
    document_included: bool
    masked: bool
    """Citizen identity numbers are not in it (`--full` keeps them)."""
    policy_id: str
    policy_version: str
    trust_digest: str
    trust_anchors: int
    """How many anchors the trust store had."""
    anchors: tuple[Anchor, ...]
    """Those that paths of this document end in."""
    materials: tuple[KeptMaterial, ...]
    """Every certificate, list, response, token and signature the evidence names."""
    ledger_head: str = ""
    """Hash of the audit log's entry of this check, where a log was kept."""


# --- What follows from the recorded evidence, a policy and a time: the report in its forms


def judged(
    evidence: DocumentEvidence, info: PackageInfo, policy: Policy, at: datetime | None = None
) -> Report:
    """Judge recorded evidence, at the package's own time if none is given."""
    moment = at or info.validation_time
    return Report(
        documents=(judge_document(evidence, policy, moment, info.document_name),),
        validation_time=moment,
        policy_id=policy.id,
        policy_version=policy.version,
        trust=TrustSummary(info.trust_digest, info.trust_anchors),
        tool_version=info.tool_version,
    )


def derived(info: PackageInfo, report: Report) -> dict[str, bytes]:
    """Return the files that follow from the evidence, the policy and `package.json`."""
    words, options = Words.load(info.lang), RenderOptions(full=not info.masked)
    made_at = iso(info.made_at) or ""
    events = premis(report, made_at)
    return {
        REPORT: renderer("json")(report, words, options).encode("utf-8"),
        XML: renderer("xml")(report, words, options).encode("utf-8"),
        PREMIS: (mask(events) if info.masked else events).encode("utf-8"),
    }
