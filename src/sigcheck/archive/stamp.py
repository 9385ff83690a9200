"""RFC 3161 time-stamps over what the archive writes: a package's manifest, an audit log's head."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from sigcheck import asn1
from sigcheck.checks import Scope, run
from sigcheck.config import TrustStore
from sigcheck.errors import FetchError, LimitExceededError
from sigcheck.evidence.cms import examine_token, parse_signed_data
from sigcheck.evidence.dss import ValidationData
from sigcheck.evidence.signature import Authority
from sigcheck.fetch import Fetcher
from sigcheck.model.evidence import Purpose
from sigcheck.model.indication import Indication, SubIndication
from sigcheck.model.policy import Limits, Policy
from sigcheck.verdict import conclude, weigh

CONTENT_TYPE = "application/timestamp-query"

_SEQUENCE, _INTEGER, _OCTETS = b"\x30", b"\x02", b"\x04"
_VERSION = b"\x02\x01\x01"
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_TRUE = b"\x01\x01\xff"
_GRANTED = frozenset({0, 1})
"""granted, grantedWithMods (2.4.2)."""


def stamp_request(imprint: bytes, nonce: int) -> bytes:
    """Return a TimeStampReq for a SHA-256, asking for the authority's certificates."""
    body = (_VERSION, _imprint(imprint), _integer(nonce), _TRUE)
    return asn1.encode(_SEQUENCE, b"".join(body))


def token_of(answer: bytes, imprint: bytes, nonce: int) -> bytes:
    """Return the token of a TimeStampResp.

    Raises:
        FetchError: TSA-ANSWER for a refusal, a broken answer, another imprint or nonce (2.4.2:
            the requester shall verify that what was stamped is what was asked for).
    """
    try:
        parts = asn1.sequence(asn1.read(answer), least=1)
        status = asn1.integer(asn1.sequence(parts[0], least=1)[0])
        if status not in _GRANTED or len(parts) == 1:
            raise FetchError(f"status {status}", code="TSA-ANSWER")
        token = parts[1].raw
        info = parse_signed_data(token).econtent or b""
        members = asn1.sequence(asn1.read(info), least=5)
        asked = members[2].raw == _imprint(imprint) or _same_imprint(members[2], imprint)
        numbers = [asn1.integer(m) for m in members[5:] if m.tag == asn1.INTEGER]
    except (asn1.Asn1Error, LimitExceededError) as problem:
        raise FetchError(str(problem), code="TSA-ANSWER") from problem
    if not asked or numbers != [nonce]:
        raise FetchError("the token is over something else", code="TSA-ANSWER")
    return token


def _same_imprint(element: asn1.Element, imprint: bytes) -> bool:
    """Compare an imprint whose algorithm is written without parameters."""
    algorithm, value = asn1.sequence(element, least=2)[:2]
    return _SHA256[2:13] in algorithm.raw and asn1.octets(value) == imprint


def _imprint(value: bytes) -> bytes:
    return asn1.encode(_SEQUENCE, _SHA256 + asn1.encode(_OCTETS, value))


def _integer(value: int) -> bytes:
    return asn1.encode(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


# --- asking for a token, and judging one


class Stamp(Struct, frozen=True):
    """What came of a token, under the trust and the policy given."""

    indication: Indication
    sub_indication: SubIndication | None
    time: datetime | None
    """genTime; proof of existence only where the indication is TOTAL-PASSED."""
    tsa: str
    """Common name of the authority; untrusted text."""


def request_token(data: bytes, url: str, fetch: Fetcher, nonce: int) -> bytes:
    """Return a token over bytes from a time-stamping authority.

    Raises:
        FetchError: without network, for a refusal, and for a token over anything else (TSA-ANSWER).
    """
    imprint = hashlib.sha256(data).digest()
    answer = fetch.post(url, stamp_request(imprint, nonce), CONTENT_TYPE)
    return token_of(answer, imprint, nonce)


def judge_stamp(token: bytes, data: bytes, trust: TrustStore, policy: Policy) -> Stamp:
    """Judge a token over bytes as any other time-stamp (EN 319 102-1, 5.4)."""
    limits = Limits()
    found = examine_token(
        token, data, "signature", extra=trust.certificates.values(), limits=limits
    )
    facts = found.facts
    if found.certificate is not None:
        authority = Authority(trust, ValidationData(), limits)
        path = authority.path(found.certificate, found.data, Purpose.TIMESTAMPING)
        facts = replace(facts, path=path)
    findings = weigh(run(facts, Scope.TIMESTAMP, policy), policy)
    indication, sub = conclude(findings, policy.timestamp_required)
    return Stamp(indication, sub, facts.time, facts.tsa.common_name)
