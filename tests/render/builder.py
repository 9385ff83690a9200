"""Reports made by hand, with invented people; a test states only what is odd about its case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from msgspec.structs import replace

from sigcheck.model.evidence import (
    Anchor,
    ByteRangeFacts,
    CertificateFacts,
    ChangeClass,
    ChangeItem,
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
    SignerKind,
    Tier,
    TimestampFacts,
    WidgetFacts,
)
from sigcheck.model.finding import Block, Finding, Level, Outcome, Status
from sigcheck.model.indication import DocumentIndication, Indication, SubIndication
from sigcheck.model.report import (
    DocumentReport,
    Reason,
    Report,
    SignatureReport,
    TimestampReport,
    TrustSummary,
)

VIETNAM = timezone(timedelta(hours=7))
SIGNED = datetime(2022, 8, 26, 20, 20, 45, tzinfo=VIETNAM)
CHECKED = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ISSUER = "CN=CA Thử nghiệm cho Nhà nước G2,O=Cơ yếu giả định,C=VN"


def certificate(subject: str = "CN=Trần Thị Bình", issuer: str = ISSUER) -> CertificateFacts:
    """Return a certificate in force from 2020 to 2030."""
    return CertificateFacts(
        subject=subject,
        issuer=issuer,
        serial_number="5A",
        sha256="11" * 32,
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=datetime(2030, 1, 1, tzinfo=UTC),
        key_type="rsa",
        key_bits=3072,
        signature_hash="sha256",
        is_ca=False,
        key_usage=("digital_signature",),
        extended_key_usage=None,
        eku_critical=False,
        subject_key_id="",
        authority_key_id="",
    )


def path(tier: Tier = Tier.GOVERNMENT, subject: str = "CN=Trần Thị Bình") -> PathFacts:
    """Return a path of a leaf and its root, with a CRL that says good."""
    root = replace(certificate("CN=CA gốc G2", "CN=CA gốc G2"), sha256="22" * 32, is_ca=True)
    good = RevocationAnswer(
        RevocationStatus.GOOD,
        "crl:ca.crl",
        SIGNED + timedelta(days=1),
        SIGNED + timedelta(days=8),
    )
    return PathFacts(
        steps=(
            PathStep(certificate(subject), (good,)),
            PathStep(root, revocation_exempt=True),
        ),
        anchor=Anchor("22" * 32, "CN=CA gốc G2", tier, (Purpose.SIGNING,), "certs/anchors.toml"),
    )


def token(moment: datetime = SIGNED) -> TimestampFacts:
    """Return a time-stamp."""
    return TimestampFacts(
        source="signature",
        parsed=True,
        time=moment,
        imprint_algorithm="sha256",
        imprint_matches=True,
        certificate=certificate("CN=Máy chủ cấp dấu thời gian 09"),
        tsa=SignerIdentity(common_name="Máy chủ cấp dấu thời gian 09"),
        eku_ok=True,
    )


def evidence(index: int = 0, **changed: Any) -> Evidence:
    """Return the evidence of a sound signature by an invented official."""
    covered = ByteRangeFacts(
        values=(0, 1000, 9000, 500),
        well_formed=True,
        starts_at_zero=True,
        inside_file=True,
        gap_is_hex_string=True,
        gap_is_own_contents=True,
        end=9500,
        revision_end=9500,
        covers_revision=True,
        covers_file=True,
        trailing_bytes=0,
        unexplained_bytes=0,
        coverage=Coverage.FILE,
    )
    base = Evidence(
        field=f"Signature{index + 1}",
        index=index,
        orphan=False,
        kind=SignatureKind.APPROVAL,
        revision=2 + index,
        revision_count=2 + index,
        dictionary=DictionaryFacts(
            reason="Trần Thị Bình<binhtt@tinh.example> đã ký lên văn bản này!",
            location="Tỉnh Mẫu",
            contact_info="Trung tâm Công nghệ thông tin - ĐT: 0000",
            filter="Adobe.PPKLite",
            sub_filter="adbe.pkcs7.detached",
            producer="iTextSharp",
            claimed_time=SIGNED,
        ),
        byte_range=covered,
        cms=CmsFacts(
            parsed=True,
            signer_count=1,
            digest_algorithm="sha256",
            scheme=Scheme.RSA_PKCS1,
            digest_matches=True,
            signature_ok=True,
            signing_time=SIGNED.replace(tzinfo=UTC),
        ),
        certificate=certificate(),
        signer=SignerIdentity(
            common_name="Trần Thị Bình",
            email="binhtt@tinh.example",
            organization="Ủy ban nhân dân tỉnh Mẫu",
            organizational_unit="Sở Nội vụ",
            serial_number="CCCD:001199000123",
            kind=SignerKind.INDIVIDUAL,
            sources=(("common_name", "CN"),),
        ),
        path=path(),
        timestamps=(token(SIGNED + timedelta(seconds=70)),),
        widget=WidgetFacts(page=6, rect=(100.0, 200.0, 220.5, 300.0), visible=True),
        changes=(),
        best_signature_time=SIGNED + timedelta(seconds=70),
        validation_time=CHECKED,
    )
    return replace(base, **changed)


def finding(
    code: str,
    *,
    status: Status = Status.FAILED,
    level: Level = Level.FAIL,
    block: Block = Block.PATH,
    sub: SubIndication | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Finding:
    """Return one finding."""
    return Finding(code, block, level, Outcome(status, facts or {}), sub)


SOUND = (
    ("CR-DIGEST-MATCHES", Block.CRYPTO),
    ("CR-SIGNATURE-VERIFIES", Block.CRYPTO),
    ("FC-BYTERANGE-START", Block.FORMAT),
    ("FC-CONTENTS-OWN", Block.FORMAT),
    ("FC-COVERAGE-REVISION", Block.FORMAT),
    ("PA-ANCHOR-FOUND", Block.PATH),
    ("PA-VALIDITY-BEGUN", Block.PATH),
    ("PA-VALIDITY-LASTS", Block.PATH),
    ("RV-STATUS-KNOWN", Block.REVOCATION),
    ("RV-SIGNER-GOOD", Block.REVOCATION),
)


def signature(
    index: int = 0,
    *extra: Finding,
    indication: Indication = Indication.TOTAL_PASSED,
    sub: SubIndication | None = None,
    **changed: Any,
) -> SignatureReport:
    """Return a signature report; an extra finding replaces the passed one of its code."""
    replaced = {f.code for f in extra}
    sound = [
        finding(code, status=Status.PASSED, block=block)
        for code, block in SOUND
        if code not in replaced
    ]
    stamped = TimestampReport(0, Indication.TOTAL_PASSED, None, ())
    facts = evidence(index, **changed)
    return SignatureReport(
        evidence=facts,
        indication=indication,
        sub_indication=sub,
        findings=(*sound, *extra),
        timestamps=(stamped,) if facts.timestamps else (),
    )


def document(
    *signatures: SignatureReport,
    indication: DocumentIndication = DocumentIndication.TOTAL_PASSED,
    reason: Reason | None = None,
    findings: tuple[Finding, ...] = (),
    path: str = "văn bản.pdf",
) -> DocumentReport:
    """Return a document report over signatures."""
    revision = RevisionFacts(1, 0, 100, 10, "table")
    facts = DocumentEvidence(
        size=12345,
        sha256="ab" * 32,
        pdf_version="1.7",
        encrypted=False,
        revisions=(revision,) * (1 + len(signatures)),
        signatures=tuple(s.evidence for s in signatures),
    )
    worst = [s for s in signatures if s.indication.value == indication.value]
    return DocumentReport(
        path=path,
        indication=indication,
        sub_indication=worst[0].sub_indication if worst else None,
        reason=reason,
        sha256=facts.sha256,
        size=facts.size,
        evidence=facts,
        signatures=signatures,
        findings=findings,
    )


def report(*documents: DocumentReport) -> Report:
    """Return a report made on 23 November 2026, 08:00 in Vietnam."""
    return Report(
        documents=documents,
        validation_time=CHECKED,
        policy_id="intake",
        policy_version="1",
        trust=TrustSummary(digest="cd" * 32, anchors=2),
        tool_version="0.1.0",
    )


def passed() -> Report:
    """Return a report on a document with one sound signature."""
    return report(document(signature()))


def trial() -> Report:
    """Return a report on a document whose second signature is by a test certificate."""
    tested = finding(
        "PA-TIER-PRODUCTION",
        sub=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        facts={"anchor": "CN=CA gốc THỬ,O=Cơ yếu giả định"},
    )
    sub = SubIndication.CHAIN_CONSTRAINTS_FAILURE
    second = signature(
        1, tested, indication=Indication.INDETERMINATE, sub=sub, path=path(Tier.TEST)
    )
    later = ChangeItem(ChangeClass.SIGNATURE, 3, "signature-field", "/Root", field="Signature2")
    allowed = finding("CH-SIGNATURE", level=Level.NOTE, block=Block.CHANGES, facts={"count": 1})
    first = signature(0, allowed, changes=(later,), revision_count=3)
    return report(
        document(
            first,
            second,
            indication=DocumentIndication.INDETERMINATE,
            reason=Reason("PA-TIER-PRODUCTION", (("field", "Signature2"),)),
        )
    )


def altered() -> Report:
    """Return a report on a document that was changed after signing."""
    sub = SubIndication.HASH_FAILURE
    broken = finding(
        "CR-DIGEST-MATCHES", block=Block.CRYPTO, sub=sub, facts={"signed": "aa", "computed": "bb"}
    )
    rewritten = finding(
        "DC-REWRITTEN",
        level=Level.WARN,
        block=Block.ADVISORY,
        facts={"count": 1, "stamps": ("CÔNG VĂN ĐẾN",)},
    )
    return report(
        document(
            signature(0, broken, indication=Indication.TOTAL_FAILED, sub=sub),
            indication=DocumentIndication.TOTAL_FAILED,
            reason=Reason("CR-DIGEST-MATCHES", (("field", "Signature1"),)),
            findings=(rewritten,),
        )
    )


def unsigned() -> Report:
    """Return a report on a document without signatures."""
    none = finding("DC-SIGNATURES-PRESENT", level=Level.NOTE, block=Block.ADVISORY)
    return report(
        document(
            indication=DocumentIndication.NO_SIGNATURE,
            reason=Reason("DC-SIGNATURES-PRESENT"),
            findings=(none,),
        )
    )


def unreadable(code: str = "DOC-NOT-A-PDF") -> Report:
    """Return a report on a file that could not be read."""
    return report(DocumentReport("hỏng.pdf", DocumentIndication.UNREADABLE, reason=Reason(code)))


SAMPLES = {
    "passed": passed,
    "trial": trial,
    "altered": altered,
    "unsigned": unsigned,
    "unreadable": unreadable,
}
"""One report of each indication."""
