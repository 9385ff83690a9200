"""The extensions of a certificate, one small reader each (RFC 5280, 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import Struct

from sigcheck import asn1
from sigcheck.evidence.cms.names import text

EXTENDED_KEY_USAGE = "2.5.29.37"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_MAX_EXTENSIONS = 200
_MAX_NAMES = 200
_EMAIL, _DIRECTORY, _URI = 0x81, 0xA4, 0x86
_OCSP, _CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"


class DistributionPoint(NamedTuple):
    """Where a CRL is to be had, and which one it is (RFC 5280, 4.2.1.13)."""

    urls: tuple[str, ...] = ()
    full_name: tuple[bytes, ...] = ()
    """The general names as encoded, to be compared with an issuing distribution point."""
    crl_issuer: tuple[bytes, ...] = ()
    """Encoded Names of who issues the CRL; empty: the certificate's own issuer."""
    reasons: bytes | None = None
    """The reason flags it is limited to, as a bit string's bytes; None: all reasons."""
    relative_name: bool = False
    """Named relative to the CRL issuer, which is not resolved here."""


class Extensions(Struct, frozen=True, kw_only=True, eq=False):
    """What the extensions say; an absent one leaves the default."""

    is_ca: bool = False
    path_len: int | None = None
    key_usage: tuple[str, ...] | None = None
    eku: tuple[str, ...] | None = None
    eku_critical: bool = False
    ski: bytes = b""
    aki_key_id: bytes = b""
    aki_issuer: bytes = b""
    """Encoded Name in authorityCertIssuer."""
    aki_serial: int | None = None
    crl_distribution_points: tuple[DistributionPoint, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    ca_issuers_urls: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    san_emails: tuple[str, ...] = ()
    has_name_constraints: bool = False
    has_policy_constraints: bool = False
    """policyConstraints, policyMappings or inhibitAnyPolicy."""
    has_ocsp_nocheck: bool = False
    qc_statements: tuple[str, ...] = ()
    critical_unknown: tuple[str, ...] = ()
    """Critical extensions for which no field stands here."""
    extension_problems: tuple[str, ...] = ()
    """`identifier: what is wrong` for each extension that could not be read, or occurs twice."""


Fields = dict[str, Any]


def parse_extensions(wrapper: asn1.Element | None) -> Fields:
    """Read the [3] of a TBSCertificate into the fields of `Extensions`; never raises."""
    fields: Fields = {}
    problems: list[str] = []
    unknown: list[str] = []
    seen: set[str] = set()
    for extension in _members(wrapper, problems):
        _one(extension, fields, seen, problems, unknown)
    return fields | {
        "critical_unknown": tuple(unknown),
        "extension_problems": tuple(problems),
    }


def _members(wrapper: asn1.Element | None, problems: list[str]) -> list[asn1.Element]:
    if wrapper is None:
        return []
    try:
        return asn1.children(asn1.inner(wrapper), _MAX_EXTENSIONS)
    except asn1.Asn1Error as problem:
        problems.append(f"extensions: {problem}")
        return []


def _one(
    extension: asn1.Element,
    fields: Fields,
    seen: set[str],
    problems: list[str],
    unknown: list[str],
) -> None:
    identifier = "?"
    try:
        members = asn1.sequence(extension, least=2)
        identifier = asn1.oid(members[0])
        critical = members[1].tag == asn1.BOOLEAN and any(members[1].content)
        if identifier in seen:
            problems.append(f"{identifier}: occurs twice")
            return
        seen.add(identifier)
        reader = _READERS.get(identifier)
        if reader is not None:
            fields |= reader(asn1.read(asn1.octets(members[-1])))
            if identifier == EXTENDED_KEY_USAGE:
                fields["eku_critical"] = critical
        elif critical:
            unknown.append(identifier)
    except asn1.Asn1Error as problem:
        problems.append(f"{identifier}: {problem}")


def _basic_constraints(value: asn1.Element) -> Fields:
    fields: Fields = {}
    for member in asn1.sequence(value):
        if member.tag == asn1.BOOLEAN:
            fields["is_ca"] = any(member.content)
        elif member.tag == asn1.INTEGER:
            fields["path_len"] = asn1.integer(member)
    return fields


def _key_usage(value: asn1.Element) -> Fields:
    flags = asn1.bits(asn1.expect(value, asn1.BIT_STRING))
    names = [
        name
        for index, name in enumerate(KEY_USAGES)
        if index // 8 < len(flags) and flags[index // 8] & 0x80 >> index % 8
    ]
    return {"key_usage": tuple(names)}


def _extended_key_usage(value: asn1.Element) -> Fields:
    return {"eku": tuple(asn1.oid(usage) for usage in asn1.sequence(value))}


def _subject_key_id(value: asn1.Element) -> Fields:
    return {"ski": asn1.octets(asn1.expect(value, asn1.OCTET_STRING))}


def _authority_key_id(value: asn1.Element) -> Fields:
    fields: Fields = {}
    for member in asn1.sequence(value):
        if member.tag == 0x80:
            fields["aki_key_id"] = member.content
        elif member.tag == 0xA1:
            fields["aki_issuer"] = next(iter(_directory_names(member)), b"")
        elif member.tag == 0x82:
            fields["aki_serial"] = asn1.integer(member)
    return fields


def _distribution_points(value: asn1.Element) -> Fields:
    points = [_distribution_point(point) for point in asn1.sequence(value)[:_MAX_NAMES]]
    return {"crl_distribution_points": tuple(points)}


def _distribution_point(point: asn1.Element) -> DistributionPoint:
    parts = {member.tag: member for member in asn1.sequence(point)}
    names: list[asn1.Element] = []
    relative = False
    if 0xA0 in parts:
        for name in asn1.children(parts[0xA0], 1):
            relative = name.tag != 0xA0
            names = [] if relative else asn1.children(name, _MAX_NAMES)
    return DistributionPoint(
        urls=tuple(text(name) for name in names if name.tag == _URI),
        full_name=tuple(name.raw for name in names),
        crl_issuer=_directory_names(parts[0xA2]) if 0xA2 in parts else (),
        reasons=asn1.bits(parts[0x81]) if 0x81 in parts else None,
        relative_name=relative,
    )


def _directory_names(names: asn1.Element) -> tuple[bytes, ...]:
    found = [name for name in asn1.children(names, _MAX_NAMES) if name.tag == _DIRECTORY]
    return tuple(asn1.read(name.content).raw for name in found)


def _information_access(value: asn1.Element) -> Fields:
    urls: dict[str, list[str]] = {_OCSP: [], _CA_ISSUERS: []}
    for description in asn1.sequence(value)[:_MAX_NAMES]:
        method, location = asn1.sequence(description, least=2)[:2]
        if location.tag == _URI and (kept := urls.get(asn1.oid(method))) is not None:
            kept.append(text(location))
    return {"ocsp_urls": tuple(urls[_OCSP]), "ca_issuers_urls": tuple(urls[_CA_ISSUERS])}


def _policies(value: asn1.Element) -> Fields:
    listed = asn1.sequence(value)[:_MAX_NAMES]
    return {"policies": tuple(asn1.oid(asn1.sequence(policy, least=1)[0]) for policy in listed)}


def _alternative_names(value: asn1.Element) -> Fields:
    names = asn1.sequence(value)[:_MAX_NAMES]
    return {"san_emails": tuple(text(name) for name in names if name.tag == _EMAIL)}


def _qc_statements(value: asn1.Element) -> Fields:
    listed = asn1.sequence(value)[:_MAX_NAMES]
    return {"qc_statements": tuple(asn1.oid(asn1.sequence(one, least=1)[0]) for one in listed)}


def _flag(name: str) -> Callable[[asn1.Element], Fields]:
    return lambda _value: {name: True}


_READERS: dict[str, Callable[[asn1.Element], Fields]] = {
    "2.5.29.14": _subject_key_id,
    "2.5.29.15": _key_usage,
    "2.5.29.17": _alternative_names,
    "2.5.29.19": _basic_constraints,
    "2.5.29.30": _flag("has_name_constraints"),
    "2.5.29.31": _distribution_points,
    "2.5.29.32": _policies,
    "2.5.29.33": _flag("has_policy_constraints"),
    "2.5.29.35": _authority_key_id,
    "2.5.29.36": _flag("has_policy_constraints"),
    EXTENDED_KEY_USAGE: _extended_key_usage,
    "2.5.29.54": _flag("has_policy_constraints"),
    "1.3.6.1.5.5.7.1.1": _information_access,
    "1.3.6.1.5.5.7.1.3": _qc_statements,
    "1.3.6.1.5.5.7.48.1.5": _flag("has_ocsp_nocheck"),
}
