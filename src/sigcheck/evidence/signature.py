"""The evidence of one signature: dictionary, bytes, CMS, certificate, path, status, time-stamps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.config import TrustStore
from sigcheck.errors import FAULTS, LimitExceededError
from sigcheck.evidence.appearance import widget_facts
from sigcheck.evidence.cms import (
    Certificate,
    Countersigned,
    Examined,
    SignedData,
    Stamped,
    Token,
    content_tokens,
    counter_signatures,
    embedded_certificates,
    examine,
    examine_raw,
    examine_token,
    needed_digests,
    parse_signed_data,
    raw_digest,
    revocation_values,
    signature_tokens,
    statements,
)
from sigcheck.evidence.dss import ValidationData, with_standing
from sigcheck.evidence.identity import signer_identity
from sigcheck.evidence.pdf import (
    HiddenDefinition,
    Obj,
    PdfDocument,
    PdfString,
    SignatureLocation,
    Standing,
    View,
    byte_range_facts,
    text,
)
from sigcheck.evidence.pdf.byterange import trailing_kind
from sigcheck.evidence.pdf.fields import Transforms
from sigcheck.evidence.pdf.strict.reading import drawn_ambiguities
from sigcheck.evidence.trust import RevocationSources, known_path, known_status
from sigcheck.evidence.trust.context import recall
from sigcheck.evidence.trust.revocation import OnlineMaterial, StatusSource
from sigcheck.model.evidence import (
    Ambiguity,
    Anomaly,
    ByteRangeFacts,
    CertificateFacts,
    ChangeItem,
    CmsFacts,
    CounterSignature,
    DictionaryFacts,
    Evidence,
    PathFacts,
    Permission,
    Purpose,
    SignatureKind,
    SignerIdentity,
    TimestampFacts,
)
from sigcheck.model.policy import Limits

_DATE = re.compile(
    r"\s*D:(?P<year>\d{4})(?P<month>\d{2})?(?P<day>\d{2})?"
    r"(?P<hour>\d{2})?(?P<minute>\d{2})?(?P<second>\d{2})?"
    r"(?P<sign>[+\-Z])?(?P<hours>\d{2})?'?(?P<minutes>\d{2})?'?\s*"
)


def pdf_date(text: str) -> datetime | None:
    """Return the moment a PDF date names, None where it names none.

    NOTE: A date without an offset is taken as UTC; the standard leaves its zone unknown.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    parts = [int(found[name] or default) for name, default in _PARTS]
    try:
        return datetime(*parts, tzinfo=_zone(found))  # type: ignore[misc, arg-type]
    except ValueError:
        return None


