"""adbe.x509.rsa_sha1: a bare PKCS#1 value beside its certificates (ISO 32000-2, 12.8.3.2)."""

from __future__ import annotations

from collections.abc import Iterable

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.content import DigestOf, ask
from sigcheck.evidence.cms.signature_check import recovered_digest
from sigcheck.evidence.cms.verify import Examined
from sigcheck.model.evidence.cms import CmsFacts, Scheme

_DIGESTS = ("sha1", "sha256", "sha384", "sha512")


def raw_digest(contents: bytes, certificates: Iterable[bytes]) -> str:
    """Name the digest inside the value, so that the range can be hashed; sha1 if nobody knows."""
    return _opened(_value(contents), _first(certificates))[0]


def examine_raw(contents: bytes, certificates: Iterable[bytes], digest_of: DigestOf) -> Examined:
    """Judge a bare value with the first certificate of /Cert, which is the signer's."""
    listed = tuple(certificates)
    certificate = _first(listed)
    name, signed = _opened(_value(contents), certificate)
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
    )
    return Examined(facts, certificate)


def _first(certificates: Iterable[bytes]) -> Certificate | None:
    der = next(iter(certificates), None)
    return None if der is None else Certificate.parse(der)


def _value(contents: bytes) -> bytes:
    """Unwrap the octet string; some tools write the value without it."""
    try:
        element = tlv.read(contents)
        return tlv.octets(tlv.expect(element, tlv.OCTET_STRING, 0x24))
    except tlv.Asn1Error:
        return contents


def _opened(value: bytes, certificate: Certificate | None) -> tuple[str, bytes | None]:
    if certificate is not None:
        for name in _DIGESTS:
            found = recovered_digest(certificate.public_key(), name, value)
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
