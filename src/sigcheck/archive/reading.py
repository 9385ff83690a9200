"""Reading a package: whole, consistent in itself, and nothing in it that was not announced."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sigcheck.archive import files
from sigcheck.archive.bag import STAMP, read_bag
from sigcheck.archive.contents import anchors, named
from sigcheck.archive.derived import judged
from sigcheck.archive.info import SCHEMA, Keeping, PackageInfo
from sigcheck.archive.names import ALWAYS, DOCUMENT, EVIDENCE, INFO, POLICY
from sigcheck.errors import PackageError
from sigcheck.model.evidence import DocumentEvidence
from sigcheck.model.policy import Policy
from sigcheck.model.report import Report


class Package(Struct, frozen=True):
    """A package that was read: consistent in itself, which is all that reading can show."""

    info: PackageInfo
    evidence: DocumentEvidence
    """With the materials that were kept."""
    policy: Policy
    files: Mapping[str, bytes]
    """Every payload file by its path below `data/`."""
    manifest: bytes
    stamp: bytes | None = None
    """RFC 3161 token over the manifest."""
    repacked: bool = False

    def report(self, policy: Policy | None = None, at: datetime | None = None) -> Report:
        """Judge the evidence anew, under the package's own policy and time if none is given."""
        return judged(self.evidence, self.info, policy or self.policy, at)


def read_package(path: str | Path) -> Package:
    """Return what a zip or an unpacked folder holds.

    Raises:
        PackageError: if it is damaged or altered, or its parts contradict one another.
    """
    bag = read_bag(Path(path))
    found = bag.payload
    for name in sorted(ALWAYS):
        if name not in found:
            raise PackageError(f"{name} is not there")
    info = files.read_record(SCHEMA, PackageInfo, found[INFO])
    package = Package(
        info=info,
        evidence=replace(files.read_evidence(found[EVIDENCE]), materials=_kept(info, found)),
        policy=files.read_policy(found[POLICY]),
        files=found,
        manifest=bag.manifest(),
        stamp=bag.tags.get(STAMP),
        repacked=bag.repacked,
    )
    _agree(package)
    return package


def _kept(info: PackageInfo, found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the materials, each of the SHA-256 it is named by; refuse files nobody announced."""
    kept = {}
    expected = {*ALWAYS, *((DOCUMENT,) if info.document_included else ())}
    for material in info.materials:
        if material.keeping is not Keeping.KEPT:
            continue
        data = found.get(material.path, b"")
        if hashlib.sha256(data).hexdigest() != material.sha256:
            raise PackageError(f"{material.path} is not what its name says")
        kept[material.sha256] = data
        expected.add(material.path)
    if odd := sorted(found.keys() ^ expected):
        raise PackageError(f"{odd[0]}: announced and not there, or there and not announced")
    return kept


def _agree(package: Package) -> None:
    """Refuse a package whose description, evidence and document speak of different things."""
    info, evidence = package.info, package.evidence
    document = package.files.get(DOCUMENT)
    same = (
        (info.document_sha256, info.document_size) == (evidence.sha256, evidence.size)
        and (info.policy_id, info.policy_version) == (package.policy.id, package.policy.version)
        and info.anchors == anchors(evidence)
        and {m.sha256 for m in info.materials} >= named(evidence).keys()
    )
    if not same:
        raise PackageError(f"{INFO} contradicts {EVIDENCE} or {POLICY}")
    if document is not None and hashlib.sha256(document).hexdigest() != evidence.sha256:
        raise PackageError(f"{DOCUMENT} is another document")
