"""One signer judged: digest, content type, signature value, signing certificate.

See RFC 5652, 5.6; RFC 5035.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from sigcheck import asn1
from sigcheck.asn1 import moment
from sigcheck.evidence.cms import algorithms, names, signature_check, signed_data
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import Certificate, PublicKey, key_octets
from sigcheck.evidence.cms.scheme import (
    SchemeUse,
    agree,
    digest_algorithm,
    message_digest,
    scheme_use,
)
from sigcheck.evidence.cms.signature_check import Recovered, recovered_digest
from sigcheck.evidence.cms.signed_data import (
    Content,
    DigestOf,
    SignedData,
    SignerInfo,
    ask,
    carries_revocation,
    detached,
    encapsulated,
)
from sigcheck.model.evidence.cms import CmsFacts, Scheme
from sigcheck.model.evidence.revisions import Anomaly

_VERSIONS = {
    1: (signed_data.SIGNING_CERTIFICATE, "sha1"),
    2: (signed_data.SIGNING_CERTIFICATE_V2, "sha256"),
}


_CACHED_BYTES = 4 * 1024
_DEEP = 16
"""Levels an attribute may have; where a limit leaves less, it is read as far as that goes."""
_MAX_REFERENCES = 16
"""Values of one attribute that are compared; RFC 5035 allows one."""


class CertificateReference(NamedTuple):
    """The first ESSCertID or ESSCertIDv2: the certificate the signer says it used."""

    version: int
    algorithm: str = ""
    value: bytes = b""
    issuer_der: bytes = b""
    serial: int | None = None
    problem: str = ""

    def matches(self, certificate: Certificate) -> bool:
        """Compare hash and, where given, issuer and serial number (RFC 5035, 4)."""
        if self.problem or self.algorithm == "md5":  # anybody makes two certificates of one MD5
            return False
        if digest(self.algorithm, certificate.der) != self.value:
            return False
        if self.serial is None:
            return True
        return self.serial == certificate.serial and names.alike(
            self.issuer_der, certificate.issuer_der
        )


def references(signer: SignerInfo) -> tuple[CertificateReference, ...]:
    """Read version 1 and version 2 where present, in this order.

    There should be one of each (RFC 5035, 5.4); where there are more, each must match.
    """
    return tuple(
        _reference(version, values[index : index + 1], default)
        for version, (identifier, default) in _VERSIONS.items()
        if (values := signer.signed.get(identifier)) is not None
        for index in range(max(1, min(len(values), _MAX_REFERENCES)))
    )


def identified(
    signer: SignerInfo, certificates: Iterable[Certificate], wanted: Sequence[CertificateReference]
) -> list[Certificate]:
    """Return the certificates the signer identifier names, those it references first."""
    found = [certificate for certificate in certificates if _is_named(signer, certificate)]
    if len(found) > 1:
        found.sort(key=lambda one: not all(reference.matches(one) for reference in wanted))
    return found


def _is_named(signer: SignerInfo, certificate: Certificate) -> bool:
    if signer.serial is None:
        return signer.key_id == (certificate.ski or _key_digest(certificate))
    return signer.serial == certificate.serial and names.alike(
        signer.issuer_der, certificate.issuer_der
    )


def _key_digest(certificate: Certificate) -> bytes:
    """Return the usual key identifier where the extension is absent (RFC 5280, 4.2.1.2 (1))."""
    octets = key_octets(certificate.spki)
    return (digest("sha1", octets) or b"") if octets else b""


def _reference(
    version: int, values: tuple[asn1.Element, ...], default: str
) -> CertificateReference:
    if values and values[0].room > _DEEP and len(value := values[0].raw) <= _CACHED_BYTES:
        return _known(version, value, default)
    return _read(version, values, default)


@lru_cache(maxsize=1024)
def _known(version: int, value: bytes, default: str) -> CertificateReference:
    """Read an attribute once: a signer's next signature has the same one."""
    return _read(version, (asn1.read(value),), default)