_PARTS = (("year", 0), ("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))


def _zone(found: re.Match[str]) -> timezone:
    if found["sign"] in (None, "Z"):
        return UTC
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)


# --- The signature dictionary's own words, its kind and what it permits

_BARE_VALUE = "adbe.x509.rsa_sha1"
"""A PKCS#1 value without a CMS around it (ISO 32000-2, 12.8.3.2)."""
_PERMISSIONS = {1: Permission.P1, 2: Permission.P2, 3: Permission.P3}
_MAX_TEXT = 2_000
"""Characters of one text kept; real reasons stay below 200."""


def dictionary_facts(view: View, location: SignatureLocation) -> DictionaryFacts:
    """Return the texts, the claimed time and the permission; whatever is odd is left empty."""
    source = location.dictionary
    written = view.get(source.get("M"))
    is_number = isinstance(written, int | float)
    raw_time = str(written) if is_number else _text(written) or _name(written)
    return DictionaryFacts(
        name=_text(view.get(source.get("Name"))),
        reason=_text(view.get(source.get("Reason"))),
        location=_text(view.get(source.get("Location"))),
        contact_info=_text(view.get(source.get("ContactInfo"))),
        filter=_name(view.get(source.get("Filter"))),
        sub_filter=_name(view.get(source.get("SubFilter"))),
        producer=_producer(view, source.get("Prop_Build")),
        claimed_time=pdf_date(raw_time),
        claimed_time_raw=raw_time[:64],
        permission=_permission(location.transforms),
        type=_name(view.get(source.get("Type"))),
        locked_fields=_locked(location.transforms),
    )


def kind_of(facts: DictionaryFacts) -> SignatureKind:
    """Return the kind of signature; a token is one by its /SubFilter, whatever /Type says."""
    if facts.sub_filter == "ETSI.RFC3161":
        return SignatureKind.DOCUMENT_TIMESTAMP
    if facts.permission is not Permission.APPROVAL:
        return SignatureKind.CERTIFICATION
    return SignatureKind.APPROVAL


def _text(value: Obj) -> str:
    return text(value)[:_MAX_TEXT] if isinstance(value, PdfString) else ""


def _name(value: Obj) -> str:
    return str(value)[:_MAX_TEXT] if isinstance(value, str) else ""


def _producer(view: View, build: Obj) -> str:
    app = view.dict(view.dict(build).get("App"))
    name = view.get(app.get("Name"))
    return _text(name) or _name(name)


def _permission(found: Transforms) -> Permission:
    # A field's /Lock with /P binds like DocMDP from its signature on (ISO 32000-2, 12.7.5.5).
    levels = [level for level in (found.doc_mdp, found.lock_p) if level is not None]
    if not levels:
        return Permission.APPROVAL
    # Parameters that make no sense are held to the strictest level, never to less.
    return Permission.P1 if found.malformed else _PERMISSIONS[min(levels)]


def _locked(found: Transforms) -> tuple[str, ...] | None:
    """Return what FieldMDP and /Lock freeze together; "!NAME" is an exception from "*", all.

    A /Lock binds by itself (table 235): that a tool left out its transform frees nothing.
    """
    locks = [*found.field_mdp, *((found.lock,) if found.lock else ())]
    if not locks:
        return None
    included = dict.fromkeys(f for lock in locks if lock.action == "Include" for f in lock.fields)
    others = [lock for lock in locks if lock.action != "Include"]
    if not others:
        return tuple(included)
    spared = [set(lock.fields) if lock.action == "Exclude" else set() for lock in others]
    exceptions = set.intersection(*spared) - included.keys()
    return ("*", *(f"!{name}" for name in others[0].fields if name in exceptions))


# --- What one signature says before anything is trusted: dictionary, bytes, CMS


class ParsedSignature(Struct):
    """One signature while its evidence is gathered."""

    location: SignatureLocation
    dictionary: DictionaryFacts
    kind: SignatureKind
    byte_range: ByteRangeFacts | None
    signed_data: SignedData
    digests: dict[str, bytes] = field(default_factory=dict)

    def digest_of(self, algorithm: str) -> bytes:
        """Return the digest of the byte range; raises KeyError where there is none."""
        return self.digests[algorithm]

    @property
    def range(self) -> tuple[int, int, int] | None:
        """Return (end of first range, start of second, its length) if it can be hashed."""
        facts = self.byte_range
        if facts is None or not facts.inside_file or not facts.starts_at_zero:
            return None
        return facts.values[1], facts.values[2], facts.values[3]


def parsed_signatures(
    document: PdfDocument, locations: Iterable[SignatureLocation], limits: Limits
) -> list[ParsedSignature]:
    """Read every signature by itself; the digests of its bytes come with `hash_once`."""
    return [_parsed_signature(document, location, limits) for location in locations]


def _parsed_signature(
    document: PdfDocument, location: SignatureLocation, limits: Limits
) -> ParsedSignature:
    view = document.view(location.revision)
    dictionary = dictionary_facts(view, location)
    data = _signed_data(bytes(location.contents or b""), limits)
    facts = _byte_range(document, location)
    return ParsedSignature(location, dictionary, kind_of(dictionary), facts, data)


def _signed_data(contents: bytes, limits: Limits) -> SignedData:
    try:
        return parse_signed_data(contents, limits)
    except LimitExceededError:
        raise
    except FAULTS as problem:  # rule 3: one malformed CMS hides no neighbour
        return SignedData(problem=f"damaged: {type(problem).__name__}")


def _byte_range(document: PdfDocument, location: SignatureLocation) -> ByteRangeFacts | None:
    try:
        return byte_range_facts(document, location)
    except LimitExceededError:
        raise
    except (ValueError, IndexError, TypeError):
        return None  # FC-BYTERANGE-PRESENT fails: it could not be read


def hash_once(context: DocumentContext, found: Sequence[ParsedSignature]) -> None:
    """Give every signature the digests of its bytes, the file being hashed once for all."""
    wanted = [
        (parsed, span, algorithm)
        for parsed in found
        if (span := parsed.range) is not None
        for algorithm in sorted(_digests_for(parsed, context))
    ]
    spans = [span for _, span, _ in wanted]
    values = context.document.digests(spans, [algorithm for *_, algorithm in wanted])
    for (parsed, _, algorithm), value in zip(wanted, values, strict=True):
        if value is not None:
            parsed.digests[algorithm] = value


def _digests_for(parsed: ParsedSignature, context: DocumentContext) -> set[str]:
    if parsed.dictionary.sub_filter != _BARE_VALUE:
        return needed_digests(parsed.signed_data)
    contents = bytes(parsed.location.contents or b"")
    return {
        _guarded(lambda: raw_digest(contents, dictionary_certificates(parsed, context)), "sha1")
    }


# --- Paths and status for all signatures of one document, each asked for once


_MAX_SHARED = 40
"""Lists, and responses, of a document's signatures that serve all of them."""


class Authority:
    """The trust store and the document's own material, prepared for path questions."""

    def __init__(
        self,
        trust: TrustStore,
        material: ValidationData,
        limits: Limits,
        online: OnlineMaterial | None = None,
        signed: Iterable[SignedData] = (),
    ) -> None:
        """Hold the store, what the document's DSS and signatures hold, and what was fetched.

        A list is its CA's word whoever carries it: that of one signature serves the others, and
        all their time-stamps.
        """
        found = [revocation_values(data) for data in signed]
        self._lists = _distinct(lists for lists, _ in found)
        self._responses = _distinct(responses for _, responses in found)
        self._trust = trust
        self._cache = online.cache if online else _kept(trust.cache)
        self._fetched = online.certificates if online else ()
        self._material = material
        self._limits = limits
        self._known: dict[tuple[str, Purpose, tuple[bytes, ...]], PathFacts] = {}
        self.sources: list[RevocationSources] = []
        """What each path was judged with, besides the store."""

    @property
    def trust(self) -> TrustStore:
        """Return the store."""
        return self._trust

    @property
    def stored(self) -> tuple[bytes, ...]:
        """Return the certificates of the store, for a signature that carries none."""
        return tuple(self._trust.certificates.values())

    def path(self, certificate: Certificate, data: SignedData, purpose: Purpose) -> PathFacts:
        """Return the path of a certificate, with what CRLs and OCSP responses say of it."""
        carried = embedded_certificates(data)
        crls, ocsps = revocation_values(data)
        key = (certificate.sha256, purpose, (*carried, *crls, *ocsps))
        if key not in self._known:
            own = _parsed((*carried, *self._material.certificates))
            pool = (*own, *self._fetched)
            sources = RevocationSources.of(
                _from("cms", [*crls, *self._lists]) + _from("dss", self._material.crls),
                _from("cms", [*ocsps, *self._responses]) + _from("dss", self._material.ocsps),
                pool,
            )
            path = known_path(certificate, pool, self._trust, purpose, self._limits)
            if self._cache is not None:
                sources = sources.with_(_cached(self._cache, path, self._trust))
            self.sources.append(sources)
            self._known[key] = known_status(path, sources, self._trust)
        return self._known[key]


def _kept(folder: str) -> StatusSource | None:
    """Return the user's own cache, where there is one."""
    if not folder:
        return None
    from sigcheck.evidence.trust.cache import cache_of

    return cache_of(folder)


def _cached(cache: StatusSource, path: PathFacts, trust: TrustStore) -> RevocationSources:
    steps = (recall(step.certificate.sha256, trust) for step in path.steps)
    return cache.sources([step for step in steps if step is not None])


def _parsed(items: Iterable[bytes]) -> tuple[Certificate, ...]:
    return tuple(Certificate.readable(items))


def _from(origin: str, items: Iterable[bytes]) -> list[tuple[str, bytes]]:
    return [(origin, item) for item in dict.fromkeys(items)]


def _distinct(groups: Iterable[Iterable[bytes]]) -> tuple[bytes, ...]:
    return tuple(islice(dict.fromkeys(chain.from_iterable(groups)), _MAX_SHARED))


# --- From a parsed to the evidence of one signature: certificate, path, status, time-stamps

T = TypeVar("T")

_TWO_FACED = frozenset({"header-garbage", "header-shifted", "object-redefined-behind"})
"""Oddities that count inside the signed bytes too: programs differ in what they then show."""
_MAX_TOKENS = 16
"""Time-stamps of one signature that are judged; real ones have one."""
_NOBODY = SignerIdentity()


class DocumentContext(Struct, frozen=True):
    """What all signatures of a document share while their evidence is gathered."""

    document: PdfDocument
    authority: Authority
    material: ValidationData
    limits: Limits
    changes: tuple[tuple[ChangeItem, ...], ...]
    """Per revision, from the first (empty) on."""
    changes_problem: bool
    """The revisions could not be compared."""
    ambiguities: tuple[Ambiguity, ...] = ()
    """What the revisions after the first signature made ambiguous."""
    hidden: tuple[HiddenDefinition, ...] = ()
    """Objects that no cross-reference entry leads to."""
    tokens: dict[bytes, SignedData] = field(default_factory=dict)
    """Time-stamps of the signature at hand: what they say is asked for more than once."""

    def later_changes(self, revision: int) -> tuple[ChangeItem, ...]:
        """Return the changes of all revisions after one."""
        return tuple(chain.from_iterable(self.changes[revision:]))

    def token(self, der: bytes) -> SignedData:
        """Return a time-stamp token as it was read; whatever is wrong with it is in `problem`."""
        found = self.tokens.get(der)
        if found is None:
            found = self.tokens[der] = parse_signed_data(der, self.limits)
        return found


def complete(parsed: ParsedSignature, index: int, context: DocumentContext) -> Evidence:
    """Return the evidence of one signature; what breaks on the way costs this signature alone."""
    context.tokens.clear()
    is_stamp = parsed.kind is SignatureKind.DOCUMENT_TIMESTAMP
    found = (_document_timestamp if is_stamp else _signature)(parsed, index, context)
    if not context.material.present and not found.cms.has_revocation_values:
        return found  # the file holds nothing that would outlast the CAs
    return _guarded(lambda: _standing(found, parsed, context), found)


def _standing(evidence: Evidence, parsed: ParsedSignature, context: DocumentContext) -> Evidence:
    tokens = signature_tokens(parsed.signed_data)[:_MAX_TOKENS]
    datas = (parsed.signed_data, *(context.token(token) for token in tokens))
    return with_standing(evidence, context.material.since, datas)


def _signature(parsed: ParsedSignature, index: int, context: DocumentContext) -> Evidence:
    examined = _guarded(lambda: _examine(parsed, context), _unexamined(parsed))
    certificate = examined.certificate
    path = _guarded(lambda: _path(certificate, parsed.signed_data, Purpose.SIGNING, context), None)
    # A time-stamp that cannot be read is one that does not hold, never one that is not there.
    unread: tuple[TimestampFacts, ...] = (
        TimestampFacts(source="signature", parsed=False, parse_problem="internal"),
    )
    tokens = _guarded(lambda: _tokens(parsed, context), unread)
    found = _evidence(
        parsed,
        index,
        context,
        examined.facts,
        certificate=certificate.facts() if certificate else None,
        signer=signer_identity(certificate) if certificate else _NOBODY,
        path=path,
        timestamps=tokens,
    )
    return _guarded(lambda: _with_attributes(found, parsed, context), found)


def _with_attributes(
    found: Evidence, parsed: ParsedSignature, context: DocumentContext
) -> Evidence:
    """Add what the attributes say beside the signature, and who vouches for it there."""
    data = parsed.signed_data
    unread = TimestampFacts(source="content", parsed=False, parse_problem="internal")
    stamps = tuple(
        _guarded(partial(_content_stamp, der, parsed, context), unread)
        for der in content_tokens(data)[:_MAX_TOKENS]
    )
    return replace(
        found,
        statements=statements(data),
        content_timestamps=stamps,
        counter_signatures=tuple(_counter(one, context) for one in counter_signatures(data)),
    )


def _content_stamp(der: bytes, parsed: ParsedSignature, context: DocumentContext) -> TimestampFacts:
    return _anchored(_token(der, parsed.digest_of, "content", context), context)


def _counter(one: Countersigned, context: DocumentContext) -> CounterSignature:
    certificate = one.examined.certificate
    return CounterSignature(
        cms=one.examined.facts,
        certificate=certificate.facts() if certificate else None,
        signer=signer_identity(certificate) if certificate else _NOBODY,
        path=_path(certificate, one.data, Purpose.SIGNING, context),
    )


def _guarded(work: Callable[[], T], otherwise: T) -> T:
    try:
        return work()
    except LimitExceededError:
        raise
    except FAULTS:  # rule 3: a malformed signature never becomes a traceback
        return otherwise


def _unexamined(parsed: ParsedSignature) -> Examined:
    problem = parsed.signed_data.problem or "internal"
    return Examined(CmsFacts(parsed=False, parse_problem=problem))


def _examine(parsed: ParsedSignature, context: DocumentContext) -> Examined:
    """Judge the CMS object, or the bare value of adbe.x509.rsa_sha1."""
    if parsed.dictionary.sub_filter == _BARE_VALUE:
        contents = bytes(parsed.location.contents or b"")
        return examine_raw(contents, dictionary_certificates(parsed, context), parsed.digest_of)
    # Where the CMS carries no certificate at all, the store may know the signer.
    stored = () if parsed.signed_data.certificates else context.authority.stored
    return examine(
        parsed.signed_data,
        parsed.digest_of,
        parsed.dictionary.sub_filter,
        extra=(*context.material.certificates, *stored),
        whole=lambda: signed_bytes(parsed, context.document),
    )


def dictionary_certificates(parsed: ParsedSignature, context: DocumentContext) -> tuple[bytes, ...]:
    """Return the certificates of the dictionary's /Cert (ISO 32000-2, table 255)."""
    view = context.document.view(parsed.location.revision)
    value = view.get(parsed.location.dictionary.get("Cert"))
    listed = value if isinstance(value, list) else [value]
    items = (view.get(item) for item in listed[: context.limits.max_chain])
    return tuple(bytes(item) for item in items if isinstance(item, PdfString))


def signed_bytes(parsed: ParsedSignature, document: PdfDocument) -> bytes:
    """Return what the byte range covers, for schemes that take no digest (EdDSA)."""
    if parsed.range is None:
        return b""
    first, second, length = parsed.range
    return bytes(document.data[:first]) + bytes(document.data[second : second + length])


def _path(
    certificate: Certificate | None, data: SignedData, purpose: Purpose, context: DocumentContext
) -> PathFacts | None:
    if certificate is None:
        return None
    return context.authority.path(certificate, data, purpose)


def _tokens(parsed: ParsedSignature, context: DocumentContext) -> tuple[TimestampFacts, ...]:
    data = parsed.signed_data
    if not data.signers:
        return ()
    stamped = data.signers[0].signature
    return tuple(
        _anchored(_token(token, stamped, "signature", context), context)
        for token in signature_tokens(data)[:_MAX_TOKENS]
    )


def _token(der: bytes, stamped: Stamped, source: str, context: DocumentContext) -> Token:
    """Judge a token; one without certificates may be by a TSA the store knows (RFC 3161, 2.4.1)."""
    extra, data = context.material.certificates, context.token(der)
    token = examine_token(der, stamped, source, extra=extra, data=data)
    if token.certificate is None and not data.certificates:
        extra = (*extra, *context.authority.stored)
        token = examine_token(der, stamped, source, extra=extra, data=data)
    return token


def _anchored(token: Token, context: DocumentContext) -> TimestampFacts:
    path = _path(token.certificate, token.data, Purpose.TIMESTAMPING, context)
    return replace(token.facts, path=path)


def _document_timestamp(parsed: ParsedSignature, index: int, context: DocumentContext) -> Evidence:
    """Judge a document time-stamp: its signed content is the imprint (ISO 32000-2, 12.8.5)."""
    contents = bytes(parsed.location.contents or b"")
    if not parsed.signed_data.problem:
        context.tokens.setdefault(contents, parsed.signed_data)
    token = _guarded(
        lambda: _token(contents, parsed.digest_of, "document", context),
        None,
    )
    if token is None:
        return _evidence(parsed, index, context, _unexamined(parsed).facts)
    facts = _anchored(token, context)
    holds = facts.cms.digest_matches is not False and facts.imprint_matches
    cms = replace(
        facts.cms,
        parsed=facts.parsed,
        digest_algorithm=facts.imprint_algorithm or facts.cms.digest_algorithm,
        digest_matches=None if facts.imprint_matches is None else bool(holds),
    )
    if facts.imprint_matches is False:  # these are the two that differ
        cms = replace(cms, message_digest=facts.imprint, computed_digest=facts.computed_imprint)
    return _evidence(
        parsed,
        index,
        context,
        cms,
        certificate=facts.certificate,
        signer=facts.tsa,
        path=facts.path,
        timestamps=(facts,),
    )


def _evidence(
    parsed: ParsedSignature,
    index: int,
    context: DocumentContext,
    cms: CmsFacts,
    *,
    certificate: CertificateFacts | None = None,
    signer: SignerIdentity = _NOBODY,
    path: PathFacts | None = None,
    timestamps: tuple[TimestampFacts, ...] = (),
) -> Evidence:
    location = parsed.location
    document = context.document
    widget = _guarded(lambda: widget_facts(document, location), None)
    return Evidence(
        field=location.field_name,
        index=index,
        orphan=location.standing is not Standing.CURRENT,
        kind=parsed.kind,
        revision=location.revision,
        revision_count=len(document.revisions),
        dictionary=parsed.dictionary,
        byte_range=parsed.byte_range,
        cms=cms,
        certificate=certificate,
        signer=signer,
        path=path,
        timestamps=timestamps,
        widget=widget,
        changes=_changes(parsed, context),
        anomalies=_anomalies(parsed, document),
        ambiguities=tuple(a for a in context.ambiguities if a.revision > location.revision),
        drawn_ambiguities=drawn_ambiguities(document, location.revision, context.hidden),
        object_number=location.number,
        later_revisions_unread=_unread(parsed, context),
        shares_dictionary_with=location.shared_with,
        colliding_fields=location.namesakes,
    )


def _changes(parsed: ParsedSignature, context: DocumentContext) -> tuple[ChangeItem, ...]:
    later = context.later_changes(parsed.location.revision)
    facts = parsed.byte_range
    end = facts.end if facts is not None and facts.end is not None else 0
    kind, size = trailing_kind(context.document, end)
    if kind is None:
        return later
    trailing = ChangeItem(kind, len(context.document.revisions), kind, "", after=f"{size} bytes")
    return (*later, trailing)


def _anomalies(parsed: ParsedSignature, document: PdfDocument) -> tuple[Anomaly, ...]:
    """Return the oddities outside what this signature covers, and those no signing excuses."""
    facts = parsed.byte_range
    end = facts.end if facts and facts.end is not None and facts.inside_file else 0
    found = [
        a for a in document.anomalies if a.offset is None or a.offset >= end or a.code in _TWO_FACED
    ]
    if facts and facts.gap_is_hex_string:
        start = facts.values[0] + facts.values[1]
        if any(space in document.data[start : facts.values[2]] for space in b"\t\n\f\r "):
            found.append(Anomaly("contents-white-space", start))
    return tuple(found)


def _unread(parsed: ParsedSignature, context: DocumentContext) -> bool:
    """Say whether something came later that could not be compared with what was signed."""
    facts = parsed.byte_range
    if facts is not None and facts.covers_file:
        return False
    rebuilt = any(a.code == "xref-rebuilt" for a in context.document.anomalies)
    later = parsed.location.revision < len(context.document.revisions)
    return rebuilt or (later and context.changes_problem)
