"""A verdict on a document that stayed elsewhere, from the evidence package of its reader.

The sender of a package may have written anything into it. So the anchors that count are those of
the trust store here, and what only a reader of the document can have seen decides nothing for it:
every signature is at best INDETERMINATE / SIGNED_DATA_NOT_FOUND, with the version that read it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from sigcheck._version import __version__
from sigcheck.api import DEFAULT_POLICY, judge_document
from sigcheck.archive.replay import Package, read_package, replay
from sigcheck.config import TrustStore, load_policy
from sigcheck.errors import FAULTS, PackageError, UsageError
from sigcheck.model.evidence import Evidence, PathFacts, TimestampFacts
from sigcheck.model.policy import Policy
from sigcheck.model.report import Report


def judge(
    package: str | Path | bytes,
    *,
    policy: Policy | None = None,
    trust: TrustStore | None = None,
    at: datetime | None = None,
) -> Report:
    """Judge the evidence in a package under a policy, trust store and time of one's own.

    `package` is a zip, its bytes or an unpacked folder. Defaults: policy `intake`, our own pins,
    now.

    Raises:
        PackageError: if it is damaged, altered, or contradicts itself.
        UsageError: if `at` has no offset.
    """
    if at is not None and at.tzinfo is None:
        raise UsageError("the validation time needs an offset, such as +07:00", code="AT-OFFSET")
    found = read_package(package)
    replay(found)  # refuses what does not follow from its own evidence
    policy = policy if policy is not None else load_policy(DEFAULT_POLICY)
    trust = trust if trust is not None else TrustStore.load()
    moment = at or datetime.now(UTC)
    evidence = replace(
        found.evidence,
        signatures=tuple(_as_sent(s, found, trust) for s in found.evidence.signatures),
    )
    try:
        document = judge_document(evidence, policy, moment, found.info.document_name)
    except FAULTS as problem:  # evidence of the right form that no document ever gave
        raise PackageError(f"evidence that cannot be judged: {problem!r}") from problem
    return Report(
        documents=(document,),
        validation_time=moment,
        policy_id=policy.id,
        policy_version=policy.version,
        trust=trust.summary(),
        tool_version=__version__,
    )


def _as_sent(signature: Evidence, package: Package, trust: TrustStore) -> Evidence:
    return replace(
        signature,
        read_by=package.info.tool_version,
        path=_anchored(signature.path, trust),
        timestamps=tuple(_token(token, trust) for token in signature.timestamps),
        content_timestamps=tuple(_token(token, trust) for token in signature.content_timestamps),
        counter_signatures=tuple(
            replace(one, path=_anchored(one.path, trust)) for one in signature.counter_signatures
        ),
    )


def _token(token: TimestampFacts, trust: TrustStore) -> TimestampFacts:
    return replace(token, path=_anchored(token.path, trust))


def _anchored(path: PathFacts | None, trust: TrustStore) -> PathFacts | None:
    """Return a path that ends in an anchor only where it is one here, with its tier here."""
    if path is None or path.anchor is None:
        return path
    return replace(path, anchor=trust.anchors.get(path.anchor.sha256))
