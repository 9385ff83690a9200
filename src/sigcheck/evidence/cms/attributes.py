"""What a signer says beside the signature: policy, commitment, place, roles, counter-signatures.

ETSI EN 319 122-1, 5.2 and RFC 5652, 11.4. All of it is the signer's word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from sigcheck import asn1
from sigcheck.asn1 import Asn1Error, Element
from sigcheck.evidence.cms import signed_data
from sigcheck.evidence.cms.algorithms import digest, named_digest
from sigcheck.evidence.cms.signed_data import Content, SignedData, SignerInfo, parse_signer_info
from sigcheck.evidence.cms.verify import Examined, examine_content
from sigcheck.model.evidence import SignaturePolicy, Statements

CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
_POLICY = "1.2.840.113549.1.9.16.2.15"
_COMMITMENT = "1.2.840.113549.1.9.16.2.16"
_LOCATION = "1.2.840.113549.1.9.16.2.17"
_ATTRIBUTES = "1.2.840.113549.1.9.16.2.18"
_ATTRIBUTES_V2 = "0.4.0.19122.1.1"
_POLICY_URI = "1.2.840.113549.1.9.16.5.1"
_ROLE = "2.5.4.72"
_KNOWN = frozenset(
    {
        signed_data.CONTENT_TYPE, signed_data.MESSAGE_DIGEST, signed_data.SIGNING_TIME,
        signed_data.SIGNING_CERTIFICATE, signed_data.SIGNING_CERTIFICATE_V2,
        signed_data.ALGORITHM_PROTECTION, signed_data.ADOBE_REVOCATION,
        signed_data.SIGNATURE_TIMESTAMP, signed_data.CERTIFICATE_VALUES,
        signed_data.REVOCATION_VALUES, *signed_data.ARCHIVE_TIMESTAMPS,
        CONTENT_TIMESTAMP, COUNTER_SIGNATURE, _POLICY, _COMMITMENT, _LOCATION, _ATTRIBUTES,
        _ATTRIBUTES_V2,
    }
)  # fmt: skip
_STRINGS = frozenset({0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E})
_MOST = 16
"""Values of one kind that are told."""
_LONGEST = 500
"""Letters of a text that is told."""


def statements(data: SignedData) -> Statements:
    """Return what the first signer's attributes say; what cannot be read is named."""
    if not data.signers:
        return Statements()
    signer, problems = data.signers[0], list[str]()
    policy, said = SignaturePolicy(), dict[str, tuple[str, ...]]()
    for identifier, read in (
        (_COMMITMENT, _commitment), (_LOCATION, _texts), (_ATTRIBUTES, _roles),
        (_ATTRIBUTES_V2, _roles),
    ):  # fmt: skip
        try:
            values = signer.signed.get(identifier, ())[:_MOST]
            said[identifier] = tuple(text for value in values for text in read(value))[:_MOST]
        except Asn1Error:
            problems.append(identifier)
    try:
        policy = _policy(signer.signed.get(_POLICY, ()))
    except Asn1Error:
        problems.append(_POLICY)
    present = dict.fromkeys((*signer.signed, *(one.identifier for one in signer.unsigned())))
    return Statements(
        policy=policy,
        commitments=said.get(_COMMITMENT, ()),
        location=", ".join(said.get(_LOCATION, ())),
        roles=(*said.get(_ATTRIBUTES, ()), *said.get(_ATTRIBUTES_V2, ()))[:_MOST],
        unknown=tuple(one for one in present if one not in _KNOWN)[:_MOST],
        unread=tuple(problems),
    )


def content_tokens(data: SignedData) -> list[bytes]:
    """Return the content time-stamps of the first signer (EN 319 122-1, 5.2.8)."""
    if not data.signers:
        return []
    return [value.raw for value in data.signers[0].signed.get(CONTENT_TIMESTAMP, ())]


class Countersigned(NamedTuple):
    """One counter-signature as it was judged, and its CMS for the path; None where unreadable."""

    examined: Examined
    data: SignedData


def counter_signatures(data: SignedData) -> list[Countersigned]:
    """Judge the counter-signatures of the first signer over its value (RFC 5652, 11.4)."""
    if not data.signers:
        return []
    signer = data.signers[0]
    found = signer.unsigned_values(COUNTER_SIGNATURE)[:_MOST]
    return [_counter_signature(data, signer, one) for one in found]


def _counter_signature(data: SignedData, signer: SignerInfo, element: Element) -> Countersigned:
    own = parse_signer_info(element, [])
    signers = (own,) if own is not None else ()
    other = data._replace(signers=signers, signer_count=1, econtent=None, anomalies=())
    content = Content(lambda name: digest(name, signer.signature))
    examined = examine_content(other, content)
    if own is None:
        return Countersigned(examined, other)
    # It has no content type: the signature value that it signs is no content of the CMS.
    has_none = signed_data.CONTENT_TYPE not in own.signed
    facts = replace(examined.facts, content_type_attribute_ok=has_none)
    return Countersigned(examined._replace(facts=facts), other)


def _commitment(value: Element) -> Iterator[str]:
    yield asn1.oid(asn1.sequence(value, least=1)[0])


def _policy(values: Sequence[Element]) -> SignaturePolicy:
    """Read SignaturePolicyIdentifier (EN 319 122-1, 5.2.9.1)."""
    if not values:
        return SignaturePolicy()
    if values[0].tag == asn1.NULL:
        return SignaturePolicy(identifier="implied")
    members = asn1.sequence(values[0], least=1)
    identifier, hashed, uri = asn1.oid(members[0]), ("", b""), ""
    for member in members[1:]:
        parts = asn1.sequence(member)
        if len(parts) == 2 and parts[1].tag == asn1.OCTET_STRING:
            hashed = named_digest(parts[0]), asn1.octets(parts[1])
        else:
            uri = next(filter(None, map(_policy_uri, parts)), uri)
    return SignaturePolicy(identifier, hashed[0], hashed[1].hex(), uri)


def _policy_uri(qualifier: Element) -> str:
    members = asn1.sequence(qualifier, least=1)
    if asn1.oid(members[0]) != _POLICY_URI or len(members) < 2:
        return ""
    return _text(members[1])


def _roles(value: Element) -> Iterator[str]:
    """Yield the roles a signer claims, and of certified ones that there are some (5.2.6)."""
    for member in asn1.sequence(value):
        if member.tag != 0xA0:
            yield "certified"
            continue
        for attribute in _within(member):
            parts = asn1.sequence(attribute, least=2)
            if asn1.oid(parts[0]) == _ROLE:
                yield from (text for one in asn1.children(parts[1]) for text in _texts(one))


def _within(element: Element) -> list[Element]:
    """Return the members of a SEQUENCE under an explicit or an implicit tag."""
    found = asn1.children(element)
    is_explicit = len(found) == 1 and all(
        one.tag == asn1.SEQUENCE for one in asn1.children(found[0])
    )
    return asn1.children(found[0]) if is_explicit else found


def _texts(value: Element) -> Iterator[str]:
    """Yield the strings of a value, however deep they stand."""
    if value.tag in _STRINGS:
        yield _text(value)
    elif value.tag & asn1.CONSTRUCTED:
        for member in asn1.children(value, _MOST):
            yield from _texts(member)


def _text(value: Element) -> str:
    encoding = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}.get(value.tag, "utf-8")
    return value.content.decode(encoding, "replace")[:_LONGEST]
