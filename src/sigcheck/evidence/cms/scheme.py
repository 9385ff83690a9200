"""What the algorithm identifiers of one signer say together, and whether they agree."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sigcheck import asn1
from sigcheck.evidence.cms import algorithms, certificates, signed_data
from sigcheck.evidence.cms.algorithms import PssParameters, pss_parameters
from sigcheck.evidence.cms.certificates import algorithm_identifier
from sigcheck.evidence.cms.signed_data import SignerInfo
from sigcheck.model.evidence.cms import Scheme
from sigcheck.model.evidence.revisions import Anomaly

_SHA1_BYTES = 20


def digest_algorithm(signer: SignerInfo) -> tuple[str, str]:
    """Return the digest's name and, where the identifier is a wrong one, the anomaly's code.

    Some tools write a signature identifier where the digest's belongs; its digest is then taken.
    Where that names none, the signature algorithm's does.
    """
    if signer.digest_oid in algorithms.DIGESTS:
        return algorithms.DIGESTS[signer.digest_oid], ""
    meant = algorithms.signature_algorithm(signer.digest_oid)
    named = meant.digest or algorithms.signature_algorithm(signer.signature_oid).digest
    if meant.scheme is Scheme.UNKNOWN or not named:
        return signer.digest_oid, "cms-digest-unknown"
    return named, "cms-digest-oid-wrong"


def needed_digests(data: signed_data.SignedData) -> set[str]:
    """Name the digests of the byte range that `examine` and the token reader will ask for."""
    needed: set[str] = set()
    for signer in data.signers[:1]:
        needed.add(digest_algorithm(signer)[0])
        named = algorithms.signature_algorithm(signer.signature_oid).digest
        if signer.signed_element is None and named:
            needed.add(named)
    if data.econtent is not None and len(data.econtent) == _SHA1_BYTES:
        needed.add("sha1")
    if data.content_type == signed_data.ID_TST_INFO and data.econtent is not None:
        needed.add(_imprint_digest(data.econtent))
    return needed & set(algorithms.DIGESTS.values())


def message_digest(signer: SignerInfo) -> bytes | None:
    """Return the message-digest attribute, None unless it is there just once (RFC 5652, 11.2)."""
    values = signer.signed.get(signed_data.MESSAGE_DIGEST, ())
    try:
        return asn1.octets(values[0]) if len(values) == 1 else None
    except asn1.Asn1Error:
        return None


def _imprint_digest(econtent: bytes) -> str:
    """Return the digest a TSTInfo's imprint was made with, empty when it cannot be read."""
    try:
        imprint = asn1.sequence(asn1.read(econtent), least=3)[2]
        return algorithms.named_digest(asn1.sequence(imprint, least=1)[0])
    except asn1.Asn1Error:
        return ""


# --- What the algorithm identifiers of one signer say together, and whether they agree

_KEY_KINDS = {
    Scheme.RSA_PKCS1: ("rsa",),
    Scheme.RSA_PSS: ("rsa",),
    Scheme.ECDSA: ("ec",),
    Scheme.EDDSA: ("ed25519", "ed448"),
    Scheme.DSA: ("dsa",),
}
_EDDSA_DIGESTS = {algorithms.ED25519: "sha512", algorithms.ED448: "shake_256"}
_CACHED_BYTES = 1024
_DEEP = 8
"""Levels the algorithms of an attribute may have; where a limit leaves less, it decides."""
_DIGEST, _SIGNATURE = asn1.SEQUENCE, 0xA1


