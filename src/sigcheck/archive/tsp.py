"""A question to a time-stamping authority and its answer (RFC 3161, 2.4)."""

from __future__ import annotations

from sigcheck.errors import FetchError
from sigcheck.evidence.cms import parse_signed_data, tlv

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
    return tlv.encode(_SEQUENCE, b"".join(body))


def token_of(answer: bytes, imprint: bytes, nonce: int) -> bytes:
    """Return the token of a TimeStampResp.

    Raises:
        FetchError: TSA-ANSWER for a refusal, a broken answer, another imprint or nonce (2.4.2:
            the requester shall verify that what was stamped is what was asked for).
    """
    try:
        parts = tlv.sequence(tlv.read(answer), least=1)
        status = tlv.integer(tlv.sequence(parts[0], least=1)[0])
        if status not in _GRANTED or len(parts) == 1:
            raise FetchError(f"status {status}", code="TSA-ANSWER")
        token = parts[1].raw
        info = parse_signed_data(token).econtent or b""
        members = tlv.sequence(tlv.read(info), least=5)
        asked = members[2].raw == _imprint(imprint) or _same_imprint(members[2], imprint)
        numbers = [tlv.integer(m) for m in members[5:] if m.tag == tlv.INTEGER]
    except tlv.Asn1Error as problem:
        raise FetchError(str(problem), code="TSA-ANSWER") from problem
    if not asked or numbers != [nonce]:
        raise FetchError("the token is over something else", code="TSA-ANSWER")
    return token


def _same_imprint(element: tlv.Element, imprint: bytes) -> bool:
    """Compare an imprint whose algorithm is written without parameters."""
    algorithm, value = tlv.sequence(element, least=2)[:2]
    return _SHA256[2:13] in algorithm.raw and tlv.octets(value) == imprint


def _imprint(value: bytes) -> bytes:
    return tlv.encode(_SEQUENCE, _SHA256 + tlv.encode(_OCTETS, value))


def _integer(value: int) -> bytes:
    return tlv.encode(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
