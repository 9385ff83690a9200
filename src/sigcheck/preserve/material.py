"""What a document needs to be checked without its CAs: sorted for the security store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from sigcheck.model.evidence import DocumentEvidence, Evidence, PathFacts


class Material(Struct, frozen=True):
    """DER bytes, each once, in a fixed order."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


def material_of(document: DocumentEvidence) -> Material:
    """Return the certificates, lists and responses the document's verdict rests on.

    The evidence must have been gathered with `keep_materials`. Statements that did not count, and
    certificates of paths that lead nowhere, are left out: a store is no place for noise.
    """
    at_hand = document.materials
    certificates = dict.fromkeys(_certificates(document.signatures))
    lists = [a for p in _paths(document.signatures) for s in p.steps for a in s.revocation]
    counting = [a for a in lists if not a.problem and a.sha256 in at_hand]
    crls = dict.fromkeys(a.sha256 for a in counting if a.source.startswith("crl"))
    ocsps = dict.fromkeys(a.sha256 for a in counting if a.source.startswith("ocsp"))
    named = [at_hand[sha256] for sha256 in certificates if sha256 in at_hand]
    return Material(
        tuple(named),
        tuple(at_hand[sha256] for sha256 in crls),
        tuple(at_hand[sha256] for sha256 in ocsps),
    )


def _paths(signatures: Iterable[Evidence]) -> Iterator[PathFacts]:
    for evidence in signatures:
        tokens = (t.path for t in evidence.timestamps)
        yield from (path for path in (evidence.path, *tokens) if path and path.anchor)


def _certificates(signatures: Iterable[Evidence]) -> Iterator[str]:
    for path in _paths(signatures):
        yield from (step.certificate.sha256 for step in path.steps)
