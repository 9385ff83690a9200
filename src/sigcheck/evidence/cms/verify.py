"""One signer judged: digest, content type, signature value, signing certificate (RFC 5652, 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sigcheck.evidence.cms import signer_info, signing_certificate, tlv
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.content import Content, DigestOf, ask, detached, encapsulated
from sigcheck.evidence.cms.digests import digest_algorithm, message_digest
from sigcheck.evidence.cms.revocation_values import carries_revocation
from sigcheck.evidence.cms.scheme import agree, scheme_use
from sigcheck.evidence.cms.signature_value import signature_value
from sigcheck.evidence.cms.signed_data import SignedData
from sigcheck.evidence.cms.signer_info import SignerInfo
from sigcheck.evidence.cms.times import moment
from sigcheck.model.evidence.bytes import Anomaly
from sigcheck.model.evidence.cms import CmsFacts

_MAX_TRIES = 16


class Examined(NamedTuple):
    """The facts, and the certificate they were established with."""

    facts: CmsFacts
    certificate: Certificate | None = None


def cms_facts(data: SignedData, digest_of: DigestOf, sub_filter: str = "") -> CmsFacts:
    """Judge the first signer over a byte range; `digest_of` takes hashlib's names."""
    return examine(data, digest_of, sub_filter).facts


def examine(
    data: SignedData,
    digest_of: DigestOf,
    sub_filter: str = "",
    *,
    extra: Iterable[bytes] = (),
    whole: Callable[[], bytes] | None = None,
) -> Examined:
    """Judge the first signer over a byte range, with `extra` certificates from elsewhere (DSS)."""
    if sub_filter == "adbe.pkcs7.sha1":
        content = encapsulated(data, holds=data.econtent == ask(digest_of, "sha1"))
        return examine_content(data, content, extra=extra)
    content = detached(digest_of, whole)
    if data.econtent is None or not data.signers:
        return examine_content(data, content, extra=extra)
    # ISO 32000-2, 12.8.3.3.1: no data shall be encapsulated. A CMS library would digest that data,
    # a PDF reader the byte range, so they must be the same for one answer to exist.
    name = digest_algorithm(data.signers[0])[0]
    same = digest(name, data.econtent) == content.digest(name)
    told = (Anomaly("cms-encapsulated-content"),)
    return examine_content(data, content._replace(holds=same), extra=extra, anomalies=told)


def examine_content(
    data: SignedData,
    content: Content,
    *,
    extra: Iterable[bytes] = (),
    anomalies: Iterable[Anomaly] = (),
) -> Examined:
    """Judge the first signer over the given content."""
    if data.problem or not data.signers:
        problem = data.problem or "the SignerInfo is damaged"
        return Examined(
            CmsFacts(
                parsed=False,
                parse_problem=problem,
                encoding=data.encoding,
                content_type=data.content_type,
                signer_count=data.signer_count,
                certificate_count=len(data.certificates),
                anomalies=data.anomalies,
            )
        )
    return _judge(data, data.signers[0], content, extra, tuple(anomalies))


def _judge(
    data: SignedData,
    signer: SignerInfo,
    content: Content,
    extra: Iterable[bytes],
    anomalies: tuple[Anomaly, ...],
) -> Examined:
    use = scheme_use(signer)
    cited = signing_certificate.references(signer)
    value = signature_value(signer, use, content, _candidates(data, signer, extra, cited))
    certificate = value.certificate
    by_attribute = signer.signed_element is not None
    signed_digest = message_digest(signer) if by_attribute else value.signed_digest
    computed = content.digest(use.digest if by_attribute else value.digest_name or use.digest)
    signing_time, late = _signing_time(signer)
    facts = CmsFacts(
        parsed=True,
        encoding=data.encoding,
        content_type=data.content_type,
        signer_count=data.signer_count,
        digest_algorithm=use.digest,
        scheme=use.algorithm.scheme,
        scheme_hash=use.named_digest,
        algorithms_agree=agree(signer, use, certificate.key if certificate else None),
        has_signed_attributes=by_attribute,
        content_type_attribute_ok=_content_type_ok(data, signer),
        message_digest=(signed_digest or b"").hex(),
        computed_digest=(computed or b"").hex(),
        digest_matches=_digest_matches(content, signed_digest, computed, by_attribute=by_attribute),
        signature_ok=value.ok,
        signature_problem=value.problem,
        signing_certificate_version=max((one.version for one in cited), default=0),
        signing_certificate_matches=_reference_ok(cited, certificate),
        signing_time=signing_time,
        certificate_count=len(data.certificates),
        has_revocation_values=carries_revocation(data, signer),
        archive_timestamps=len(signer.unsigned_values(*signer_info.ARCHIVE_TIMESTAMPS)),
        unsigned_problems=tuple(one.identifier for one in signer.unsigned() if one.problem),
        anomalies=(*data.anomalies, *anomalies, *use.anomalies, *value.anomalies, *late),
    )
    return Examined(facts, certificate)


def _candidates(
    data: SignedData,
    signer: SignerInfo,
    extra: Iterable[bytes],
    references: Sequence[signing_certificate.Reference],
) -> list[Certificate]:
    every = dict.fromkeys((*data.certificates, *extra))
    parsed = [one for der in every if (one := Certificate.parse(der)) is not None]
    return signing_certificate.identified(signer, parsed, references)[:_MAX_TRIES]


def _digest_matches(
    content: Content, signed: bytes | None, computed: bytes | None, *, by_attribute: bool
) -> bool | None:
    """Compare what was signed with what is there; a missing message-digest matches nothing."""
    if not content.holds:
        return False
    if computed is None or (signed is None and not by_attribute):
        return None
    return signed == computed


def _content_type_ok(data: SignedData, signer: SignerInfo) -> bool | None:
    values = signer.signed.get(signer_info.CONTENT_TYPE)
    if values is None:
        return None
    try:
        return len(values) == 1 and tlv.oid(values[0]) == data.content_type
    except tlv.Asn1Error:
        return False


def _signing_time(signer: SignerInfo) -> tuple[datetime | None, tuple[Anomaly, ...]]:
    values = signer.signed.get(signer_info.SIGNING_TIME)
    if not values:
        return None, ()
    try:
        return moment(values[0]), ()
    except tlv.Asn1Error as problem:
        return None, (Anomaly("cms-signing-time-damaged", detail=str(problem)),)


def _reference_ok(
    references: tuple[signing_certificate.Reference, ...], certificate: Certificate | None
) -> bool | None:
    if not references or certificate is None:
        return None
    return all(reference.matches(certificate) for reference in references)
