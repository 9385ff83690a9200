"""What a package says of itself: `data/package.json`, `sigcheck.package/1`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from sigcheck.model.evidence import Anchor

SCHEMA = "sigcheck.package/1"


class Kind(StrEnum):
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
    Kind.CERTIFICATE: "cer",
    Kind.CRL: "crl",
    Kind.OCSP: "ors",
    Kind.TIMESTAMP: "tst",
    Kind.SIGNATURE: "p7s",
}


class Material(Struct, frozen=True):
    """One certificate, list, response, token or signature."""

    sha256: str
    kind: Kind
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
    materials: tuple[Material, ...]
    """Every certificate, list, response, token and signature the evidence names."""
    ledger_head: str = ""
    """Hash of the ledger's entry of this check, where a ledger was kept."""
