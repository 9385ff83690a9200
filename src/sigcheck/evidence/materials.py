"""The bytes behind the evidence: what an archive has to keep when the CAs are gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sigcheck import asn1
from sigcheck.evidence.cms import embedded_certificates, signature_tokens
from sigcheck.evidence.signature import Authority, ParsedSignature
from sigcheck.evidence.trust.context import recall
from sigcheck.evidence.trust.revocation import RevocationSources, of_store
from sigcheck.model.evidence import Evidence, PathFacts, SignatureKind


def materials(
    parsed_signatures: Sequence[ParsedSignature],
    signatures: Iterable[Evidence],
    authority: Authority,
) -> Mapping[str, bytes]:
    """Return SHA-256 to bytes: what the signatures' evidence names, and each CMS object itself.

    A certificate that signed a used CRL in place of the CA is among them. NOTE: the complete list
    below a delta CRL is not: the evidence names the delta alone.
    """
    at_hand = dict(_hashed(_blobs(parsed_signatures)))
    lists = RevocationSources()
    for sources in (of_store(authority.trust), *authority.sources):
        lists = lists.with_(sources)
    at_hand |= {c.sha256: c.der for c in lists.certificates}
    at_hand |= {crl.sha256: crl.data for crl in lists.crls}
    at_hand |= {ocsp.sha256: ocsp.data for ocsp in lists.ocsps}
    wanted = dict.fromkeys(sha256 for e in signatures for sha256 in named(e))
    names = {crl.issuer_der for crl in lists.crls if crl.sha256 in wanted}
    wanted |= dict.fromkeys(c.sha256 for c in lists.certificates if c.subject_der in names)
    wanted |= dict.fromkeys(sha256 for sha256, _ in _hashed(_signatures(parsed_signatures)))
    found = ((sha256, at_hand.get(sha256) or _der(sha256, authority)) for sha256 in wanted)
    return {sha256: data for sha256, data in sorted(found) if data}


def named(evidence: Evidence) -> Iterator[str]:
    """Yield the SHA-256 of everything a signature's evidence names, some more than once."""
    if evidence.certificate:
        yield evidence.certificate.sha256
    yield from _of_path(evidence.path)
    for counter in evidence.counter_signatures:
        if counter.certificate:
            yield counter.certificate.sha256
        yield from _of_path(counter.path)
    for token in evidence.tokens:
        yield token.sha256
        if token.certificate:
            yield token.certificate.sha256
        yield from _of_path(token.path)


def _of_path(path: PathFacts | None) -> Iterator[str]:
    if path is None:
        return
    for step in path.steps:
        yield step.certificate.sha256
        yield from (answer.sha256 for answer in step.revocation)
    if path.anchor:
        yield path.anchor.sha256


def _signatures(parsed_signatures: Iterable[ParsedSignature]) -> Iterator[bytes]:
    return (_unpadded(parsed) for parsed in parsed_signatures if parsed.location.contents)


def _unpadded(parsed: ParsedSignature) -> bytes:
    """Return a CMS object without the zeros that fill its place; a token as its digest has it."""
    contents = bytes(parsed.location.contents or b"")
    if parsed.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return contents
    try:
        _, rest = asn1.read_with_rest(contents)
    except asn1.Asn1Error:
        return contents
    return contents[: len(contents) - len(rest)]


def _blobs(parsed_signatures: Sequence[ParsedSignature]) -> Iterator[bytes]:
    yield from _signatures(parsed_signatures)
    for parsed in parsed_signatures:
        yield from signature_tokens(parsed.signed_data)
        yield from embedded_certificates(parsed.signed_data)


def _der(sha256: str, authority: Authority) -> bytes:
    """Return a certificate of a path: of the store, or met while the path was built."""
    found = recall(sha256, authority.trust)
    return authority.trust.certificates.get(sha256) or (found.der if found else b"")


def _hashed(items: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    return ((hashlib.sha256(item).hexdigest(), item) for item in items)