def _read(version: int, values: tuple[asn1.Element, ...], default: str) -> CertificateReference:
    try:
        first = asn1.sequence(asn1.sequence(values[0], least=1)[0], least=1)[0]
        members = asn1.sequence(first, least=1)
        algorithm = default
        if version == 2 and members[0].tag == asn1.SEQUENCE:
            algorithm = algorithms.named_digest(members[0])
            members = members[1:]
        value = asn1.octets(asn1.expect(members[0], asn1.OCTET_STRING))
        issuer, serial = _issuer_serial(members[1]) if len(members) > 1 else (b"", None)
    except (asn1.Asn1Error, IndexError) as problem:
        return CertificateReference(version, problem=str(problem))
    return CertificateReference(version, algorithm, value, issuer, serial)


def _issuer_serial(element: asn1.Element) -> tuple[bytes, int]:
    general_names, serial = asn1.sequence(element, least=2)[:2]
    for name in asn1.sequence(general_names):
        if name.tag == 0xA4:
            return asn1.read(name.content).raw, asn1.integer(serial)
    raise asn1.Asn1Error("issuerSerial without a directory name")


# --- The signature value, tried with each certificate and encoding that may count


class SignatureValue(NamedTuple):
    """The answer on the signature value."""

    ok: bool | None
    """None: could not be computed, and `problem` says why."""
    certificate: Certificate | None = None
    problem: str = ""
    signed_digest: bytes | None = None
    """Without signed attributes: the digest of the content that the value was made over."""
    digest_name: str = ""
    """The digest the value was made with."""
    anomalies: tuple[Anomaly, ...] = ()


class _Attempt(NamedTuple):
    """Some bytes, or their digest, that the value may have been made over."""

    signed: signature_check.Signed
    digest_name: str
    anomalies: tuple[Anomaly, ...] = ()


def signature_value(
    signer: SignerInfo, use: SchemeUse, content: Content, candidates: list[Certificate]
) -> SignatureValue:
    """Verify the value with each certificate the signer may mean; the first that fits counts."""
    if not candidates:
        return SignatureValue(ok=None, problem="signer certificate missing")
    answers: list[SignatureValue] = []
    for certificate in candidates:
        answers.append(_with_certificate(signer, use, content, certificate))
        if answers[-1].ok:
            break
    best = next((one for one in answers if one.ok), answers[0])
    if len(candidates) == 1:
        return best
    ambiguous = Anomaly("cms-certificate-ambiguous", detail=f"{len(candidates)} certificates")
    return best._replace(anomalies=(ambiguous, *best.anomalies))


def _with_certificate(
    signer: SignerInfo, use: SchemeUse, content: Content, certificate: Certificate
) -> SignatureValue:
    key = certificate.key
    odd = (Anomaly("certificate-key-odd", detail=key.problem),) if key.problem else ()
    if use.problem or key.key is None:
        problem = use.problem or key.problem
        answer = SignatureValue(ok=None, problem=problem)
    else:
        answer = _tried(signer, use, content, key.key)
    return answer._replace(certificate=certificate, anomalies=(*odd, *answer.anomalies))


def _tried(signer: SignerInfo, use: SchemeUse, content: Content, key: PublicKey) -> SignatureValue:
    problem = ""
    for attempt in _attempts(signer, use, content):
        name, signed = attempt.digest_name, attempt.signed
        try:
            if signature_check.verify(key, use.algorithm, name, signer.signature, signed, use.pss):
                return SignatureValue(
                    ok=True,
                    signed_digest=signed.data if signed.is_digest else None,
                    digest_name=name,
                    anomalies=attempt.anomalies,
                )
        except signature_check.CannotVerify as cannot:
            problem = str(cannot)
    if problem:
        return SignatureValue(ok=None, problem=problem)
    return _told_apart(signer, use, content, key)


