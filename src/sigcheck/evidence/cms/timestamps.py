"""RFC 3161 tokens: what they stamp, when, by whom; the path is the caller's to add."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sigcheck import asn1
from sigcheck.asn1 import moment
from sigcheck.evidence.cms import algorithms, signed_data
from sigcheck.evidence.cms.algorithms import digest
from sigcheck.evidence.cms.certificates import Certificate
from sigcheck.evidence.cms.extensions import TIME_STAMPING
from sigcheck.evidence.cms.signed_data import (
    ID_TST_INFO,
    SignedData,
    ask,
    encapsulated,
    parse_signed_data,
)
from sigcheck.evidence.cms.verify import Examined, examine_content
from sigcheck.evidence.identity import signer_identity
from sigcheck.model.evidence import SignerIdentity, TimestampFacts
from sigcheck.model.policy import Limits

Stamped = bytes | Callable[[str], bytes]
"""The stamped bytes, or a function that digests them by hashlib's name."""

_MAX_IMPRINT = 64
"""Bytes of an imprint that a report names: those of SHA-512."""


class TstInfo(NamedTuple):
    """The statement of a time-stamping authority (RFC 3161, 2.4.2)."""

    policy: str
    imprint_algorithm: str
    imprint: bytes
    serial_number: int
    time: datetime
    accuracy: timedelta | None = None


_NOT_READ = SignedData(problem="not read")


class Token(NamedTuple):
    """A token read and judged; `certificate` is the authority's, None when it is not there."""

    facts: TimestampFacts
    certificate: Certificate | None = None
    info: TstInfo | None = None
    data: SignedData = _NOT_READ


def examine_token(
    der: bytes,
    stamped: Stamped,
    source: str,
    *,
    extra: Iterable[bytes] = (),
    limits: Limits | None = None,
    data: SignedData | None = None,
) -> Token:
    """Judge one token over what it should stamp; `extra` certificates come from elsewhere.

    `data` is the token as `parse_signed_data` read it, where somebody did that already.
    """
    data = data or parse_signed_data(der, limits)
    sha256 = hashlib.sha256(der).hexdigest()
    examined = examine_content(data, encapsulated(data), extra=extra)
    try:
        info = _tst_info(data)
    except asn1.Asn1Error as problem:
        unread = TimestampFacts(
            source=source,
            parsed=False,
            parse_problem=data.problem or str(problem),
            cms=examined.facts,
            sha256=sha256,
        )
        return Token(unread, examined.certificate, None, data)
    facts = _facts(info, examined, stamped, source, sha256)
    return Token(facts, examined.certificate, info, data)


def signature_tokens(data: SignedData) -> list[bytes]:
    """Return the signature time-stamps of the first signer (RFC 3161, appendix A)."""
    if not data.signers:
        return []
    values = data.signers[0].unsigned_values(signed_data.SIGNATURE_TIMESTAMP)
    return [value.raw for value in values]


def is_time_stamping(certificate: Certificate) -> bool:
    """Say whether timeStamping is the only extended key usage, and critical (RFC 3161, 2.3)."""
    return certificate.eku == (TIME_STAMPING,) and certificate.eku_critical


def _facts(
    info: TstInfo, examined: Examined, stamped: Stamped, source: str, sha256: str
) -> TimestampFacts:
    certificate = examined.certificate
    computed = _computed_imprint(info, stamped)
    return TimestampFacts(
        source=source,
        parsed=examined.facts.parsed,
        parse_problem=examined.facts.parse_problem,
        time=info.time,
        imprint_algorithm=info.imprint_algorithm,
        imprint_matches=None if computed is None else computed == info.imprint,
        imprint=info.imprint[:_MAX_IMPRINT].hex(),
        computed_imprint=(computed or b"").hex(),
        cms=examined.facts,
        certificate=certificate.facts() if certificate else None,
        tsa=signer_identity(certificate) if certificate else SignerIdentity(),
        eku_ok=certificate is not None and is_time_stamping(certificate),
        policy=info.policy,
        serial_number=f"{info.serial_number:X}",
        sha256=sha256,
    )


def _computed_imprint(info: TstInfo, stamped: Stamped) -> bytes | None:
    if isinstance(stamped, bytes):
        return digest(info.imprint_algorithm, stamped)
    return ask(stamped, info.imprint_algorithm)


def _tst_info(data: SignedData) -> TstInfo:
    if data.content_type != ID_TST_INFO or data.econtent is None:
        raise asn1.Asn1Error(
            f"content type {data.content_type or 'unknown'} where TSTInfo was expected"
        )
    members = asn1.sequence(asn1.read(data.econtent), least=5)
    algorithm, imprint = asn1.sequence(members[2], least=2)[:2]
    return TstInfo(
        policy=asn1.oid(members[1]),
        imprint_algorithm=algorithms.named_digest(algorithm),
        imprint=asn1.octets(imprint),
        serial_number=asn1.integer(members[3]),
        time=moment(members[4]),
        accuracy=_accuracy(members[5:]),
    )


def _accuracy(optional: list[asn1.Element]) -> timedelta | None:
    """Read Accuracy; its parts are absent or small, and absurd ones are left out."""
    found = next((member for member in optional if member.tag == asn1.SEQUENCE), None)
    if found is None:
        return None
    units = {asn1.INTEGER: "seconds", 0x80: "milliseconds", 0x81: "microseconds"}
    parts = {
        units[member.tag]: asn1.integer(member)
        for member in asn1.sequence(found)
        if member.tag in units
    }
    try:
        return timedelta(**parts)
    except OverflowError:
        return None
