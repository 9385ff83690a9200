"""Certificate revocation lists, read by our own walker (RFC 5280, 5)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.evidence.cms import tlv
from sigcheck.evidence.cms.certificates import Certificate, algorithm_identifier
from sigcheck.evidence.cms.signature_check import verify_signature
from sigcheck.evidence.cms.times import moment
from sigcheck.evidence.trust.asn1 import extensions, only
from sigcheck.evidence.trust.crl_entries import Entries, Entry, index

_AUTHORITY_KEY, _NUMBER, _DELTA, _POINT = "2.5.29.35", "2.5.29.20", "2.5.29.27", "2.5.29.28"
_EXPIRED_SINCE = "2.5.29.60"
_P0, _C0 = 0x80, 0xA0
"""Tags [0] of a primitive and of a constructed value."""
_TIMES = (tlv.UTC_TIME, tlv.GENERALIZED_TIME)


class Scope(Struct, frozen=True):
    """Of which certificates a list speaks: issuingDistributionPoint (RFC 5280, 5.2.5)."""

    full_name: tuple[bytes, ...] = ()
    relative_name: bool = False
    user_only: bool = False
    ca_only: bool = False
    attribute_only: bool = False
    some_reasons: bool = False
    indirect: bool = False


class Crl(Struct):
    """One list; entries are indexed and signatures verified when first asked for."""

    data: bytes
    origin: str
    """Where it came from: a file name, `dss`, `cms`, `online`."""
    sha256: str
    issuer_der: bytes
    this_update: datetime
    next_update: datetime | None
    tbs: bytes
    signature: bytes
    signature_oid: str
    signature_params: bytes
    list_at: tuple[int, int]
    scope: Scope = field(default_factory=Scope)
    number: int | None = None
    base_number: int | None = None
    """Set on a delta list: the number of the complete list it goes with (5.2.4)."""
    key_id: bytes = b""
    covers_expired_since: datetime | None = None
    """expiredCertsOnCRL (X.509, 9.5.2.8)."""
    unknown_critical: tuple[str, ...] = ()
    _entries: Entries | None = None
    _signers: dict[bytes, bool] = field(default_factory=dict)

    def find(self, serial: int) -> list[Entry]:
        """Return the entries of a serial number; raises Asn1Error when the list can't be read."""
        if self._entries is None:
            self._entries = index(self.tbs, *self.list_at)
        found = self._entries.find(serial)
        if not self.scope.indirect:
            return [self._entries.read(at) for at in found]
        # An entry speaks of the issuer named last, the list's own before any is (5.3.3).
        pairs = [(self._entries.read(at), self._entries.issuer_named_before(at)) for at in found]
        return [replace(entry, issuer_der=name or self.issuer_der) for entry, name in pairs]

    def signed_by(self, issuer: Certificate) -> bool:
        """Say whether the issuer's key signed the list; remembered per key."""
        answer = self._signers.get(issuer.spki)
        if answer is None:
            answer = verify_signature(
                issuer.public_key(),
                self.signature_oid,
                self.signature_params,
                self.signature,
                self.tbs,
            )
            self._signers[issuer.spki] = answer
        return answer


def parse_crl(data: bytes, origin: str) -> Crl | None:
    """Read a DER list but for its entries; None when it is none."""
    try:
        return _parse(data, origin)
    except tlv.Asn1Error:
        return None


def _parse(data: bytes, origin: str) -> Crl:
    whole = tlv.read(data)
    tbs, algorithm, signature = tlv.sequence(whole, least=3)[:3]
    members = tlv.children(tlv.expect(tbs, tlv.SEQUENCE), 10)
    if members and members[0].tag == tlv.INTEGER:
        members = members[1:]
    if len(members) < 3:
        raise tlv.Asn1Error("the list lacks a field")
    dates = [moment(m) for m in members[2:4] if m.tag in _TIMES]
    rest = members[2 + len(dates) :]
    listed = next((m for m in rest if m.tag == tlv.SEQUENCE), None)
    identifier, params = algorithm_identifier(algorithm)
    if members[0].raw != algorithm.raw or not dates or (listed is not None and listed.ber):
        raise tlv.Asn1Error("the list contradicts itself")
    # Offsets count from the signed part: what is looked up is what was signed.
    spot = (listed.content_start - tbs.start, listed.end - tbs.start) if listed else (0, 0)
    crl = Crl(
        data=data,
        origin=origin,
        sha256=hashlib.sha256(data).hexdigest(),
        issuer_der=members[1].raw,
        this_update=dates[0],
        next_update=dates[1] if len(dates) > 1 else None,
        tbs=tbs.raw,
        signature=tlv.bits(signature),
        signature_oid=identifier,
        signature_params=params,
        list_at=spot,
    )
    _read_extensions(crl, next((m for m in rest if m.tag == _C0), None))
    return crl


def _read_extensions(crl: Crl, wrapper: tlv.Element | None) -> None:
    unknown: list[str] = []
    for identifier, critical, value in extensions(only(wrapper)) if wrapper else ():
        if identifier == _NUMBER:
            crl.number = tlv.integer(value)
        elif identifier == _DELTA:
            crl.base_number = tlv.integer(value)
        elif identifier == _POINT:
            crl.scope = _scope(value)
        elif identifier == _EXPIRED_SINCE:
            crl.covers_expired_since = moment(value)
        elif identifier == _AUTHORITY_KEY:
            found = (m.content for m in tlv.sequence(value) if m.tag == _P0)
            crl.key_id = next(found, b"")
        elif critical:
            unknown.append(identifier)
    crl.unknown_critical = tuple(unknown)


def _scope(value: tlv.Element) -> Scope:
    parts = {m.tag: m for m in tlv.sequence(value)}
    names: tuple[bytes, ...] = ()
    relative = False
    if point := parts.get(_C0):
        choice = only(point)
        relative = choice.tag != _C0
        names = () if relative else tuple(n.raw for n in tlv.children(choice, 200))
    return Scope(
        full_name=names,
        relative_name=relative,
        user_only=_true(parts.get(_P0 + 1)),
        ca_only=_true(parts.get(_P0 + 2)),
        some_reasons=_P0 + 3 in parts,
        indirect=_true(parts.get(_P0 + 4)),
        attribute_only=_true(parts.get(_P0 + 5)),
    )


def _true(flag: tlv.Element | None) -> bool:
    return flag is not None and any(flag.content)
