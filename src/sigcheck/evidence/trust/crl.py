"""Certificate revocation lists (RFC 5280, 5) and what they say of one certificate (6.3.3)."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice, starmap

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck import asn1
from sigcheck.asn1 import moment
from sigcheck.evidence.cms import algorithms
from sigcheck.evidence.cms.certificates import Certificate, algorithm_identifier
from sigcheck.evidence.cms.names import alike, general_alike
from sigcheck.evidence.cms.signature_check import verify_signature
from sigcheck.evidence.trust import paths
from sigcheck.model.evidence import RevocationAnswer, RevocationStatus

_MAX_EXTENSIONS = 100


def extensions(wrapper: asn1.Element | None) -> Iterator[tuple[str, bool, asn1.Element]]:
    """Yield identifier, criticality and value of each extension (RFC 5280, 4.2).

    `wrapper` is the explicit tag around them, None where there is none.
    """
    if wrapper is not None:
        yield from _listed(asn1.inner(wrapper))


def _listed(sequence: asn1.Element) -> Iterator[tuple[str, bool, asn1.Element]]:
    for extension in asn1.children(asn1.expect(sequence, asn1.SEQUENCE), _MAX_EXTENSIONS):
        parts = asn1.sequence(extension, least=2)
        critical = parts[1].tag == asn1.BOOLEAN and any(parts[1].content)
        yield asn1.oid(parts[0]), critical, asn1.read(asn1.octets(parts[-1]))


# --- The revoked certificates of a CRL, by serial number

MAX_ENTRIES = 1_000_000
"""The largest real list met has 60 000."""

MAX_LOOK_BACK = 100
"""Byte sequences that look like a certificateIssuer but are part of something else."""

_PADDING = (0x00, 0xFF)
_ISSUER_OID = bytes.fromhex("0603551d1d")
_REASON, _INVALIDITY, _ISSUER = "2.5.29.21", "2.5.29.24", "2.5.29.29"
_KNOWN = {_REASON, _INVALIDITY, _ISSUER}

REASONS = {
    0: "unspecified",
    1: "key_compromise",
    2: "ca_compromise",
    3: "affiliation_changed",
    4: "superseded",
    5: "cessation_of_operation",
    6: "certificate_hold",
    8: "remove_from_crl",
    9: "privilege_withdrawn",
    10: "aa_compromise",
}
HOLD = REASONS[6]
REMOVED = REASONS[8]


class CrlEntry(Struct, frozen=True):
    """One revocation."""

    revoked_at: datetime
    reason: str | None = None
    invalid_since: datetime | None = None
    issuer_der: bytes = b""
    """certificateIssuer of an indirect CRL; empty where the entry doesn't name one."""
    unknown_critical: tuple[str, ...] = ()


class Entries(Struct):
    """An index over the raw list: where each serial number stands."""

    data: bytes
    begin: int
    end: int
    offsets: dict[bytes, int]
    repeated: dict[bytes, list[int]]
    """Where a serial number stands again: an indirect list may have it for several issuers."""
    _starts: list[int] = field(default_factory=list)

    def find(self, serial: int) -> list[int]:
        """Return where the entries of a serial number stand."""
        key = serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True)
        first = self.offsets.get(key)
        return [] if first is None else [first, *self.repeated.get(key, ())]

    def read(self, at: int) -> CrlEntry:
        """Return the entry at an offset; raises Asn1Error when it can't be read."""
        return read_entry(self.data, at)

    def issuer_named_before(self, at: int) -> bytes:
        """Return the certificateIssuer in force for an entry of an indirect list (5.3.3)."""
        if not self._starts:
            again = (offset for found in self.repeated.values() for offset in found)
            self._starts = sorted((*self.offsets.values(), *again))
        position = bisect_right(self._starts, at)
        limit = self._starts[position] if position < len(self._starts) else self.end
        for _ in range(MAX_LOOK_BACK):
            limit = self.data.rfind(_ISSUER_OID, self.begin, limit)
            if limit < 0:
                return b""
            start = self._starts[bisect_right(self._starts, limit) - 1]
            if name := self.read(start).issuer_der:
                return name
        raise asn1.Asn1Error("the issuer of an entry can't be found")


