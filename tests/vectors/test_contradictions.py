"""No sentence of a report contradicts another of the same report, or the facts beside it.

The pairs are those that once did, on real files. Every vector's report is looked at.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sigcheck.model.evidence import ChangeClass, Coverage, TimeBasis
from sigcheck.model.finding import Finding, Status
from sigcheck.model.report import DocumentReport
from sigcheck.render import Words
from sigcheck.render.cards import integrity_of, validity_of
from tests.fixtures import vectors

_WHOLE = (Coverage.FILE, Coverage.REVISION)


def _failed(findings: tuple[Finding, ...], code: str) -> Finding | None:
    found = (f for f in findings if f.code == code and f.outcome.status is Status.FAILED)
    return next(found, None)


def what_a_signature_covers_and_where_it_ends(case: Path, document: DocumentReport) -> None:
    """A signature that ends before its revision ends elsewhere, and covers neither it nor the file.

    What covers the whole file has nothing behind it.
    """
    for signature in document.signatures:
        evidence, ends = signature.evidence, _failed(signature.findings, "FC-COVERAGE-REVISION")
        if ends is not None:
            said = ends.outcome.facts
            assert not said or said["signed_end"] != said["revision_end"]
            assert signature.coverage not in _WHOLE
        if signature.coverage is Coverage.FILE:
            behind = {item.change for item in evidence.changes}
            assert behind <= {ChangeClass.TRAILING_LINE_ENDS}
            # An update that leads elsewhere makes one and the same state two.
            assert not evidence.ambiguities or case.parent.name.startswith("attack-")


def what_was_changed_and_which_digests_differ(document: DocumentReport) -> None:
    """Content is called changed where two digests were computed and differ, and nowhere else."""
    for signature in document.signatures:
        cms, (label, _) = signature.evidence.cms, integrity_of(signature)
        if label == "altered":
            assert cms.computed_digest
            assert cms.message_digest != cms.computed_digest
        if label in ("intact", "partly_protected"):
            assert cms.digest_matches
            assert cms.signature_ok
        if label == "value_wrong":
            assert cms.signature_ok is False
        for token in signature.timestamps:
            facts = signature.evidence.timestamps[token.index]
            other = _failed(token.findings, "TS-IMPRINT-MATCHES")
            if other is not None and other.outcome.fails_as is None:
                assert facts.computed_imprint
                assert facts.imprint != facts.computed_imprint


def what_was_in_force_and_at_which_dates(document: DocumentReport) -> None:
    """In force, or not, is said of a time that lies inside the dates shown, or outside of them."""
    for signature in document.signatures:
        evidence, (label, _) = signature.evidence, validity_of(signature)
        certificate, moment = evidence.certificate, evidence.best_signature_time
        if certificate is None or moment is None:
            continue
        inside = certificate.not_before <= moment <= certificate.not_after
        if label in ("valid_then", "valid_revocation_unknown"):
            assert inside
        if label == "not_valid_then":
            assert not inside
            assert evidence.best_time_basis is TimeBasis.PROVEN
        if label == "not_valid_proven":
            assert not inside
        codes = {f.code for f in signature.findings if f.outcome.status is Status.FAILED}
        assert not {"PA-VALIDITY-BEGUN", "PA-VALIDITY-LASTS"} <= codes


def what_a_failure_says_the_reason_says(document: DocumentReport) -> None:
    """The document's reason is that of its sub-indication, and a passed document has none."""
    for signature in document.signatures:
        deciding = signature.deciding
        assert (deciding is None) is (signature.sub_indication is None)
        if deciding is not None:
            assert deciding.sub_indication is signature.sub_indication


def a_file_is_said_to_be_rewritten_only_where_it_moved(document: DocumentReport) -> None:
    """A digit changed in place is no file written anew."""
    if document.evidence is not None and document.evidence.rewritten:
        ranges = [s.evidence.byte_range for s in document.signatures]
        assert not any(r is not None and r.gap_is_own_contents for r in ranges)


@vectors.EVERY
def test_no_sentence_contradicts_another(case: Path) -> None:
    """None of the pairs above is found in the report on any vector."""
    document = vectors.judged(case).document

    what_a_signature_covers_and_where_it_ends(case, document)
    what_was_changed_and_which_digests_differ(document)
    what_was_in_force_and_at_which_dates(document)
    what_a_failure_says_the_reason_says(document)
    a_file_is_said_to_be_rewritten_only_where_it_moved(document)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_proof_whose_end_has_passed_has_lapsed(lang: str) -> None:
    """Its end lies before the check: it lasts no longer, and there is nothing to do by then."""
    case = vectors.ROOT / "vectors" / "time" / "expired-without-proof"
    report = vectors.judged(case).document
    finding = next(f for f in report.findings if f.code == "DC-PROOF-UNTIL")
    words = Words.load(lang)
    said = f"{words.message(finding)} {words.advice(finding)}"

    assert "lapsed" in finding.outcome.facts
    assert ("đã hết hạn" if lang == "vi" else "has lapsed") in said
    assert ("Trước" if lang == "vi" else "Before") not in said
