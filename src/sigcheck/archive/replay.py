"""The verdict from a package alone: without the PDF, without network, in any year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from sigcheck._version import __version__
from sigcheck.archive import files
from sigcheck.archive.derived import derived
from sigcheck.archive.names import REPORT
from sigcheck.archive.reading import Package
from sigcheck.errors import PackageError, SigcheckError
from sigcheck.model.policy import Policy
from sigcheck.model.report import DocumentReport, Report


class Said(Struct, frozen=True):
    """A verdict, as the report names it."""

    indication: str
    sub_indication: str | None

    def __str__(self) -> str:
        """Return both in one."""
        return (
            f"{self.indication}/{self.sub_indication}" if self.sub_indication else self.indication
        )


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


def _said(judged: Any) -> Said:
    sub = judged.sub_indication
    return Said(judged.indication.value, str(sub) if sub else None)