def _told_apart(
    signer: SignerInfo, use: SchemeUse, content: Content, key: PublicKey
) -> SignatureValue:
    """Tell a value of another encoding, or over another digest, from one of another key."""
    wrong = SignatureValue(ok=False, problem="the value does not verify")
    if use.algorithm.scheme is not Scheme.RSA_PKCS1:
        return wrong
    for name in use.digests:
        found = recovered_digest(key, name, signer.signature)
        if found is None:
            continue
        odd = _null(found)
        if signer.signed_element is None:
            return SignatureValue(
                ok=True, signed_digest=found.digest, digest_name=name, anomalies=odd
            )
        for attempt in _attempts(signer, use, content):
            if digest(name, attempt.signed.data) == found.digest:
                odd = (*odd, *attempt.anomalies)
                return SignatureValue(ok=True, digest_name=name, anomalies=odd)
    return wrong


def _null(found: Recovered) -> tuple[Anomaly, ...]:
    return (Anomaly("cms-digest-info-without-null"),) if found.lacks_null else ()


def _attempts(signer: SignerInfo, use: SchemeUse, content: Content) -> Iterator[_Attempt]:
    """Yield what the value may have been made over, the likeliest first (RFC 5652, 5.4)."""
    if signer.signed_element is None:
        yield from _over_content(use, content)
        return
    written = asn1.as_set(signer.signed_element)
    for name in use.digests:
        yield _Attempt(signature_check.Signed(written), name)
    try:
        proper = asn1.distinguished_set(signer.signed_element)
    except asn1.Asn1Error:
        return
    if proper != written:
        for name in use.digests:
            told = (Anomaly("cms-attributes-not-der"),)
            yield _Attempt(signature_check.Signed(proper), name, told)


def _over_content(use: SchemeUse, content: Content) -> Iterator[_Attempt]:
    if use.algorithm.scheme is Scheme.EDDSA:
        if content.whole is not None:
            yield _Attempt(signature_check.Signed(content.whole()), use.digest)
        return
    for name in use.digests:
        if (computed := content.digest(name)) is not None:
            yield _Attempt(signature_check.Signed(computed, is_digest=True), name)


# --- One signer judged: digest, content type, signature value, signing certificate

_MAX_TRIES = 16
_SHA1_BYTES = 20


class Examined(NamedTuple):
    """The facts, and the certificate they were established with."""

    facts: CmsFacts
    certificate: Certificate | None = None


def examine(
    data: SignedData,
    digest_of: DigestOf,
    sub_filter: str = "",
    *,
    extra: Iterable[bytes] = (),
    whole: Callable[[], bytes] | None = None,
) -> Examined:
    """Judge the first signer over a byte range; `digest_of` takes hashlib's names.

    `extra` certificates come from elsewhere (DSS).
    """
    if sub_filter == "adbe.pkcs7.sha1":
        computed, signed = ask(digest_of, "sha1"), data.econtent
        examined = examine_content(data, encapsulated(data, holds=signed == computed), extra=extra)
        if signed is None or computed is None or signed == computed:
            return examined
        # These are the two that differ: the content inside is the document's digest.
        told = {"message_digest": signed[:_SHA1_BYTES].hex(), "computed_digest": computed.hex()}
        return examined._replace(facts=replace(examined.facts, **told))
    content = detached(digest_of, whole)
    if data.econtent is None or not data.signers:
        return examine_content(data, content, extra=extra)
    if not data.econtent:  # an empty string says what an absent one does
        empty = (Anomaly("cms-content-empty"),)
        return examine_content(data, content, extra=extra, anomalies=empty)
    # ISO 32000-2, 12.8.3.3.1: no data shall be encapsulated. A CMS library would digest that data,
    # a PDF reader the byte range, so they must be the same for one answer to exist.
    name = digest_algorithm(data.signers[0])[0]
    same = digest(name, data.econtent) == content.digest(name)
    code = "cms-encapsulated-content" if same else "cms-encapsulated-other"
    return examine_content(data, content, extra=extra, anomalies=(Anomaly(code),))


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
    cited = references(signer)
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
        archive_timestamps=len(signer.unsigned_values(*signed_data.ARCHIVE_TIMESTAMPS)),
        unsigned_problems=tuple(one.identifier for one in signer.unsigned() if one.problem),
        anomalies=(*data.anomalies, *anomalies, *use.anomalies, *value.anomalies, *late),
    )
    return Examined(facts, certificate)


