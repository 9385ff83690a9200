"""CRLs and OCSP responses inside a CMS object (ISO 32000-2, 12.8.3.3.2; EN 319 122-1, 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sigcheck.evidence.cms import signer_info, tlv
from sigcheck.evidence.cms.signed_data import SignedData
from sigcheck.evidence.cms.signer_info import SignerInfo

_MAX_VALUES = 500
_CRLS, _RESPONSES = 0xA0, 0xA1
_BASIC = bytes.fromhex("06092b0601050507300101")
_SUCCESSFUL = bytes.fromhex("0a0100")


def carries_revocation(data: SignedData, signer: SignerInfo) -> bool:
    """Say whether any CRL, OCSP response or attribute for them travels with the signature."""
    if data.crls or data.ocsp_responses or signer_info.ADOBE_REVOCATION in signer.signed:
        return True
    names = {attribute.identifier for attribute in signer.unsigned()}
    return bool(names & {signer_info.ADOBE_REVOCATION, signer_info.REVOCATION_VALUES})


def revocation_values(data: SignedData) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return all CRLs and all OCSPResponses of a CMS object; unreadable ones are left out."""
    crls, responses = list(data.crls), list(data.ocsp_responses)
    for signer in data.signers:
        adobe = [
            *signer.signed.get(signer_info.ADOBE_REVOCATION, ()),
            *signer.unsigned_values(signer_info.ADOBE_REVOCATION),
        ]
        etsi = signer.unsigned_values(signer_info.REVOCATION_VALUES)
        crls += _lists(_CRLS, [*adobe, *etsi])
        responses += _lists(_RESPONSES, adobe)
        responses += [_as_response(basic) for basic in _lists(_RESPONSES, etsi)]
    return tuple(dict.fromkeys(crls)), tuple(dict.fromkeys(responses))


def embedded_certificates(data: SignedData) -> tuple[bytes, ...]:
    """Return the certificates of the set and of certificate-values attributes (5.4.1)."""
    found = list(data.certificates)
    for signer in data.signers:
        for values in signer.unsigned_values(signer_info.CERTIFICATE_VALUES):
            found += _members(values)
    return tuple(dict.fromkeys(found))


def _lists(tag: int, archives: Iterable[tlv.Element]) -> Iterator[bytes]:
    for archive in archives:
        for part in _parts(archive):
            if part.tag == tag:
                yield from _members(_unwrapped(part))


def _parts(archive: tlv.Element) -> list[tlv.Element]:
    try:
        return tlv.sequence(archive)
    except tlv.Asn1Error:
        return []


def _unwrapped(part: tlv.Element) -> tlv.Element:
    """Look through the explicit tag."""
    try:
        return tlv.inner(part)
    except tlv.Asn1Error:
        return part


def _members(element: tlv.Element) -> list[bytes]:
    try:
        return [one.raw for one in tlv.children(element, _MAX_VALUES) if one.tag == tlv.SEQUENCE]
    except tlv.Asn1Error:
        return []


def _as_response(basic: bytes) -> bytes:
    """Wrap a BasicOCSPResponse the way a responder would send it (RFC 6960, 4.2.1)."""
    body = tlv.encode(b"\x30", _BASIC + tlv.encode(b"\x04", basic))
    return tlv.encode(b"\x30", _SUCCESSFUL + tlv.encode(b"\xa0", body))
