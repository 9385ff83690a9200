"""What of a signature's validation material stands in the file itself, and since which revision.

Level B-LT means that it does (EN 319 142-1, 5.4.2); a later document time-stamp then proves
that it existed (5.4.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from sigcheck.evidence.cms import (
    SignedData,
    embedded_certificates,
    fingerprint,
    revocation_values,
)
from sigcheck.model.evidence import Evidence, PathFacts, PathStep, TimestampFacts

Standing = Mapping[str, int]
"""SHA-256 of an item to the revision that brought it."""


def carried(data: SignedData, revision: int) -> dict[str, int]:
    """Return what a CMS object in a revision carries: certificates, CRLs, OCSP responses."""
    crls, ocsps = revocation_values(data)
    found = dict.fromkeys(map(fingerprint, embedded_certificates(data)), revision)
    return found | {hashlib.sha256(item).hexdigest(): revision for item in (*crls, *ocsps)}


def merged(first: Standing, *others: Standing) -> dict[str, int]:
    """Return several maps as one; of two revisions the earlier."""
    found = dict(first)
    for part in others:
        for sha256, revision in part.items():
            found[sha256] = min(revision, found.get(sha256, revision))
    return found


def placed(path: PathFacts | None, standing: Standing) -> PathFacts | None:
    """Return the path with each statement's revision, where it stands in the file."""
    if path is None or not any(a.sha256 in standing for s in path.steps for a in s.revocation):
        return path
    return replace(path, steps=tuple(_placed(step, standing) for step in path.steps))


def _placed(step: PathStep, standing: Standing) -> PathStep:
    if not any(a.sha256 in standing for a in step.revocation):
        return step
    answers = (replace(a, since_revision=standing.get(a.sha256)) for a in step.revocation)
    return replace(step, revocation=tuple(answers))


def material_since(paths: Iterable[PathFacts | None], standing: Standing) -> int | None:
    """Return the revision by which all links of all paths stand in the file with a status.

    None when anything is missing: a certificate, a status that counts, the way to a root. The root
    itself may be missing, and whether anybody trusts it is another question.
    """
    needed = [_path_since(path, standing) for path in paths]
    known = [revision for revision in needed if revision is not None]
    return max(known) if known and len(known) == len(needed) else None


def _path_since(path: PathFacts | None, standing: Standing) -> int | None:
    root = _root(path) if path else ""
    if path is None or not root:
        return None
    links = [step for step in path.steps if step.certificate.sha256 != root]
    found = [_step_since(step, standing) for step in links]
    if None in found:
        return None
    return max((revision for revision in found if revision is not None), default=0)


def _root(path: PathFacts) -> str:
    """Return the fingerprint of the path's root: the anchor, or one that names itself."""
    if path.anchor:
        return path.anchor.sha256
    last = path.steps[-1].certificate if path.steps else None
    return last.sha256 if last and last.subject == last.issuer else ""


def _step_since(step: PathStep, standing: Standing) -> int | None:
    certificate = standing.get(step.certificate.sha256)
    if certificate is None or step.revocation_exempt:
        return certificate
    statuses = [
        answer.since_revision
        for answer in step.revocation
        if not answer.problem and answer.since_revision is not None
    ]
    return max(certificate, min(statuses)) if statuses else None


def _stamp(token: TimestampFacts, standing: Standing) -> TimestampFacts:
    path = placed(token.path, standing)
    return token if path is token.path else replace(token, path=path)


def with_standing(evidence: Evidence, stored: Standing, datas: Iterable[SignedData]) -> Evidence:
    """Return the evidence with the revision of each statement, and of the material as a whole.

    `stored` is the DSS's part, `datas` the signature's own CMS object and its tokens.
    """
    own = (carried(data, evidence.revision) for data in datas)
    standing = merged(stored, *own)
    path = placed(evidence.path, standing)
    stamps = tuple(_stamp(token, standing) for token in evidence.timestamps)
    since = material_since((path, *(t.path for t in stamps)), standing)
    return replace(
        evidence,
        path=path,
        timestamps=stamps,
        material_since=since,
        has_validation_data=since is not None,
    )
