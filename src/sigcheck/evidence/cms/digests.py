"""Digests, named by identifiers that real tools confuse (RFC 5652, 5.4)."""

from __future__ import annotations

from sigcheck.evidence.cms import algorithms, signed_data, signer_info, tlv
from sigcheck.evidence.cms.signer_info import SignerInfo
from sigcheck.model.evidence.cms import Scheme

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
    values = signer.signed.get(signer_info.MESSAGE_DIGEST, ())
    try:
        return tlv.octets(values[0]) if len(values) == 1 else None
    except tlv.Asn1Error:
        return None


def _imprint_digest(econtent: bytes) -> str:
    """Return the digest a TSTInfo's imprint was made with, empty when it cannot be read."""
    try:
        imprint = tlv.sequence(tlv.read(econtent), least=3)[2]
        algorithm = tlv.sequence(imprint, least=1)[0]
        return algorithms.digest_name(tlv.oid(tlv.sequence(algorithm, least=1)[0]))
    except tlv.Asn1Error:
        return ""