def _candidates(
    data: SignedData,
    signer: SignerInfo,
    extra: Iterable[bytes],
    references: Sequence[CertificateReference],
) -> list[Certificate]:
    every = dict.fromkeys((*data.certificates, *extra))
    parsed = [one for der in every if (one := Certificate.parse(der)) is not None]
    return identified(signer, parsed, references)[:_MAX_TRIES]


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
    if signer.signed_element is None:
        return None
    values = signer.signed.get(signed_data.CONTENT_TYPE)
    if values is None:
        return False  # required wherever there are signed attributes (RFC 5652, 5.3)
    try:
        return len(values) == 1 and asn1.oid(values[0]) == data.content_type
    except asn1.Asn1Error:
        return False


def _signing_time(signer: SignerInfo) -> tuple[datetime | None, tuple[Anomaly, ...]]:
    values = signer.signed.get(signed_data.SIGNING_TIME)
    if not values:
        return None, ()
    try:
        return moment(values[0]), ()
    except asn1.Asn1Error as problem:
        return None, (Anomaly("cms-signing-time-damaged", detail=str(problem)),)


def _reference_ok(
    references: tuple[CertificateReference, ...], certificate: Certificate | None
) -> bool | None:
    if not references or certificate is None:
        return None
    return all(reference.matches(certificate) for reference in references)


# --- adbe.x509.rsa_sha1: a bare PKCS#1 value beside its certificates

_DIGESTS = ("sha1", "sha256", "sha384", "sha512")


def raw_digest(contents: bytes, certificates: Iterable[bytes]) -> str:
    """Name the digest inside the value, so that the range can be hashed; sha1 if nobody knows."""
    return _opened(contents, _first(certificates))[0]


def examine_raw(contents: bytes, certificates: Iterable[bytes], digest_of: DigestOf) -> Examined:
    """Judge a bare value with the first certificate of /Cert, which is the signer's."""
    listed = tuple(certificates)
    certificate = _first(listed)
    name, found = _opened(contents, certificate)
    signed = found.digest if found else None
    computed = ask(digest_of, name)
    facts = CmsFacts(
        parsed=True,
        signer_count=1,
        digest_algorithm=name,
        scheme=Scheme.RSA_PKCS1,
        algorithms_agree=certificate is None or certificate.key_type in ("rsa", "unknown"),
        message_digest=(signed or b"").hex(),
        computed_digest=(computed or b"").hex(),
        digest_matches=None if signed is None or computed is None else signed == computed,
        signature_ok=_answer(certificate, signed),
        signature_problem=_problem(certificate, signed),
        certificate_count=len(listed),
        anomalies=_null(found) if found else (),
    )
    return Examined(facts, certificate)


def _first(certificates: Iterable[bytes]) -> Certificate | None:
    der = next(iter(certificates), None)
    return None if der is None else Certificate.parse(der)


def _value(contents: bytes, key: PublicKey | None) -> bytes:
    """Unwrap the octet string; some tools write the value without it, and zeros behind."""
    try:
        element = asn1.read(contents)
        return asn1.octets(asn1.expect(element, asn1.OCTET_STRING, 0x24))
    except asn1.Asn1Error:
        size = (getattr(key, "key_size", 0) + 7) // 8
        return contents if any(contents[size:]) else contents[:size]


def _opened(contents: bytes, certificate: Certificate | None) -> tuple[str, Recovered | None]:
    if certificate is not None:
        key = certificate.public_key()
        value = _value(contents, key)
        for name in _DIGESTS:
            found = recovered_digest(key, name, value)
            if found is not None:
                return name, found
    return _DIGESTS[0], None


def _answer(certificate: Certificate | None, signed: bytes | None) -> bool | None:
    if certificate is None or certificate.public_key() is None:
        return None
    return signed is not None


def _problem(certificate: Certificate | None, signed: bytes | None) -> str:
    if certificate is None:
        return "signer certificate missing"
    return "" if signed is not None else certificate.key.problem or "the value does not verify"
