"""The signature value, tried with each certificate and encoding that may count (RFC 5652, 5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sigcheck.evidence.cms import canonical, signature_check, tlv
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.content import Content
from sigcheck.evidence.cms.keys import PublicKey
from sigcheck.evidence.cms.scheme import SchemeUse
from sigcheck.evidence.cms.signer_info import SignerInfo
from sigcheck.model.evidence.bytes import Anomaly
from sigcheck.model.evidence.cms import Scheme


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
    return _opened(signer, use, key)


def _opened(signer: SignerInfo, use: SchemeUse, key: PublicKey) -> SignatureValue:
    """Tell a value this key made over another digest from one it did not make at all."""
    if signer.signed_element is None and use.algorithm.scheme is Scheme.RSA_PKCS1:
        for name in use.digests:
            found = signature_check.recovered_digest(key, name, signer.signature)
            if found is not None:
                return SignatureValue(ok=True, signed_digest=found, digest_name=name)
    return SignatureValue(ok=False, problem="the value does not verify")


def _attempts(signer: SignerInfo, use: SchemeUse, content: Content) -> Iterator[_Attempt]:
    """Yield what the value may have been made over, the likeliest first (RFC 5652, 5.4)."""
    if signer.signed_element is None:
        yield from _over_content(use, content)
        return
    written = canonical.as_set(signer.signed_element)
    for name in use.digests:
        yield _Attempt(signature_check.Signed(written), name)
    try:
        proper = canonical.distinguished_set(signer.signed_element)
    except tlv.Asn1Error:
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
