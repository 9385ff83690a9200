"""From a draft to the evidence of one signature: certificate, path, status, time-stamps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from sigcheck.errors import LimitExceededError
from sigcheck.evidence.appearance import widget_facts
from sigcheck.evidence.authority import Authority
from sigcheck.evidence.cms import (
    Certificate,
    Examined,
    SignedData,
    Stamped,
    Token,
    examine,
    examine_raw,
    examine_token,
    parse_signed_data,
    signature_tokens,
)
from sigcheck.evidence.draft import Draft
from sigcheck.evidence.dss import ValidationData
from sigcheck.evidence.identity import signer_identity
from sigcheck.evidence.pdf import PdfDocument, PdfString, Standing
from sigcheck.model.evidence import (
    Anomaly,
    CertificateFacts,
    ChangeClass,
    ChangeItem,
    CmsFacts,
    Evidence,
    PathFacts,
    Purpose,
    SignatureKind,
    SignerIdentity,
    TimestampFacts,
)
from sigcheck.model.limits import Limits

T = TypeVar("T")

_TWO_FACED = frozenset({"header-garbage", "keystone-redefined"})
"""Oddities that count inside the signed bytes too: programs differ in what they then show."""
_MAX_TOKENS = 16
"""Time-stamps of one signature that are judged; real ones have one."""
_NOBODY = SignerIdentity()


class Surroundings(Struct, frozen=True):
    """What all signatures of a document share while their evidence is gathered."""

    document: PdfDocument
    authority: Authority
    material: ValidationData
    limits: Limits
    changes: tuple[tuple[ChangeItem, ...], ...]
    """Per revision, from the first (empty) on."""
    changes_problem: bool
    """The revisions could not be compared."""
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


def complete(draft: Draft, index: int, around: Surroundings) -> Evidence:
    """Return the evidence of one signature; what breaks on the way costs this signature alone."""
    around.tokens.clear()
    is_stamp = draft.kind is SignatureKind.DOCUMENT_TIMESTAMP
    found = (_document_timestamp if is_stamp else _signature)(draft, index, around)
    if not around.material.present and not found.cms.has_revocation_values:
        return found  # the file holds nothing that would outlast the CAs
    return _guarded(lambda: _standing(found, draft, around), found)


def _standing(evidence: Evidence, draft: Draft, around: Surroundings) -> Evidence:
    from sigcheck.evidence.standing import with_standing

    tokens = signature_tokens(draft.signed_data)[:_MAX_TOKENS]
    datas = (draft.signed_data, *(around.token(token) for token in tokens))
    return with_standing(evidence, around.material.since, datas)


def _signature(draft: Draft, index: int, around: Surroundings) -> Evidence:
    examined = _guarded(lambda: _examine(draft, around), _unexamined(draft))
    certificate = examined.certificate
    path = _path(certificate, draft.signed_data, Purpose.SIGNING, around)
    no_tokens: tuple[TimestampFacts, ...] = ()
    tokens = _guarded(lambda: _tokens(draft, around), no_tokens)
    return _evidence(
        draft,
        index,
        around,
        examined.facts,
        certificate=certificate.facts() if certificate else None,
        signer=signer_identity(certificate) if certificate else _NOBODY,
        path=path,
        timestamps=tokens,
    )


def _guarded(work: Callable[[], T], otherwise: T) -> T:
    try:
        return work()
    except LimitExceededError:
        raise
    except Exception:  # noqa: BLE001 - rule 3: a malformed signature never becomes a traceback
        return otherwise


def _unexamined(draft: Draft) -> Examined:
    problem = draft.signed_data.problem or "internal"
    return Examined(CmsFacts(parsed=False, parse_problem=problem))


def _examine(draft: Draft, around: Surroundings) -> Examined:
    """Judge the CMS object, or the bare value of adbe.x509.rsa_sha1."""
    if draft.dictionary.sub_filter == "adbe.x509.rsa_sha1":
        contents = bytes(draft.location.contents or b"")
        return examine_raw(contents, dictionary_certificates(draft, around), draft.digest_of)
    # Where the CMS carries no certificate at all, the store may know the signer.
    stored = () if draft.signed_data.certificates else around.authority.stored
    return examine(
        draft.signed_data,
        draft.digest_of,
        draft.dictionary.sub_filter,
        extra=(*around.material.certificates, *stored),
        whole=lambda: signed_bytes(draft, around.document),
    )


def dictionary_certificates(draft: Draft, around: Surroundings) -> tuple[bytes, ...]:
    """Return the certificates of the dictionary's /Cert (ISO 32000-2, table 255)."""
    view = around.document.view(draft.location.revision)
    value = view.get(draft.location.dictionary.get("Cert"))
    listed = value if isinstance(value, list) else [value]
    items = (view.get(item) for item in listed[: around.limits.max_chain])
    return tuple(bytes(item) for item in items if isinstance(item, PdfString))


def signed_bytes(draft: Draft, document: PdfDocument) -> bytes:
    """Return what the byte range covers, for schemes that take no digest (EdDSA)."""
    if draft.range is None:
        return b""
    first, second, length = draft.range
    return bytes(document.data[:first]) + bytes(document.data[second : second + length])


