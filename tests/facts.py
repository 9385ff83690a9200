"""Builds evidence by hand: a case states only what is odd about it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from sigcheck.model.evidence import (
    Anchor,
    ByteRangeFacts,
    CertificateFacts,
    CmsFacts,
    Coverage,
    DictionaryFacts,
    DocumentEvidence,
    Evidence,
    PathFacts,
    PathStep,
    Purpose,
    RevisionFacts,
    RevocationAnswer,
    RevocationStatus,
    Scheme,
    SignatureKind,
    SignerIdentity,
    Tier,
    TimestampFacts,
    WidgetFacts,
)

SIGNED = datetime(2022, 8, 30, 3, 43, 53, tzinfo=UTC)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def day(year: int, month: int = 1, date: int = 1) -> datetime:
    """Return midnight UTC of a day."""
    return datetime(year, month, date, tzinfo=UTC)


def certificate(**odd: Any) -> CertificateFacts:
    """Return a VGCA-like leaf, in force 2021 to 2026."""
    plain = CertificateFacts(
        subject="CN=Ủy ban Nhân dân tỉnh",
        issuer="CN=CA",
        serial_number="01",
        sha256="aa" * 32,
        not_before=day(2021),
        not_after=day(2026),
        key_type="rsa",
        key_bits=2048,
        signature_hash="sha256",
        is_ca=False,
        key_usage=("digital_signature", "content_commitment"),
        extended_key_usage=None,
        eku_critical=False,
        subject_key_id="01",
        authority_key_id="02",
    )
    return replace(plain, **odd)


def answer(**odd: Any) -> RevocationAnswer:
    """Return a CRL's word that a certificate is good, issued after the signing day."""
    plain = RevocationAnswer(
        RevocationStatus.GOOD, "crl:ca.crl", day(2022, 9, 15), day(2047), sha256="bb" * 32
    )
    return replace(plain, **odd)


def path(*leaf_answers: RevocationAnswer, tier: Tier = Tier.GOVERNMENT, **odd: Any) -> PathFacts:
    """Return leaf, sub-CA and pinned root; both below the root have a good status."""
    ca = certificate(subject="CN=CA", is_ca=True, not_before=day(2018), not_after=day(2048))
    root = replace(ca, subject="CN=Root", sha256="cc" * 32)
    steps = (
        PathStep(certificate(), leaf_answers or (answer(),)),
        PathStep(ca, (answer(),), pinned=True),
        PathStep(root, (), revocation_exempt=True, pinned=True),
    )
    purposes = (Purpose.SIGNING, Purpose.TIMESTAMPING)
    anchor = Anchor(root.sha256, root.subject, tier, purposes, "test")
    return replace(PathFacts(steps, anchor), **odd)


def with_step(found: PathFacts, index: int, **odd: Any) -> PathFacts:
    """Return a path with what is odd about one of its steps."""
    steps = [*found.steps]
    steps[index] = replace(steps[index], **odd)
    return replace(found, steps=tuple(steps))


def with_certificate(found: PathFacts, index: int, **odd: Any) -> PathFacts:
    """Return a path with what is odd about one of its certificates."""
    return with_step(found, index, certificate=replace(found.steps[index].certificate, **odd))


def cms(**odd: Any) -> CmsFacts:
    """Return a CMS object whose digest and value hold."""
    plain = CmsFacts(
        parsed=True,
        content_type="1.2.840.113549.1.7.1",
        signer_count=1,
        digest_algorithm="sha256",
        scheme=Scheme.RSA_PKCS1,
        has_signed_attributes=True,
        content_type_attribute_ok=True,
        message_digest="00",
        computed_digest="00",
        digest_matches=True,
        signature_ok=True,
    )
    return replace(plain, **odd)


def token(**odd: Any) -> TimestampFacts:
    """Return a token of the signing minute whose TSA stands under the same root."""
    tsa = certificate(
        subject="CN=TSA", extended_key_usage=("1.3.6.1.5.5.7.3.8",), eku_critical=True
    )
    plain = TimestampFacts(
        source="signature",
        parsed=True,
        time=SIGNED,
        imprint_algorithm="sha256",
        imprint_matches=True,
        cms=cms(signing_certificate_matches=True),
        certificate=tsa,
        eku_ok=True,
        path=path(),
    )
    return replace(plain, **odd)


def byte_range(**odd: Any) -> ByteRangeFacts:
    """Return a byte range that covers the whole file but its own /Contents."""
    plain = ByteRangeFacts(
        values=(0, 100, 200, 300),
        well_formed=True,
        starts_at_zero=True,
        inside_file=True,
        gap_is_hex_string=True,
        gap_is_own_contents=True,
        end=500,
        revision_end=500,
        covers_revision=True,
        covers_file=True,
        trailing_bytes=0,
        unexplained_bytes=0,
        coverage=Coverage.FILE,
    )
    return replace(plain, **odd)


def evidence(**odd: Any) -> Evidence:
    """Return a time-stamped, anchored approval signature with nothing wrong."""
    plain = Evidence(
        field="Signature1",
        index=0,
        orphan=False,
        kind=SignatureKind.APPROVAL,
        revision=1,
        revision_count=1,
        dictionary=DictionaryFacts(
            sub_filter="adbe.pkcs7.detached", claimed_time=SIGNED, type="Sig"
        ),
        byte_range=byte_range(),
        cms=cms(),
        certificate=certificate(),
        signer=SignerIdentity(common_name="Ủy ban Nhân dân tỉnh"),
        path=path(),
        timestamps=(token(),),
        widget=WidgetFacts(1, (0, 0, 10, 10), visible=True),
        changes=(),
    )
    return replace(plain, **odd)


def document(*signatures: Evidence, **odd: Any) -> DocumentEvidence:
    """Return a document of one revision per signature."""
    revisions = tuple(
        RevisionFacts(i + 1, 0, 500, 1, "table") for i in range(max(1, len(signatures)))
    )
    plain = DocumentEvidence(500, "dd" * 32, "1.7", False, revisions, signatures)
    return replace(plain, **odd)
