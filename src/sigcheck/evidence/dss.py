"""The document security store: certificates, CRLs and OCSP responses, and since which revision.

See ISO 32000-2, 12.8.4.3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.cms import (
    SignedData,
    embedded_certificates,
    fingerprint,
    revocation_values,
)
from sigcheck.evidence.pdf import Dict, FilterError, Obj, PdfDocument, Ref, Stream, View
from sigcheck.model.evidence import Evidence, PathFacts, PathStep, TimestampFacts
from sigcheck.model.policy import Limits

MAX_REVISIONS = 64
"""Revisions looked into for the first appearance of an item; an older one counts as younger."""
_KINDS = {"Certs": "Cert", "CRLs": "CRL", "OCSPs": "OCSP"}
"""Arrays of the store, and their names in the entry of one signature (table 262)."""


class ValidationData(Struct, frozen=True):
    """Raw DER material as the DSS holds it; untrusted until something verifies with it."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    present: bool = False
    since: Mapping[str, int] = field(default_factory=dict)
    """SHA-256 of an item to the revision that brought it: what came later can prove that it
    existed then."""


def validation_data(document: PdfDocument, limits: Limits) -> ValidationData:
    """Return the material of the last revision's DSS; a stream that cannot be read is left out."""
    view = document.view()
    if not _store(view):
        return ValidationData()
    reading = _Reading(limits)
    for number in _revisions(document):
        reading.take(_Held(document.view(number), limits), number)
    held = _Held(view, limits)
    found = {key: tuple(reading.items(held, key)) for key in _KINDS}
    return ValidationData(
        certificates=found["Certs"],
        crls=found["CRLs"],
        ocsps=found["OCSPs"],
        present=True,
        since=reading.since,
    )


def _revisions(document: PdfDocument) -> range:
    last = len(document.revisions)
    return range(max(1, last - MAX_REVISIONS + 1), last + 1)


def _store(view: View) -> Dict:
    return view.dict(view.catalog.get("DSS"))


class _Reading(Struct):
    """Streams decoded once, however many revisions and entries name them."""

    limits: Limits
    since: dict[str, int] = field(default_factory=dict)
    decoded: dict[int, tuple[Stream, bytes]] = field(default_factory=dict)
    """By identity: revisions share their objects, which are held here."""
    known: set[Ref] = field(default_factory=set)
    """References to those: a revision repeats most of them, and changes few."""
    numbers: set[int] = field(default_factory=set)
    """The numbers in them."""

    def take(self, held: _Held, revision: int) -> None:
        """Note what a revision's store holds that none before it held."""
        view, known = held.view, self.known
        changed = view.revision.changed
        # A stream is always referred to (7.3.8).
        refs = [item for kind in _KINDS for item in held.named(kind) if type(item) is Ref]
        if self.numbers.isdisjoint(changed):
            new = [ref for ref in refs if ref not in known]
        else:
            new = [ref for ref in refs if ref not in known or ref.num in changed]
        for item in new:
            stream = view.get(item)
            if not isinstance(stream, Stream):
                continue
            if view.object(item.num) is stream:
                known.add(item)
                self.numbers.add(item.num)
            if id(stream) not in self.decoded:
                data = _decoded(stream, self.limits)
                self.decoded[id(stream)] = (stream, data)
                self.since.setdefault(hashlib.sha256(data).hexdigest(), revision)

    def items(self, held: _Held, key: str) -> dict[bytes, None]:
        """Return what a store holds of one kind, each item once."""
        streams = map(held.view.get, held.named(key))
        found = (self.decoded[id(s)][1] for s in streams if id(s) in self.decoded)
        return dict.fromkeys(data for data in found if data)


class _Held:
    """What the store of one revision and its entries for single signatures (VRI) name.

    NOTE: An entry of VRI is no statement about its signature: what it names is material for all
    signatures, and only what verifies counts.
    """

    __slots__ = ("_entries", "_most", "_store", "view")

    def __init__(self, view: View, limits: Limits) -> None:
        self.view = view
        self._most = limits.max_certificates
        self._store = _store(view)
        self._entries: list[Dict] = []
        entries = self._store.get("VRI")
        if entries is not None:
            named = islice(view.dict(entries).values(), self._most)
            self._entries = [view.dict(entry) for entry in named]

    def named(self, kind: str) -> list[Obj]:
        """Return what is named of one kind."""
        found = self._listed(self._store, kind)
        for entry in self._entries:
            if len(found) >= 4 * self._most:
                break
            found += self._listed(entry, _KINDS[kind])
        return found[: 4 * self._most]

    def _listed(self, dictionary: Dict, key: str) -> list[Obj]:
        value = dictionary.get(key)
        return [] if value is None else self.view.list(value)[: self._most]


def _decoded(value: Obj, limits: Limits) -> bytes:
    if not isinstance(value, Stream):
        return b""
    try:
        return value.decode(limits.max_stream_expansion)
    except (FilterError, LimitExceededError):
        return b""


# --- What of a signature's validation material stands in the file itself, and since which revision

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