class SchemeUse(NamedTuple):
    """Digest and scheme of one signer, as its identifiers name them."""

    digest: str
    algorithm: algorithms.SignatureAlgorithm
    pss: PssParameters | None
    named_digest: str
    """Digest of the signature algorithm or of its parameters; empty when it names none."""
    anomalies: tuple[Anomaly, ...]
    problem: str = ""

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests the value may have been made over, the named one first."""
        return tuple(dict.fromkeys(name for name in (self.named_digest, self.digest) if name))


def scheme_use(signer: SignerInfo) -> SchemeUse:
    """Read both algorithm identifiers of a signer."""
    digest, wrong = digest_algorithm(signer)
    algorithm = algorithms.signature_algorithm(signer.signature_oid)
    anomalies = [Anomaly(wrong, detail=signer.digest_oid)] if wrong else []
    pss, problem = None, ""
    if algorithm.scheme is Scheme.UNKNOWN:
        algorithm, problem = _swapped(signer, anomalies)
    elif algorithm.scheme is Scheme.RSA_PSS:
        pss, problem = _pss(signer, anomalies)
    named = pss.digest if pss else algorithm.digest
    return SchemeUse(digest, algorithm, pss, named, tuple(anomalies), problem)


def agree(signer: SignerInfo, use: SchemeUse, key: certificates.KeyInfo | None) -> bool:
    """Say whether digest, signature algorithm, parameters, protection and key fit together."""
    # RFC 8419, 3.1: EdDSA names no digest, but only one may stand beside it.
    named = use.named_digest or _EDDSA_DIGESTS.get(signer.signature_oid, use.digest)
    if named != use.digest:
        return False
    if key is not None and not _key_fits(use, key):
        return False
    return _protected(signer)


def _swapped(
    signer: SignerInfo, anomalies: list[Anomaly]
) -> tuple[algorithms.SignatureAlgorithm, str]:
    """Some tools write the digest's identifier where the signature's belongs."""
    if signer.signature_oid in algorithms.DIGESTS:
        anomalies.append(Anomaly("cms-signature-oid-wrong", detail=signer.signature_oid))
        digest = algorithms.DIGESTS[signer.signature_oid]
        return algorithms.SignatureAlgorithm(Scheme.RSA_PKCS1, digest), ""
    return algorithms.UNKNOWN, f"unknown signature algorithm {signer.signature_oid}"


def _pss(signer: SignerInfo, anomalies: list[Anomaly]) -> tuple[PssParameters | None, str]:
    try:
        pss = pss_parameters(signer.signature_params)
    except asn1.Asn1Error as problem:
        return None, str(problem)
    if pss.mgf_digest != pss.digest:
        # RFC 4055, 3.1 only recommends one digest for both: told, not held against the signer.
        anomalies.append(Anomaly("cms-pss-mgf-differs", detail=pss.mgf_digest))
    return pss, ""


def _key_fits(use: SchemeUse, key: certificates.KeyInfo) -> bool:
    kinds = _KEY_KINDS.get(use.algorithm.scheme)
    if kinds is None or key.kind == "unknown":
        return True
    if key.kind not in kinds:
        return False
    return not key.pss_only or _key_allows(use, key)


def _key_allows(use: SchemeUse, key: certificates.KeyInfo) -> bool:
    """Hold the signature against the restrictions inside an id-RSASSA-PSS key (RFC 4055, 3.3)."""
    if use.pss is None:
        return False
    if not key.pss_parameters:
        return True
    try:
        allowed = pss_parameters(key.pss_parameters)
    except asn1.Asn1Error:
        return False
    same = (allowed.digest, allowed.mgf_digest) == (use.pss.digest, use.pss.mgf_digest)
    return same and use.pss.salt_length >= allowed.salt_length


def _protected(signer: SignerInfo) -> bool:
    """Compare with the algorithm-protection attribute where there is one (RFC 6211, 2)."""
    values = signer.signed.get(signed_data.ALGORITHM_PROTECTION)
    if values is None:
        return True
    if not values:
        return False
    value = values[0].raw
    named = _named(value) if values[0].room > _DEEP and len(value) <= _CACHED_BYTES else None
    return (named or _algorithms(values[0])) == (signer.digest_oid, signer.signature_oid)


@lru_cache(maxsize=256)
def _named(value: bytes) -> tuple[str, str] | None:
    return _algorithms(asn1.read(value))


def _algorithms(value: asn1.Element) -> tuple[str, str] | None:
    """Return the digest's and the signature's identifier; None where they can't be read."""
    try:
        parts = {member.tag: member for member in asn1.sequence(value, least=2)}
        inner = asn1.children(parts[_SIGNATURE])
        return algorithm_identifier(parts[_DIGEST])[0], asn1.oid(inner[0])
    except (asn1.Asn1Error, KeyError, IndexError):
        return None