def index(data: bytes, begin: int, end: int) -> Entries:
    """Walk the list once; raises Asn1Error at the first entry that isn't one.

    A loop over plain offsets: 20 000 entries take some 10 ms, an object each would take 200.
    """
    offsets: dict[bytes, int] = {}
    repeated: dict[bytes, list[int]] = {}
    at = begin
    while at + 4 <= end:
        outer, length, inner, size = data[at : at + 4]
        serial_at = at + 4
        if length >= 0x80:
            serial_at, length, inner, size = _long_form(data, at, end)
        following = serial_at - 2 + length
        serial_end = serial_at + size
        if not 0 < size < 0x80 or not serial_end < following <= end:
            break
        if outer != asn1.SEQUENCE or inner != asn1.INTEGER:
            break
        serial = data[serial_at:serial_end]
        if serial[0] in _PADDING:
            serial = _shortest(serial)
        if serial in offsets:
            repeated.setdefault(serial, []).append(at)
        else:
            offsets[serial] = at
        at = following
    if at != end or len(offsets) > MAX_ENTRIES:
        raise asn1.Asn1Error(f"the entry at {at - begin} can't be read")
    return Entries(data, begin, end, offsets, repeated)


def _long_form(data: bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Return where the serial number begins, the entry's length, the number's tag and length."""
    octets = data[at + 1] & 0x7F
    body = at + 2 + octets
    if not 0 < octets <= 4 or body + 2 > end:
        raise asn1.Asn1Error("the list isn't DER")
    return body + 2, int.from_bytes(data[at + 2 : body], "big"), data[body], data[body + 1]


def _shortest(serial: bytes) -> bytes:
    """Return the one encoding DER allows, so that no padding hides a revoked number."""
    number = int.from_bytes(serial, "big", signed=True)
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)


def read_entry(data: bytes, at: int) -> CrlEntry:
    """Read one entry (RFC 5280, 5.3); raises Asn1Error."""
    members = asn1.sequence(asn1.read(data, at), least=2)
    found: dict[str, asn1.Element] = {}
    unknown: list[str] = []
    listed = _listed(members[2]) if len(members) > 2 else ()
    for identifier, critical, value in listed:
        found[identifier] = value
        if critical and identifier not in _KNOWN:
            unknown.append(identifier)
    issuer = found.get(_ISSUER)
    since = found.get(_INVALIDITY)
    return CrlEntry(
        revoked_at=moment(members[1]),
        reason=_reason(found.get(_REASON)),
        invalid_since=moment(since) if since else None,
        issuer_der=_directory_name(issuer) if issuer else b"",
        unknown_critical=tuple(unknown),
    )


def _reason(element: asn1.Element | None) -> str | None:
    if element is None:
        return None
    return reason_name(asn1.expect(element, asn1.ENUMERATED))


def reason_name(element: asn1.Element) -> str:
    """Return the name of a CRLReason (RFC 5280, 5.3.1), the number where it has none."""
    number = int.from_bytes(element.content[:2], "big")
    return REASONS.get(number, str(number))


def _directory_name(names: asn1.Element) -> bytes:
    """Return the first directoryName of GeneralNames (RFC 5280, 5.3.3)."""
    for name in asn1.sequence(names):
        if name.tag == 0xA4:
            return asn1.read(name.content).raw
    return b""


# --- Certificate revocation lists, read by our own reader

_AUTHORITY_KEY, _NUMBER, _DELTA, _POINT = "2.5.29.35", "2.5.29.20", "2.5.29.27", "2.5.29.28"
_EXPIRED_SINCE = "2.5.29.60"
_P0, _C0 = 0x80, 0xA0
"""Tags [0] of a primitive and of a constructed value."""
_TIMES = (asn1.UTC_TIME, asn1.GENERALIZED_TIME)


class CrlScope(Struct, frozen=True):
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
    scope: CrlScope = field(default_factory=CrlScope)
    number: int | None = None
    base_number: int | None = None
    """Set on a delta list: the number of the complete list it goes with (5.2.4)."""
    key_id: bytes = b""
    covers_expired_since: datetime | None = None
    """expiredCertsOnCRL (X.509, 9.5.2.8)."""
    unknown_critical: tuple[str, ...] = ()
    _entries: Entries | None = None
    _signers: dict[bytes, bool] = field(default_factory=dict)

    def find(self, serial: int) -> list[CrlEntry]:
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
    except asn1.Asn1Error:
        return None


def _parse(data: bytes, origin: str) -> Crl:
    whole = asn1.read(data)
    tbs, algorithm, signature = asn1.sequence(whole, least=3)[:3]
    members = asn1.children(asn1.expect(tbs, asn1.SEQUENCE), 10)
    if members and members[0].tag == asn1.INTEGER:
        members = members[1:]
    if len(members) < 3:
        raise asn1.Asn1Error("the list lacks a field")
    dates = [moment(m) for m in members[2:4] if m.tag in _TIMES]
    rest = members[2 + len(dates) :]
    listed = next((m for m in rest if m.tag == asn1.SEQUENCE), None)
    identifier, params = algorithm_identifier(algorithm)
    if members[0].raw != algorithm.raw or not dates or (listed is not None and listed.ber):
        raise asn1.Asn1Error("the list contradicts itself")
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
        signature=asn1.bits(signature),
        signature_oid=identifier,
        signature_params=params,
        list_at=spot,
    )
    _read_extensions(crl, next((m for m in rest if m.tag == _C0), None))
    return crl


def _read_extensions(crl: Crl, wrapper: asn1.Element | None) -> None:
    unknown: list[str] = []
    for identifier, critical, value in extensions(wrapper):
        if identifier == _NUMBER:
            crl.number = asn1.integer(value)
        elif identifier == _DELTA:
            crl.base_number = asn1.integer(value)
        elif identifier == _POINT:
            crl.scope = _scope(value)
        elif identifier == _EXPIRED_SINCE:
            crl.covers_expired_since = moment(value)
        elif identifier == _AUTHORITY_KEY:
            found = (m.content for m in asn1.sequence(value) if m.tag == _P0)
            crl.key_id = next(found, b"")
        elif critical:
            unknown.append(identifier)
    crl.unknown_critical = tuple(unknown)


def _scope(value: asn1.Element) -> CrlScope:
    parts = {m.tag: m for m in asn1.sequence(value)}
    names: tuple[bytes, ...] = ()
    relative = False
    if point := parts.get(_C0):
        choice = asn1.inner(point)
        relative = choice.tag != _C0
        names = () if relative else tuple(n.raw for n in asn1.children(choice, 200))
    return CrlScope(
        full_name=names,
        relative_name=relative,
        user_only=_true(parts.get(_P0 + 1)),
        ca_only=_true(parts.get(_P0 + 2)),
        some_reasons=_P0 + 3 in parts,
        indirect=_true(parts.get(_P0 + 4)),
        attribute_only=_true(parts.get(_P0 + 5)),
    )


def _true(flag: asn1.Element | None) -> bool:
    return flag is not None and any(flag.content)


# --- What a CRL says of one certificate, and whether it may say so

MAX_SPELLINGS = 50
"""Names of distribution points that are compared as RFC 5280, 7.1 says, not byte for byte."""
MAX_DELEGATES = 20
"""Certificates tried as the signer of one list or response."""


class Asked(Struct, frozen=True):
    """A certificate, the certificates above it in its path, and who else may have signed."""

    certificate: Certificate
    above: Sequence[Certificate]
    """From its issuer to the anchor; never empty."""
    others: Sequence[Certificate] = ()
    """Certificates at hand that may be CRL issuers or responders of their own."""

    @property
    def issuer(self) -> Certificate:
        """The certificate whose key signed the one asked about."""
        return self.above[0]


def crl_answers(asked: Asked, lists: Iterable[Crl]) -> list[RevocationAnswer]:
    """Return one answer for each list that speaks of the certificate, authentic or not."""
    fitting = [crl for crl in lists if _concerns(asked, crl)]
    complete = [crl for crl in fitting if crl.base_number is None]
    answers = [_answer(asked, crl) for crl in complete]
    answers += [
        _delta_answer(asked, crl, complete) for crl in fitting if crl.base_number is not None
    ]
    return [answer for answer in answers if answer is not None]


def _concerns(asked: Asked, crl: Crl) -> bool:
    """Say whether issuer and scope include the certificate (6.3.3 (b)); a filter, not a proof."""
    certificate, scope = asked.certificate, crl.scope
    is_direct = _is_among(crl.issuer_der, (certificate.issuer_der, asked.issuer.subject_der))
    points = certificate.crl_distribution_points
    is_named = scope.indirect and any(_is_among(crl.issuer_der, p.crl_issuer) for p in points)
    left_out = (
        scope.attribute_only
        or (scope.user_only and certificate.is_ca)
        or (scope.ca_only and not certificate.is_ca)
    )
    return (is_direct or is_named) and not left_out and _same_point(asked, crl)


def _same_point(asked: Asked, crl: Crl) -> bool:
    """Compare the list's distribution point with the certificate's (6.3.3 (b)(2)(i))."""
    if not crl.scope.full_name:
        return True
    names = {n for p in asked.certificate.crl_distribution_points for n in p.full_name}
    if not names.isdisjoint(crl.scope.full_name):
        return True
    written = crl.scope.full_name[:MAX_SPELLINGS]
    return any(general_alike(n, w) for n in [*names][:MAX_SPELLINGS] for w in written)


def _answer(asked: Asked, crl: Crl) -> RevocationAnswer | None:
    """Answer from a complete list."""
    signer, problem = _signer(asked, crl)
    if problem == "other-key":
        return None  # another CA of the same name: its list says nothing of this certificate
    problem = problem or _list_problem(crl)
    entry, entry_problem = _entry(asked, crl)
    problem = problem or entry_problem
    if entry is None and not problem:
        problem = _partial(asked, crl)
    return _statement(asked, crl, signer, entry, problem)


def _list_problem(crl: Crl) -> str:
    """Return why a list can't be used whatever it lists (5.2)."""
    if crl.unknown_critical:
        return "critical-extension"
    return "relative-name" if crl.scope.relative_name else ""


def _partial(asked: Asked, crl: Crl) -> str:
    """Return why silence of a list is no good news: it leaves some reasons out (6.3.3 (d))."""
    points = asked.certificate.crl_distribution_points
    limited = points and all(p.reasons is not None for p in points)
    return "some-reasons" if crl.scope.some_reasons or limited else ""


def _entry(asked: Asked, crl: Crl) -> tuple[CrlEntry | None, str]:
    """Return the certificate's entry, or why the list can't be read."""
    try:
        found = crl.find(asked.certificate.serial)
    except asn1.Asn1Error:
        return None, "unreadable"
    if crl.scope.indirect:
        names = (asked.certificate.issuer_der, asked.issuer.subject_der)
        found = [entry for entry in found if _is_among(entry.issuer_der, names)]
    if any(entry.unknown_critical for entry in found):
        return found[0], "critical-extension"
    return min(found, key=lambda entry: entry.revoked_at, default=None), ""


def _statement(
    asked: Asked, crl: Crl, signer: Certificate | None, entry: CrlEntry | None, problem: str
) -> RevocationAnswer:
    status = RevocationStatus.GOOD
    if entry is not None:
        held = entry.reason == HOLD
        status = RevocationStatus.ON_HOLD if held else RevocationStatus.REVOKED
    is_delegate = signer is not None and signer.spki != asked.issuer.spki
    return RevocationAnswer(
        status=status,
        source=f"crl:{crl.origin}",
        this_update=crl.this_update,
        next_update=crl.next_update,
        revoked_at=entry.revoked_at if entry else None,
        reason=entry.reason if entry else None,
        invalid_since=entry.invalid_since if entry else None,
        sha256=crl.sha256,
        problem=problem,
        responder_not_after=signer.not_after if signer and is_delegate else None,
        covers_expired_since=crl.covers_expired_since,
        signature_hash=algorithms.signature_digest(crl.signature_oid, crl.signature_params),
        key_type=signer.key_type if signer else "",
        key_bits=signer.key_bits if signer else 0,
    )


def _delta_answer(asked: Asked, crl: Crl, complete: Sequence[Crl]) -> RevocationAnswer | None:
    """Answer from a delta list and the complete list it goes with (5.2.4)."""
    found = _answer(asked, crl)
    if found is None or found.problem:
        return found
    if found.reason == REMOVED:
        return replace(found, status=RevocationStatus.GOOD, revoked_at=None)
    if found.status is not RevocationStatus.GOOD:
        return found
    bases = [a for base in complete if _goes_with(crl, base) and (a := _answer(asked, base))]
    sound = [a for a in bases if not a.problem]
    if not sound:
        return replace(found, problem="delta-without-base")
    base = max(sound, key=lambda answer: answer.this_update)
    return replace(
        base,
        source=found.source,
        this_update=found.this_update,
        next_update=found.next_update,
        sha256=found.sha256,
        covers_expired_since=_both(found.covers_expired_since, base.covers_expired_since),
    )


def _both(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return since when both lists keep what expired; None where one of them doesn't."""
    return max(first, second) if first and second else None


def _goes_with(delta: Crl, base: Crl) -> bool:
    """Say whether a complete list is recent enough for the delta, and of the same scope."""
    same = _same_scope(delta.scope, base.scope) and alike(delta.issuer_der, base.issuer_der)
    if not same or base.number is None or delta.base_number is None or delta.number is None:
        return False
    return delta.base_number <= base.number <= delta.number


def _same_scope(one: CrlScope, other: CrlScope) -> bool:
    pairs = zip(one.full_name, other.full_name, strict=False)
    spelt = len(one.full_name) == len(other.full_name) and all(starmap(general_alike, pairs))
    return one == other or (spelt and replace(one, full_name=other.full_name) == other)


def _signer(asked: Asked, crl: Crl) -> tuple[Certificate | None, str]:
    """Return who signed the list, and why that one may not have (6.3.3 (f))."""
    issuer = asked.issuer
    is_direct = _is_among(crl.issuer_der, (asked.certificate.issuer_der, issuer.subject_der))
    if is_direct and crl.signed_by(issuer):
        usage = issuer.key_usage
        return issuer, "" if usage is None or "crl_sign" in usage else "key-usage"
    candidates = islice(_delegates(asked, crl), MAX_DELEGATES)
    delegate = next((c for c in candidates if crl.signed_by(c)), None)
    if delegate is not None:
        inside = delegate.not_before <= crl.this_update <= delegate.not_after
        return delegate, "" if inside else "issuer-validity"
    if is_direct and crl.key_id and issuer.ski and crl.key_id != issuer.ski:
        return None, "other-key"
    return None, "signature" if is_direct else "issuer"


def _delegates(asked: Asked, crl: Crl) -> Iterator[Certificate]:
    """Yield certificates of the list's issuer that a CA of this very path certified for it.

    NOTE: RFC 5280, 6.3.3 (f) asks for a path to the same anchor; one link below this path is asked
    here, which is all that any CA in Vietnam or in the test suites uses.
    """
    for candidate in asked.others:
        if (
            not alike(candidate.subject_der, crl.issuer_der)
            or candidate.sha256 == asked.issuer.sha256
        ):
            continue
        may_sign = "crl_sign" in (candidate.key_usage or ())
        if may_sign and any(paths.issued_by(candidate, ca) for ca in asked.above):
            yield candidate


def _is_among(name: bytes, listed: Iterable[bytes]) -> bool:
    """Say whether an encoded name is one of others, as RFC 5280, 7.1 compares them."""
    return any(alike(name, other) for other in listed)
