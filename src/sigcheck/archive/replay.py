"""The verdict from a package alone: without the PDF, without network, in any year."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.archive import files
from sigcheck.archive.bag import ALWAYS, DOCUMENT, EVIDENCE, INFO, POLICY, REPORT, STAMP, read_bag
from sigcheck.archive.package import anchors, named
from sigcheck.archive.report import SCHEMA, Keeping, PackageInfo, derived, judged
from sigcheck.errors import PackageError, SigcheckError
from sigcheck.model.evidence import DocumentEvidence
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Report, SignatureReport


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


def read_package(source: str | Path | bytes) -> Package:
    """Return what a zip, its bytes or an unpacked folder holds.

    Raises:
        PackageError: if it is damaged or altered, or its parts contradict one another.
    """
    bag = read_bag(source if isinstance(source, bytes) else Path(source))
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


# --- judging it again


class Said(Struct, frozen=True):
    """A verdict, as the report names it."""

    indication: str
    sub_indication: str | None

    def __str__(self) -> str:
        """Return both in one."""
        return "/".join(part for part in (self.indication, self.sub_indication) if part)


class Shift(Struct, frozen=True):
    """A verdict that came out differently."""

    field: str
    """The signature's field; empty for the document as a whole."""
    before: Said
    after: Said


class Replay(Struct, frozen=True):
    """What came of judging a package's evidence again."""

    report: Report
    shifts: tuple[Shift, ...]
    """What differs from the verdicts the package recorded."""
    causes: tuple[str, ...]
    """What was different from when the package was made: `policy`, `time`, `version`."""


def replay(package: Package, policy: Policy | None = None, at: datetime | None = None) -> Replay:
    """Judge the evidence of a package, under its own policy and time if none is given.

    Raises:
        PackageError: where the recorded report doesn't follow from the recorded evidence though
            the same version of sigcheck made it: one of the two was altered.
    """
    info = package.info
    own_version = info.tool_version == __version__
    try:
        if own_version:
            _reproduce(package)
        report = package.report(policy, at)
    except SigcheckError:
        raise
    except Exception as problem:  # evidence of the right form that no document ever gave
        raise PackageError(f"evidence that cannot be judged: {problem!r}") from problem
    causes = []
    if policy is not None and files.policy_bytes(policy) != files.policy_bytes(package.policy):
        causes.append("policy")
    if at is not None and at != info.validation_time:
        causes.append("time")
    if not own_version:
        causes.append("version")
    return Replay(report, tuple(_shifts(package, report.document)), tuple(causes))


def _reproduce(package: Package) -> None:
    for name, data in derived(package.info, package.report()).items():
        if package.files[name] != data:
            raise PackageError(f"{name} does not follow from the evidence")


def _shifts(package: Package, document: DocumentReport) -> Iterator[Shift]:
    recorded = _recorded(package.files[REPORT])
    now = [("", _said(document)), *((s.evidence.field, _said(s)) for s in document.signatures)]
    if len(recorded) != len(now):
        raise PackageError(f"{REPORT} speaks of other signatures than the evidence")
    for before, (field, after) in zip(recorded, now, strict=True):
        if before != after:
            yield Shift(field, before, after)


def _recorded(data: bytes) -> list[Said]:
    try:
        document = files.parsed(data, REPORT)["documents"][0]
        return [_of_tree(tree) for tree in (document, *document["signatures"])]
    except (KeyError, IndexError, TypeError, AttributeError) as problem:
        raise PackageError(f"{REPORT}: {problem!r}") from problem


def _of_tree(tree: Mapping[str, Any]) -> Said:
    sub = tree["sub_indication"]
    return Said(str(tree["indication"]), None if sub is None else str(sub))


def _said(judged: DocumentReport | SignatureReport) -> Said:
    sub = judged.sub_indication
    return Said(judged.indication.value, str(sub) if sub else None)
