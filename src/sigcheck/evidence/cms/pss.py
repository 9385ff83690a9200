"""Parameters of RSASSA-PSS (RFC 4055, 3.1)."""

from __future__ import annotations

from typing import NamedTuple

from sigcheck.evidence.cms import algorithms, tlv

_SHA1_SALT = 20
_MAX_SALT = 4096


class PssParameters(NamedTuple):
    """Digest, mask generation digest and salt length; the defaults are those of RFC 4055."""

    digest: str = "sha1"
    mgf_digest: str = "sha1"
    salt_length: int = _SHA1_SALT
    trailer: int = 1


def pss_parameters(encoded: bytes) -> PssParameters:
    """Read RSASSA-PSS-params; raise Asn1Error when they are damaged or unknown."""
    if not encoded or encoded[0] == tlv.NULL:
        raise tlv.Asn1Error("RSASSA-PSS without parameters")
    given = {member.tag: tlv.children(member, 1) for member in tlv.sequence(tlv.read(encoded))}
    read = PssParameters(
        digest=_digest(given[0xA0]) if 0xA0 in given else "sha1",
        mgf_digest=_mask_digest(given[0xA1]) if 0xA1 in given else "sha1",
        salt_length=tlv.integer(_only(given[0xA2])) if 0xA2 in given else _SHA1_SALT,
        trailer=tlv.integer(_only(given[0xA3])) if 0xA3 in given else 1,
    )
    if not 0 <= read.salt_length <= _MAX_SALT:
        raise tlv.Asn1Error(f"salt of {read.salt_length} bytes")
    return read


def pss_digest(encoded: bytes) -> str:
    """Return the digest the parameters name, empty when they cannot be read."""
    try:
        return pss_parameters(encoded).digest
    except tlv.Asn1Error:
        return ""


def _only(members: list[tlv.Element]) -> tlv.Element:
    if not members:
        raise tlv.Asn1Error("empty parameter")
    return members[0]


def _digest(members: list[tlv.Element]) -> str:
    return algorithms.digest_name(tlv.oid(tlv.sequence(_only(members), least=1)[0]))


def _mask_digest(members: list[tlv.Element]) -> str:
    generator, digest = tlv.sequence(_only(members), least=2)[:2]
    if tlv.oid(generator) != algorithms.MGF1:
        raise tlv.Asn1Error("unknown mask generation")
    return algorithms.digest_name(tlv.oid(tlv.sequence(digest, least=1)[0]))