def _path(
    certificate: Certificate | None, data: SignedData, purpose: Purpose, around: Surroundings
) -> PathFacts | None:
    if certificate is None:
        return None
    return around.authority.path(certificate, data, purpose)


def _tokens(draft: Draft, around: Surroundings) -> tuple[TimestampFacts, ...]:
    data = draft.signed_data
    if not data.signers:
        return ()
    stamped = data.signers[0].signature
    return tuple(
        _anchored(_token(token, stamped, "signature", around), around)
        for token in signature_tokens(data)[:_MAX_TOKENS]
    )


def _token(der: bytes, stamped: Stamped, source: str, around: Surroundings) -> Token:
    """Judge a token; one without certificates may be by a TSA the store knows (RFC 3161, 2.4.1)."""
    lent, data = around.material.certificates, around.token(der)
    token = examine_token(der, stamped, source, extra=lent, data=data)
    if token.certificate is None and not data.certificates:
        lent = (*lent, *around.authority.stored)
        token = examine_token(der, stamped, source, extra=lent, data=data)
    return token


def _anchored(token: Token, around: Surroundings) -> TimestampFacts:
    path = _path(token.certificate, token.data, Purpose.TIMESTAMPING, around)
    return replace(token.facts, path=path)


def _document_timestamp(draft: Draft, index: int, around: Surroundings) -> Evidence:
    """Judge a document time-stamp: its signed content is the imprint (ISO 32000-2, 12.8.5)."""
    contents = bytes(draft.location.contents or b"")
    if not draft.signed_data.problem:
        around.tokens.setdefault(contents, draft.signed_data)
    token = _guarded(
        lambda: _token(contents, draft.digest_of, "document", around),
        None,
    )
    if token is None:
        return _evidence(draft, index, around, _unexamined(draft).facts)
    facts = _anchored(token, around)
    holds = facts.cms.digest_matches is not False and facts.imprint_matches
    cms = replace(
        facts.cms,
        parsed=facts.parsed,
        digest_algorithm=facts.imprint_algorithm or facts.cms.digest_algorithm,
        digest_matches=None if facts.imprint_matches is None else bool(holds),
    )
    return _evidence(
        draft,
        index,
        around,
        cms,
        certificate=facts.certificate,
        signer=facts.tsa,
        path=facts.path,
        timestamps=(facts,),
    )


def _evidence(
    draft: Draft,
    index: int,
    around: Surroundings,
    cms: CmsFacts,
    *,
    certificate: CertificateFacts | None = None,
    signer: SignerIdentity = _NOBODY,
    path: PathFacts | None = None,
    timestamps: tuple[TimestampFacts, ...] = (),
) -> Evidence:
    location = draft.location
    document = around.document
    widget = _guarded(lambda: widget_facts(document, location, around.limits), None)
    return Evidence(
        field=location.field_name,
        index=index,
        orphan=location.standing is not Standing.CURRENT,
        kind=draft.kind,
        revision=location.revision,
        revision_count=len(document.revisions),
        dictionary=draft.dictionary,
        byte_range=draft.byte_range,
        cms=cms,
        certificate=certificate,
        signer=signer,
        path=path,
        timestamps=timestamps,
        widget=widget,
        changes=_changes(draft, around),
        anomalies=_anomalies(draft, document),
        object_number=location.number,
        later_revisions_unread=_unread(draft, around),
        shares_dictionary_with=location.shared_with,
        colliding_fields=location.namesakes,
    )


def _changes(draft: Draft, around: Surroundings) -> tuple[ChangeItem, ...]:
    later = around.later_changes(draft.location.revision)
    facts = draft.byte_range
    if facts is None or not facts.trailing_bytes or facts.covers_file:
        return later
    detail = f"{facts.trailing_bytes} bytes"
    trailing = ChangeItem(
        ChangeClass.TRAILING, len(around.document.revisions), "trailing-bytes", "", after=detail
    )
    return (*later, trailing)


def _anomalies(draft: Draft, document: PdfDocument) -> tuple[Anomaly, ...]:
    """Return the oddities outside what this signature covers, and those no signing excuses."""
    facts = draft.byte_range
    end = facts.end if facts and facts.end is not None and facts.inside_file else 0
    # A later revision can make readers search for objects anew, and find the other definition.
    alone = facts is not None and facts.covers_file
    codes = _TWO_FACED if alone else _TWO_FACED | {"object-redefined"}
    return tuple(
        a for a in document.anomalies if a.offset is None or a.offset >= end or a.code in codes
    )


def _unread(draft: Draft, around: Surroundings) -> bool:
    """Say whether something came later that could not be compared with what was signed."""
    facts = draft.byte_range
    if facts is not None and facts.covers_file:
        return False
    rebuilt = any(a.code == "xref-rebuilt" for a in around.document.anomalies)
    later = draft.location.revision < len(around.document.revisions)
    return rebuilt or (later and around.changes_problem)
